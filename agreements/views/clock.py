"""Try the clock of a case: when it would be due by the terms of a version, and why."""

from zoneinfo import ZoneInfo

from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from agreements import sentences, signing_rules, simulator
from agreements.forms import opening
from agreements.forms.clock import ClockForm
from agreements.views.finding import find_agreement, find_version, require

DRAWN = {
    "running": ("player-play", "ok", gettext_lazy("The clock runs")),
    "paused": ("clock-pause", "warn", gettext_lazy("Paused")),
    "closed": ("clock-x", "mute", gettext_lazy("Outside service hours")),
}


@require_safe
def clock(request, reference, label):
    """A page, and the card alone for a page of the editor."""
    agreement = find_agreement(request, reference)
    version = find_version(agreement, label)
    require(signing_rules.can_read(request.grants, version))
    terms = version.read_terms()
    zones = list(dict.fromkeys([terms.agreement.timezone, agreement.provider.timezone, agreement.client.timezone]))
    usual = simulator.friday(request.now, ZoneInfo(zones[0]))
    sent = request.GET if "opened" in request.GET else None
    start = {"priority": terms.priorities[0].priority if terms.priorities else None}
    form = ClockForm(sent, terms=terms, zones=zones, initial=start | {"opened": usual.replace(tzinfo=None)})
    promises = _tried(form, terms, start["priority"], usual)
    context = {
        "agreement": agreement,
        "version": version,
        "form": form,
        "zone": form.cleaned_data.get("zone", zones[0]) if sent else zones[0],
        "promises": [_shown(each, agreement) for each in promises],
        "priorities": terms.priorities,
    }
    template = "agreements/_clock.html" if request.htmx else "agreements/clock.html"
    return render(request, template, context, status=422 if form.errors else 200)


def _tried(form, terms, priority, usual):
    if priority is None or (form.is_bound and not form.is_valid()):
        return []
    try:
        if not form.is_bound:
            return simulator.simulate(terms, priority, usual)
        asked = form.cleaned_data
        return simulator.simulate(
            terms, asked["priority"], asked["opened"], waiting=form.waiting, changes=form.changes
        )
    except ValueError as error:
        if form.is_bound:
            form.add_error(None, str(error))
        return []


def _shown(promise, agreement):
    """A promise in words: its moments in both parties' zones, and the way there."""
    reading = promise.reading
    sides = dict.fromkeys([agreement.provider.timezone, agreement.client.timezone])
    moments = [*((f"{percent} %", at) for percent, at in reading.thresholds.items() if percent < 100)]
    moments.append((_("Due"), reading.due_at))
    return {
        "name": promise.name,
        "limit": sentences.in_hours(reading.limit_seconds),
        "zones": list(sides),
        "moments": [
            {"name": name, "last": at == reading.due_at, "times": [_said(at, zone) for zone in sides]}
            for name, at in moments
        ],
        "entries": [_entry(step, reading.limit_seconds) for step in promise.steps],
    }


def _entry(step, limit):
    symbol, tone, words = DRAWN[step.segment.kind]
    text = f"{words}: {step.reasons}" if step.reasons else str(words)
    spent = {"used": sentences.in_hours(step.used), "limit": sentences.in_hours(limit)}
    note = _("%(used)s of %(limit)s used at its end") % spent if step.segment.kind == "running" else ""
    return {"at": step.segment.start, "icon": symbol, "tone": tone, "text": text, "note": note}


def _said(at, zone):
    return date_format(at.astimezone(ZoneInfo(zone)), "D j M Y, H:i")


@require_safe
def parts_of_country(request):
    """The parts of the country that was chosen in a calendar's form, as the choices of the list beside it."""
    country = next((value for name, value in request.GET.items() if name.endswith("country")), "")
    return render(request, "agreements/edit/_parts.html", {"choices": opening.regions(country[:10])})
