"""The dry run of a matrix, drafted or signed: who would be told what, and when."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils.timezone import localtime, override
from django.views.decorators.http import require_GET

from agreements.models import Agreement, Version
from incidents import dryrun
from incidents.forms import StartForm

FRIDAY, HALF_PAST_FIVE = 4, {"hour": 17, "minute": 30, "second": 0, "microsecond": 0}


@require_GET
def ladder(request, reference, label):
    known = Agreement.objects.visible_to(request.user, request.now)
    agreement = get_object_or_404(known, reference=reference)
    version = _version(agreement, label)
    terms = version.read_terms()
    zone = ZoneInfo(terms.agreement.timezone)
    usual = _next_friday(request.now, zone)
    asked = request.GET if "start" in request.GET else None
    form = StartForm(asked, initial={"start": usual.replace(tzinfo=None)})
    with override(zone):  # the time typed is meant in the agreement's zone
        start = (form.is_bound and form.is_valid() and form.cleaned_data["start"]) or usual
        climbed = dryrun.run(agreement, terms, start, request.user, request.now)
    context = {
        "agreement": agreement,
        "version": version,
        "form": form,
        "start": start,
        "zone": terms.agreement.timezone,
    } | climbed
    template = "incidents/_ladder.html" if request.htmx else "incidents/ladder.html"
    return render(request, template, context, status=422 if form.errors else 200)


def _version(agreement, label):
    parts = re.fullmatch(r"v([0-9]{1,4})\.([0-9]{1,4})", label, re.ASCII)
    if parts is None:
        raise Http404
    return get_object_or_404(Version, agreement=agreement, major=parts[1], minor=parts[2])


def _next_friday(now, zone):
    """The evening before a weekend shows best what a calendar does to a delay."""
    local = localtime(now, zone)
    return (local + timedelta(days=(FRIDAY - local.weekday()) % 7)).replace(**HALF_PAST_FIVE)
