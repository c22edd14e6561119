"""The portal's template tags; built in, so no page needs `{% load sp %}`. See docs/frontend.md."""

from collections.abc import Sequence
from datetime import datetime

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html, format_html_join, json_script
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from records import clock
from slaportal import moments, verbs, words

register = template.Library()

TONES = {"ok", "warn", "bad", "info", "mute"}


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """One icon of the sprite; "name!" is its filled drawing. Decoration: the words stand beside it."""
    identity = f"{name[:-1]}-filled" if name.endswith("!") else name
    return format_html(
        '<svg class="icon{}" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>',
        f" {css}" if css else "",
        static("vendor/icons.svg"),
        identity,
    )


def _dressed(css: str, tone: str, symbol: str, text: str) -> SafeString:
    if tone not in TONES:
        raise ValueError(f"tone {tone!r}: use one of {sorted(TONES)}")
    drawing = icon(symbol) if symbol else ""
    return format_html('<span class="{0} {0}-{1}">{2}{3}</span>', css, tone, drawing, text)


@register.simple_tag
def status(kind: str, value: str, text: str = "", level: int | None = None) -> SafeString:
    """A state as icon, word and tone, from slaportal.words; `text` replaces the word, never the meaning."""
    found = words.word(kind, value)
    climbed = _("Escalated to level %(level)s") % {"level": level} if level is not None else ""
    said = text or climbed or found.text
    return _dressed("sp-st" if kind in words.PLAIN else "sp-pill", found.tone, found.icon, said)


@register.simple_tag
def mark(kind: str, value: str, text: str = "") -> SafeString:
    """Like status, without the pill: for dense tables and legends."""
    found = words.word(kind, value)
    return _dressed("sp-st", found.tone, found.icon, text or found.text)


@register.simple_tag
def pill(tone: str, text: str, symbol: str = "") -> SafeString:
    """A label that is not a state of the vocabulary, such as "Optional" or "Edition 2"."""
    return _dressed("sp-pill", tone, symbol, text)


@register.simple_tag
def counts(missed: int = 0, at_risk: int = 0, met: int = 0, no_data: int = 0) -> SafeString:
    """KPI counts of one agreement, worst first; zero is left out. The words are there for the ear."""
    states = (("breached", missed), ("at_risk", at_risk), ("met", met), ("no_data", no_data))
    rows = [(words.word("kpi", state), number) for state, number in states if number]
    return format_html(
        '<span class="sp-mini">{}</span>',
        format_html_join(
            " ",
            '<span class="sp-st sp-st-{}">{}{}<span class="sp-vh"> {}</span></span>',
            ((found.tone, icon(found.icon), number, found.text) for found, number in rows),
        ),
    )


@register.simple_tag
def act(verb: str) -> str:
    """What an audit entry says after the name of who did it: "signed the agreement"."""
    return verbs.said(verb)


@register.simple_tag
def last_verdicts(verdicts: Sequence[str]) -> SafeString:
    """The counts of an agreement's newest closed results, one of each KPI; a dash where none is closed."""
    if not verdicts:
        return format_html('<span class="sp-muted">{}</span>', "–")
    return counts(
        missed=verdicts.count("breached"),
        at_risk=verdicts.count("at_risk"),
        met=verdicts.count("met"),
        no_data=verdicts.count("insufficient_data"),
    )


def _local(at):
    return timezone.localtime(at) if isinstance(at, datetime) else at


def _now(context) -> datetime:
    """The request's time, read once a page; a mail or a PDF has no request and asks the clock."""
    request = context.get("request")
    return timezone.localtime(getattr(request, "now", None) or clock.now())


@register.simple_tag(takes_context=True)
def when(context, at, form: str = "both") -> SafeString:
    """A moment or a day in the reader's zone: "in 3 days · Fri 20 Nov". Forms: both, relative, absolute.

    Beyond 30 days only the absolute part is said; None is a dash. Never title-only.
    """
    if not at:  # also "", which Django hands over for `row.holder.since` when there is no holder
        return format_html('<span class="sp-muted">{}</span>', "–")
    local, now = _local(at), _now(context)
    far, exact = moments.relative(local, now), moments.absolute(local, now)
    if not far or exact.startswith(far) or form == "absolute":
        return format_html('<time datetime="{}">{}</time>', local.isoformat(), exact)
    live = " data-live" if isinstance(at, datetime) else ""
    rest = format_html('<span class="sp-vh"> · {}</span>' if form == "relative" else " · {}", exact)
    return format_html('<time datetime="{}"><b{}>{}</b>{}</time>', local.isoformat(), live, far, rest)


