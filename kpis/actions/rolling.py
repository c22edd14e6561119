"""Dirty days become figures."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from kpis import facts, rollups
from kpis.models import DayRollup, DirtyDay, Indicator
from records import audit
from records.sweeps import exclusive

BATCH = 500


def roll_up(*, now: datetime) -> int:
    """Rebuild the rollups of every dirty day; returns how many days. A stop in between loses nothing."""
    rebuilt, more = 0, True
    while more:
        count, more = _batch(now)
        rebuilt += count
    return rebuilt


@transaction.atomic
def mark_all(indicators: Iterable[Indicator] | None = None, *, now: datetime) -> int:
    """Mark every day with facts of some streams (None: all) to be rolled up anew; returns how many days.

    The rollups are derived: they may be dropped before. Until they are there again, the rows are read.
    """
    marked = 0
    for indicator in Indicator.objects.order_by("pk") if indicators is None else indicators:
        days = sorted(facts.days(indicator))
        DirtyDay.objects.bulk_create(
            (DirtyDay(indicator_id=indicator.pk, day=day, marked_at=now) for day in days), batch_size=BATCH
        )
        if days:
            audit.record("data.marked", indicator, actor=None, at=now, days=len(days))
        marked += len(days)
    return marked


@transaction.atomic
def _batch(now: datetime) -> tuple[int, bool]:
    """How many days were rebuilt, and whether there may be more."""
    with exclusive("kpis.roll_up") as mine:
        dirty = list(DirtyDay.objects.order_by("pk")[:BATCH]) if mine else []
        if not dirty:
            return 0, False
        days = defaultdict(set)
        for mark in dirty:
            days[mark.indicator_id].add(mark.day)
        # Read after the marks: what was marked is committed. What commits from now on marks its days again.
        for indicator in Indicator.objects.filter(pk__in=days):
            _rebuild(indicator, days[indicator.pk])
            audit.record(
                "data.rolled_up", indicator, actor=None, at=now, days=len(days[indicator.pk]),
                first=min(days[indicator.pk]).isoformat(), last=max(days[indicator.pk]).isoformat(),
            )
        DirtyDay.objects.filter(pk__in=[mark.pk for mark in dirty]).delete()
    return sum(map(len, days.values())), len(dirty) == BATCH


def _rebuild(indicator: Indicator, days) -> None:
    for zone in rollups.zones(indicator):
        local = rollups.local_days(days, zone)
        DayRollup.objects.filter(indicator_id=indicator.pk, zone=zone, day__in=local).delete()
        DayRollup.objects.bulk_create(rollups.build(indicator, zone, local))
