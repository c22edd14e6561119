"""What lies behind a figure: the rows of one day with their revisions, and files of what is shown."""

from datetime import date
from zoneinfo import ZoneInfo

from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from agreements import sheets
from kpis import board, claims, dayfile, display, exporting, rules
from kpis.details import days as downtime
from kpis.formulas import exact
from kpis.models import Period
from kpis.outlook import OF_TIME
from kpis.rollups import DAY
from kpis.views.performance import chosen, find
from kpis.windows import midnight


@require_safe
def day(request, reference, key):
    """Every row that touches a day of the agreement's zone; `day` is written 2026-05-07."""
    agreement = find(request, reference)
    on = _read(request.GET.get("day", ""))
    period, lo, hi = _period(agreement, key, on, request.now)
    reading = board.read(period, request.now)
    mark = reading.result.inputs["highest_delivery"] if reading.result else None
    found = dayfile.sheets(period.target.indicator, lo, hi, mark=mark, page=request.GET.get("page"))
    if "csv" in request.GET:
        return _csv(agreement, period, on, found)
    excluded = [each for each in claims.excluded(reading) if any(a < hi and b > lo for a, b in each.spans)]
    return render(request, "kpis/day.html", {
        "agreement": agreement, "target": period.target, "reading": reading, "day": on, "sheets": found,
        "zone": period.target.spec["timezone"], "previous": on - DAY, "following": on + DAY,
        "excluded": excluded, "down": _down(reading, on), "cases_at": "../case/",
        "may_open_deliveries": rules.can_see_deliveries(request.grants, period.target.indicator),
    })  # fmt: skip


@require_safe
def export(request, reference, key):
    """The rows behind the figure of a period, as a file."""
    agreement = find(request, reference)
    reading = chosen(request, agreement, key).shown
    columns, rows = exporting.table(reading)
    name = f"{agreement.reference}-{reading.period.target.key}-{reading.period.label}.csv"
    return sheets.response(name, exporting.about(reading, request.now), columns, rows)


def _csv(agreement, period, on, found):
    columns = ["kind", "source", "revision", "state", "delivery", "delivered_at", *max(
        (sheet.columns for sheet in found), key=len, default=[])]  # fmt: skip
    about = [
        f"{agreement.reference} {period.target.key} {period.target.name}, {on}",
        _("times in %s; the newest revision counts; one page of rows") % period.target.spec["timezone"],
    ]
    rows = exporting.day(found, period.target.spec["timezone"])
    return sheets.response(f"{agreement.reference}-{period.target.key}-{on}.csv", about, columns, rows)


def _read(text):
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Http404 from error


def _period(agreement, key, on, now):
    """The newest part of the period that a day lies in, and the day as a span of its zone."""
    same = Period.objects.filter(target__agreement=agreement, target__key=key)
    related = same.select_related("target__indicator", "target__version", "target__agreement", "standing")
    zone = related.order_by("-lo").values_list("target__spec__timezone", flat=True).first()
    if zone is None or on.year < 2000 or on.year > 2999:
        raise Http404
    lo, hi = (midnight(each, ZoneInfo(zone)) for each in (on, on + DAY))
    period = related.filter(lo__lt=hi, hi__gt=lo).order_by("-lo").first()
    if period is None or lo > now:
        raise Http404
    return period, lo, hi


def _down(reading, on):
    """How much of the day counted as down; None where the KPI is not made of time."""
    if reading.kpi["kind"] not in OF_TIME:
        return None
    found = next((each["down"] for each in downtime(reading) if each["day"] == on), exact(0))
    return display.duration(found, toward="up")
