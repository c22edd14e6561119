"""What the performance pages read: the periods of a month with their outcomes, in few queries."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import OuterRef, Prefetch, QuerySet, Subquery

from agreements.models import Agreement
from kpis import charts, periods
from kpis.models import Period, PeriodResult
from kpis.reading import Reading, number
from kpis.text import short_period_name
from kpis.windows import MONTH_LABEL, label_bounds, months_back, read_label

MONTHS_SHOWN = 12


def readings(agreement: Agreement, month: str, now: datetime) -> list[Reading]:
    """Every KPI of an agreement in a month, or in the longer period that the month lies in."""
    found = _related(
        Period.objects.filter(target__agreement=agreement).of_month(month)
    ).order_by("target__key", "lo")
    return [read(period, now) for period in found]


def kpi_readings(agreement: Agreement, key: str, label: str, now: datetime) -> list[Reading]:
    """One KPI in one period; two where a new version took over within it."""
    same = Period.objects.filter(target__agreement=agreement, target__key=key, label=label)
    return [read(period, now) for period in _related(same).order_by("lo")]


def read(period: Period, now: datetime) -> Reading:
    """A period's newest result; before it is closed, its standing where that is fresh, else computed."""
    results = list(period.results.all())
    if results:
        return Reading(period, results[-1].outcome, results[-1], results[-1].created_at)
    standing = getattr(period, "standing", None)
    if standing is not None and periods.is_fresh(standing, period, now):
        return Reading(period, standing.outcome, None, standing.known_at)
    return Reading(period, periods.provisional(period, now).to_dict(), None, now)


def labels(agreement: Agreement) -> list[str]:
    """The months that have a period, oldest first."""
    found = Period.objects.filter(target__agreement=agreement).order_by().values_list("label", flat=True)
    months: set[str] = set()
    for label in set(found):
        months.update(read_label(label).month_labels)
    return sorted(months)


def default_month(agreement: Agreement, now: datetime) -> str | None:
    """The month to show unasked: the running one, or the one before while it has no figure yet."""
    months = Period.objects.filter(target__agreement=agreement).filter(label__regex=MONTH_LABEL)
    return _newest_with_figures(months, now)


def default_period(agreement: Agreement, key: str, now: datetime) -> str | None:
    """The same for one KPI, whose periods may be longer."""
    return _newest_with_figures(Period.objects.filter(target__agreement=agreement, target__key=key), now)


def period_labels(agreement: Agreement, key: str) -> list[str]:
    """The periods of one KPI, oldest first."""
    same = Period.objects.filter(target__agreement=agreement, target__key=key).order_by("lo")
    return list(dict.fromkeys(same.values_list("label", flat=True)))


def series(agreement: Agreement, key: str, shown: Reading) -> list[tuple[str, charts.Point]]:
    """The newest results of one KPI up to the period shown, and that period itself; twelve at most, with labels."""
    earlier = PeriodResult.objects.filter(
        period__target__agreement=agreement, period__target__key=key, period__lo__lt=shown.period.lo
    )
    rows = earlier.order_by("period__lo", "edition").values_list("period__lo", "period__label", "outcome")
    points = {lo: (label, _point(label, outcome)) for lo, label, outcome in rows}
    return [*points.values(), (shown.period.label, shown.point)][-MONTHS_SHOWN:]


def _newest_with_figures(found: QuerySet[Period], now: datetime) -> str | None:
    newest = found.filter(lo__lte=now).order_by("-lo").select_related("standing")[:1]
    for period in newest:
        standing = getattr(period, "standing", None)
        if period.hi <= now or standing and standing.outcome["value"] is not None:
            return period.label
        ended = found.filter(hi__lte=now).order_by("-lo").values_list("label", flat=True).first()
        return ended or period.label
    return None


def history(agreement: Agreement, month: str, shown: list[Reading]) -> dict[str, list[charts.Point | None]]:
    """For each KPI the last twelve months up to `month`: its newest results, and what is shown now."""
    months = list(reversed(months_back(month, MONTHS_SHOWN)))
    since = label_bounds(months[0], "UTC").lo
    results = (
        PeriodResult.objects.filter(period__target__agreement=agreement, period__hi__gt=since)
        .order_by("period__lo", "edition")
        .values_list("period__target__key", "period__label", "outcome")
    )
    known: dict[tuple[str, str], charts.Point] = {
        (key, read_label(label).last_month): _point(label, outcome) for key, label, outcome in results
    }
    # A longer period's figure stands under its last month.
    known |= {(each.period.target.key, read_label(each.period.label).last_month): each.point for each in shown}
    return {
        key: [_at(known, key, label) for label in months]
        for key in {each.period.target.key for each in shown}
    }


def _at(known, key, month):
    return known.get((key, month)) or charts.Point(short_period_name(month), None, "not_due")


def _point(label, outcome):
    return charts.Point(short_period_name(label), number(outcome["value"]), outcome["verdict"])


def verdicts(agreements: Iterable[Agreement], month: str) -> dict[int, list[str]]:
    """For each agreement the verdicts of a month: of results, else of standings. One query."""
    newest = PeriodResult.objects.filter(period=OuterRef("pk")).order_by("-edition")
    found = (
        Period.objects.filter(target__agreement__in=list(agreements)).of_month(month)
        .annotate(final=Subquery(newest.values("verdict")[:1]))
        .values_list("target__agreement", "final", "standing__verdict")
    )
    by_agreement: dict[int, list[str]] = {}
    for agreement, final, standing in found:
        by_agreement.setdefault(agreement, []).append(final or standing or "insufficient_data")
    return by_agreement


def _related(found: QuerySet[Period]) -> QuerySet[Period]:
    ordered = PeriodResult.objects.select_related("credit", "correction").order_by("edition")
    return found.select_related(
        "target__indicator", "target__version", "target__agreement", "standing"
    ).prefetch_related(Prefetch("results", queryset=ordered))

