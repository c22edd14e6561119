"""Reads of what was measured, as known after a delivery: whole facts, never more than a period needs."""

from collections.abc import Collection
from datetime import UTC, date, datetime

from django.db.models import Max, Min, Q, QuerySet

from kpis import windows
from kpis.models import Case, Delivery, Indicator, ObservedSpan, Outage, Sample

_MODELS = {
    "outages": (ObservedSpan, Outage), "cases": (Case,), "values": (Sample,), "scores": (Sample,),
    "ratios": (Sample,), "results": (),
}  # fmt: skip


def latest_delivery(indicator: Indicator) -> int:
    """The id of the newest delivery; 0 when there is none. Under the indicator's lock it is a mark."""
    return Delivery.objects.filter(indicator=indicator).aggregate(Max("pk"))["pk__max"] or 0


def latest_deliveries(indicators: Collection[int]) -> dict[int, int]:
    """The same of some streams at once; one without any is left out."""
    found = Delivery.objects.filter(indicator__in=indicators).order_by().values("indicator")
    return dict(found.annotate(newest=Max("pk")).values_list("indicator", "newest"))


def delivered_since(indicator_id: int, since: datetime, known_until: int | None) -> bool:
    """Whether somebody delivered at or after an instant, as known after a delivery (None: all)."""
    found = Delivery.objects.filter(indicator=indicator_id, at__gte=since)
    return (found if known_until is None else found.filter(pk__lte=known_until)).exists()


def days(indicator: Indicator) -> set[date]:
    """The UTC days that facts of a stream touch, withdrawn ones too."""
    found: set[date] = set()
    for model in _MODELS[indicator.kind]:
        rows = model.objects.filter(indicator_id=indicator.pk).order_by()
        ends = {Outage: "until", ObservedSpan: "until", Case: "closed_at"}.get(model)
        if ends in (None, "closed_at"):
            for name in ("at", *filter(None, [ends])):
                some = rows.exclude(**{name: None}).datetimes(name, "day", tzinfo=UTC)
                found |= {each.date() for each in some}
            continue
        for lo, hi in rows.values_list("at", ends):
            found |= set(windows.days(lo, hi or lo))
    return found


def first_at(indicator: Indicator) -> datetime | None:
    """When the oldest fact of a stream begins; None when nothing was delivered."""
    rows = (model.objects.filter(indicator_id=indicator.pk) for model in _MODELS[indicator.kind])
    return min((at for each in rows if (at := each.aggregate(Min("at"))["at__min"])), default=None)


def outages(
    indicator_id: int, lo: datetime, hi: datetime, known_until: int | None = None
) -> QuerySet[Outage]:
    """The outages that touch [lo, hi), by start."""
    touching = Outage.objects.current(indicator_id, known_until).filter(at__lt=hi)
    return touching.filter(Q(until=None) | Q(until__gt=lo)).order_by("at", "source", "external_id")


def observed(
    indicator_id: int, lo: datetime, hi: datetime, known_until: int | None = None
) -> QuerySet[ObservedSpan]:
    """The observed spans that touch [lo, hi), by start."""
    touching = ObservedSpan.objects.current(indicator_id, known_until).filter(at__lt=hi, until__gt=lo)
    return touching.order_by("at", "until", "source")


def samples(
    indicator_id: int, lo: datetime, hi: datetime, known_until: int | None = None
) -> QuerySet[Sample]:
    """The samples of [lo, hi), by time."""
    within = Sample.objects.current(indicator_id, known_until).filter(at__gte=lo, at__lt=hi)
    return within.order_by("at", "source", "external_id")


def cases_alive(
    indicator_id: int, lo: datetime, hi: datetime, known_until: int | None = None
) -> QuerySet[Case]:
    """The cases opened before `hi` and not closed before `lo`."""
    alive = Case.objects.current(indicator_id, known_until).filter(at__lt=hi)
    return alive.filter(Q(closed_at=None) | Q(closed_at__gte=lo)).order_by("at", "source", "external_id")


def cases_closed(
    indicator_id: int, lo: datetime, hi: datetime, known_until: int | None = None
) -> QuerySet[Case]:
    """The cases closed within [lo, hi)."""
    within = Case.objects.current(indicator_id, known_until).filter(closed_at__gte=lo, closed_at__lt=hi)
    return within.order_by("at", "source", "external_id")


def cases_opened(
    indicator_id: int, lo: datetime, hi: datetime, known_until: int | None = None
) -> QuerySet[Case]:
    """The cases opened within [lo, hi)."""
    within = Case.objects.current(indicator_id, known_until).filter(at__gte=lo, at__lt=hi)
    return within.order_by("at", "source", "external_id")