@register.simple_tag(takes_context=True)
def countdown(context, until: datetime, css: str = "") -> SafeString:
    """The time left, large: "3 h 14 min"; the page refreshes it each minute."""
    left = int((until - _now(context)).total_seconds())
    return format_html(
        '<span class="sp-count {}" role="timer" data-until="{}">{}</span>',
        css,
        until.isoformat(),
        moments.duration(left),
    )


@register.simple_tag(takes_context=True)
def server_now(context) -> str:
    """The portal's time, so that the browser's relative times follow it and not the reader's clock."""
    return _now(context).isoformat()


@register.simple_tag
def spoken() -> SafeString:
    """The words app.js needs, in the page's language. Data, not script: the CSP does not touch it."""
    said = {
        "now": _("now"),
        "less": _("less than 1 min"),
        "in": _("in %(time)s"),
        "ago": _("%(time)s ago"),
        "minutes": _("%(minutes)d min"),
        "hours": _("%(hours)d h"),
        "both": _("%(hours)d h %(minutes)d min"),
        "show": _("Show"),
        "hide": _("Hide"),
        "saving": _("Saving…"),
        "unsaved": _("Not saved yet. It is tried again in a moment."),
        "failed": _("The server did not answer as it should. Try again."),
    }
    return json_script(said, "sp-words")


def initials(name: str) -> str:
    parts = name.split("@")[0].replace(".", " ").split()
    return "".join(part[0] for part in parts[:1] + parts[1:][-1:]).upper()


@register.simple_tag
def avatar(person, css: str = "") -> SafeString:
    """A person's initials in a circle. Decoration: their name stands beside it."""
    name = str(person)
    return format_html(
        '<span class="sp-av sp-c{} {}" aria-hidden="true">{}</span>',
        sum(name.encode()) % 4 + 1,
        css,
        initials(name),
    )


@register.simple_tag
def person(who, note: str = "") -> SafeString:
    """Avatar and name, with a second line such as the capacity."""
    second = format_html('<span class="sp-sub">{}</span>', note) if note else ""
    return format_html('<span class="sp-person">{}<span>{}{}</span></span>', avatar(who), who, second)


@register.simple_tag
def bar(value: int, total: int, label: str, tone: str = "info") -> SafeString:
    """A thin progress bar drawn as SVG (no inline style). Its label must say the numbers."""
    share = 0 if total <= 0 else max(0, min(1000, value * 1000 // total))
    return format_html(
        '<svg class="sp-bar sp-bar-{}" role="img" aria-label="{}"'
        ' viewBox="0 0 1000 8" preserveAspectRatio="none">'
        '<rect width="1000" height="8"/><rect class="sp-bar-part" width="{}" height="8"/></svg>',
        tone,
        label,
        share,
    )


@register.inclusion_tag("components/error_summary.html")
def error_summary(*forms) -> dict:
    """Everything wrong in these forms or formsets, each line a link to its field."""
    return {"rows": problems(forms)}


@register.simple_tag
def problems(forms) -> list[dict]:
    """The lines of an error summary, for a page that says them without taking the focus."""
    members = [member for form in forms for member in ([form, *form.forms] if hasattr(form, "forms") else [form])]
    return [row for member in members for row in _problems(member)]


def _problems(form) -> list[dict]:
    if not form.is_bound:
        return []
    general = form.non_form_errors() if hasattr(form, "non_form_errors") else form.non_field_errors()
    rows = [{"text": text, "target": ""} for text in general]
    for field in form if hasattr(form, "fields") else ():
        # A choice of inputs, be it one, has no element with the field's own id; its first input takes the focus.
        many = field.use_fieldset and field.subwidgets
        target = (field.subwidgets[0].id_for_label if many else field.id_for_label) or field.auto_id
        rows += [
            {"text": text, "target": target, "label": str(field.label).rstrip(".:?")} for text in field.errors
        ]
    return rows
