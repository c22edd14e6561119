"""The first page of an agreement: where it stands, and its terms in a few lines. Plain values, no queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agreements import lifecycle, opendays, signing, tables
from agreements.lifecycle import Life
from agreements.terms import Terms


@dataclass(frozen=True)
class Progress:
    """How far one version came: what the rail shows."""

    state: str
    created_on: date
    reviewers: int
    comments: int
    signed: int
    to_sign: int
    concluded_on: date | None


STEPS = {"draft": 0, "in_review": 1, "ready": 2, "signing": 2, "sealing": 2}


def stages(terms: Terms, life: Life, progress: Progress, now: datetime) -> list[dict]:
    """Drafted, reviewed, signed, in force, review, end: each done, now or to come."""
    word = lifecycle.version_word(life, now)
    at = STEPS.get(progress.state, 3)
    ends_at = lifecycle.end_of(terms.term, life.timezone, now)
    names = [
        (_("Drafted"), day(progress.created_on), "pencil"),
        (_("Reviewed"), _reviewed(progress), "message"),
        (_("Signed"), _signed(progress), "signature"),
        (_("In force"), _in_force(terms, word), "circle-check"),
        (_("Review"), _review(terms), "calendar-event"),
        (_("Ends"), _ends(terms, ends_at, now), "calendar-x"),
    ]
    return [
        {"name": name, "note": note, "icon": icon, "state": _place(index, at, word)}
        for index, (name, note, icon) in enumerate(names)
    ]


def _place(index: int, at: int, word: str) -> str:
    if word in ("superseded", "expired"):
        return "done" if index <= 3 else "todo"
    if index < at:
        return "done"
    return "now" if index == at else "todo"


def _reviewed(progress: Progress) -> str:
    people = ngettext("%d person", "%d people", progress.reviewers) % progress.reviewers
    comments = ngettext("%d comment", "%d comments", progress.comments) % progress.comments
    return f"{people}, {comments}" if progress.reviewers else ""


def _signed(progress: Progress) -> str:
    if not progress.to_sign:
        return ""
    count = _("%(signed)d of %(all)d") % {"signed": progress.signed, "all": progress.to_sign}
    return f"{day(progress.concluded_on)}, {count}" if progress.concluded_on else count


def _in_force(terms: Terms, word: str) -> str:
    start = tables.day(terms.term.effective_from)
    if word in ("in_force", "superseded", "expired"):
        return _("since %s") % start
    return _("from %s") % start if start else ""


def _review(terms: Terms) -> str:
    months = terms.review.interval_months
    return ngettext("every month", "every %d months", months) % months if months > 1 else _("every month")


def _ends(terms: Terms, ends_at: datetime | None, now: datetime) -> str:
    if ends_at is None:
        return _("no fixed end")
    last = ends_at.astimezone(ZoneInfo(terms.agreement.timezone)).date() - lifecycle.DAY
    return f"{day(last)}, {_('renews')}" if terms.term.renewal == "automatic" else day(last)


def day(on: date | None) -> str:
    return date_format(on, "j M Y") if on else ""


def amendment(terms: Terms, holds_from: datetime, now: datetime) -> list[dict]:
    """What starting a change of these terms leads to, in three lines."""
    begins = signing.next_start(max(now, holds_from), terms.agreement.timezone)
    label = terms.agreement.version
    return [
        {"label": _("Starts from"), "value": _("%s, word for word; then you change what shall change.") % label},
        {"label": _("Until then"), "value": _("%s stays in force to its last second.") % label},
        {
            "label": _("Would begin"), "value": date_format(begins, "j F Y"),
            "note": _("The first of a month at least two weeks away, so that no month is split; yours to change."),
        },
    ]  # fmt: skip


def summary(terms: Terms, now: datetime) -> list[dict]:
    """The terms in six lines; the document says them in full."""
    days = opendays.of([vars(each) for each in terms.calendars])
    notice = lifecycle.notice_by(terms.term, terms.agreement.timezone, now, days)
    runs = _("from %s") % tables.day(terms.term.effective_from)
    if terms.term.ends_on:
        runs = _("%(start)s to %(end)s") % {
            "start": tables.day(terms.term.effective_from), "end": tables.day(terms.term.ends_on),
        }
    return [
        {"label": _("Runs"), "value": runs, "note": tables.renewal(terms)},
        *([{"label": _("Notice by"), "value": date_format(notice, "j F Y")}] if notice else []),
        {"label": _("Service hours"), "value": hours(terms)},
        {"label": _("Does not count"), "value": ", ".join(each.name for each in terms.exclusions)},
        {"label": _("Credits"), "value": credits(terms)},
        {"label": _("Reports"), "value": tables.intervals(terms)},
        {"label": _("Review"), "value": _review(terms)},
    ]


def hours(terms: Terms) -> str:
    said = []
    for row in tables.calendars(terms):
        week = [f"{days} {times}" for days, times in row["week"] if times != _("closed")]
        times = _("day and night") if row["always"] else "; ".join(week)
        said.append(f"{row['calendar'].name}: {times} ({row['calendar'].timezone})")
    return ". ".join(said)


def credits(terms: Terms) -> str:
    said: Sequence[str] = [
        _("%(kpi)s: %(shares)s of %(fee)s, at most %(cap)s %%")
        % {
            "kpi": row["credit"].kpi,
            "shares": " / ".join(tier["percent"] for tier in row["tiers"]),
            "fee": row["fee"],
            "cap": row["credit"].cap_percent,
        }
        for row in tables.credits(terms)
    ]
    return "; ".join(said)
