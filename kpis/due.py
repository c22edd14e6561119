"""Which data are due: a simple rule, said on the page.

A period that has ended and is not closed asks for its data until they came: an outage log must have watched
up to the period's end, any other stream must have been delivered after it. Data are due some days after the
period's end, as the terms say. Scores are asked from the client, not from the provider.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max

from kpis.models import Delivery, Indicator, ObservedSpan, Period

# Answers come from the client, results from the portal itself.
NOT_DELIVERED = (Indicator.Kind.SCORES, Indicator.Kind.RESULTS)


@dataclass(frozen=True)
class Due:
    """Data of one stream for one period: when it ended, and when its data are due."""

    indicator_id: int
    label: str
    ended_at: datetime
    due_at: datetime


def due(indicators: Iterable[Indicator], now: datetime) -> list[Due]:
    """What these streams owe at `now`, oldest first; three queries, whatever their number."""
    streams = [each for each in indicators if each.kind not in NOT_DELIVERED]
    covered = _covered_until(streams)
    open_periods = (
        Period.objects.exclude(state=Period.State.CLOSED)
        .filter(target__indicator__in=streams, hi__lte=now)
        .values_list("target__indicator_id", "label", "hi", "target__spec")
        .order_by("hi", "label")
    )
    found: dict[tuple[int, datetime], Due] = {}
    for indicator_id, label, hi, spec in open_periods:
        if (last := covered.get(indicator_id)) is not None and last >= hi:
            continue
        due_at = hi + timedelta(days=spec["kpi"]["data_due_days"])
        known = found.get((indicator_id, hi))
        if known is None or due_at < known.due_at:
            found[indicator_id, hi] = Due(indicator_id, label, hi, due_at)
    return list(found.values())


def last_deliveries(indicators: Iterable[Indicator]) -> dict[int, datetime]:
    """When each stream was delivered last."""
    return dict(
        Delivery.objects.filter(indicator__in=list(indicators))
        .order_by()
        .values("indicator_id")
        .annotate(last=Max("at"))
        .values_list("indicator_id", "last")
    )


def _covered_until(streams: list[Indicator]) -> dict[int, datetime]:
    logs = [each.pk for each in streams if each.kind == Indicator.Kind.OUTAGES]
    watched = ObservedSpan.objects.filter(indicator_id__in=logs, voided=False).order_by()
    spans = watched.values("indicator_id").annotate(last=Max("until"))
    others = last_deliveries(each for each in streams if each.kind != Indicator.Kind.OUTAGES)
    return dict(spans.values_list("indicator_id", "last")) | others
