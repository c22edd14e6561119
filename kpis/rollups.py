"""Days in figures: derived from the facts, dropped and rebuilt at any time. A day is a local day of a zone.

Of samples a day keeps their number, exact sum and ends, and all values in order, packed (kpis.packing). Who reads
days takes from here those that are there and not marked dirty, and every other stretch from the rows themselves: so a
dropped or late rollup costs time, never a figure.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import BooleanField, Count, ExpressionWrapper, Max, Min, Q, Sum

from kpis import facts, packing
from kpis.models import Case, DayRollup, DirtyDay, Indicator
from kpis.windows import midnight

DAY = timedelta(days=1)
MEASURED = (Indicator.Kind.VALUES, Indicator.Kind.RATIOS, Indicator.Kind.SCORES)
Span = tuple[datetime, datetime]


@dataclass
class Totals:
    """What days hold together: how many days and samples, exact sums, the ends."""

    days: int = 0
    count: int = 0
    sum: Fraction = field(default_factory=Fraction)
    total: Fraction = field(default_factory=Fraction)
    smallest: Fraction | None = None
    largest: Fraction | None = None
    unpacked: int = 0  # days whose values did not fit

    def add(self, numbers: Sequence[Decimal], totals: Iterable[Decimal | None] = ()) -> None:
        """Single samples beside the days."""
        self.count += len(numbers)
        self.sum += Fraction(sum(numbers))
        self.total += Fraction(sum(each or 0 for each in totals))
        if numbers:
            low, high = Fraction(min(numbers)), Fraction(max(numbers))
            self.smallest = low if self.smallest is None else min(low, self.smallest)
            self.largest = high if self.largest is None else max(high, self.largest)


def totals(indicators: Collection[int], zone: str, days: Sequence[date]) -> dict[int, Totals]:
    """What some streams measured on some days in a row, by stream: one query, whatever their number.

    `days` of a Totals says how many of them have a rollup; the caller looks after the others.
    """
    if not days:
        return {}
    rows = DayRollup.objects.filter(indicator_id__in=indicators, zone=zone, day__gte=days[0], day__lte=days[-1])
    return _summed(rows) if connection.vendor == "postgresql" else _added(rows)


def _summed(rows: Any) -> dict[int, Totals]:
    found = rows.order_by().values("indicator_id").annotate(
        days=Count("day"), counted=Sum("count"), summed=Sum("sum"), totalled=Sum("total"),
        low=Min("smallest"), high=Max("largest"), loose=Count("day", filter=Q(packed=None, count__gt=0)),
    ).values_list("indicator_id", "days", "counted", "summed", "totalled", "low", "high", "loose")  # fmt: skip
    return {
        each: Totals(
            days, count, Fraction(sum_ or 0), Fraction(total or 0), _fraction(low), _fraction(high), loose
        )
        for each, days, count, sum_, total, low, high, loose in found
    }


def _added(rows: Any) -> dict[int, Totals]:
    """SQLite would add binary floats."""
    found: dict[int, Totals] = {}
    loose = ExpressionWrapper(Q(packed=None, count__gt=0), output_field=BooleanField())
    columns = rows.annotate(loose=loose).values_list(
        "indicator_id", "count", "sum", "total", "smallest", "largest", "loose"
    )
    for each, count, sum_, total, low, high, loose_ in columns:
        known = found.setdefault(each, Totals())
        known.days += 1
        known.count += count
        known.sum += Fraction(sum_ or 0)
        known.total += Fraction(total or 0)
        known.unpacked += loose_
        if low is not None:
            known.smallest = Fraction(low) if known.smallest is None else min(known.smallest, Fraction(low))
            known.largest = Fraction(high) if known.largest is None else max(known.largest, Fraction(high))
    return found


def _fraction(value: Decimal | None) -> Fraction | None:
    return None if value is None else Fraction(value)


class Days:
    """The days of some streams: what is asked of one of them is read of all at once, and kept.

    So it lives no longer than the locks on the streams do. It is at home where many results are made at a time.
    """

    def __init__(self, indicators: Collection[int]) -> None:
        self._indicators = sorted(set(indicators))
        self._kept: dict[tuple[str, date, date], tuple[set[int], dict[int, Totals]]] = {}

    def of(self, indicator_id: int, zone: str, days: Sequence[date]) -> tuple[set[date], Totals]:
        """The days of a stream that a rollup answers for, and what they hold together."""
        if (days[-1] - days[0]).days + 1 == len(days):
            stale, found = self._all(zone, days)
            known = found.get(indicator_id, Totals())
            if indicator_id not in stale and known.days == len(days) and not known.unpacked:
                return set(days), replace(known)
        usable = ready(indicator_id, zone, days) & set(days)
        held = DayRollup.objects.filter(indicator_id=indicator_id, zone=zone, day__in=usable)
        return usable, _added(held).get(indicator_id, Totals())

    def _all(self, zone: str, days: Sequence[date]) -> tuple[set[int], dict[int, Totals]]:
        asked = (zone, days[0], days[-1])
        if asked not in self._kept:
            self._kept[asked] = stale(self._indicators, days), totals(self._indicators, zone, days)
        return self._kept[asked]


def ready(indicator_id: int, zone: str, days: Sequence[date]) -> set[date]:
    """The days whose rollup is there, whole, and not out of date."""
    if not days:
        return set()
    held = DayRollup.objects.filter(indicator_id=indicator_id, zone=zone, day__gte=days[0], day__lte=days[-1])
    good = held.exclude(packed=None, count__gt=0).values_list("day", flat=True)
    return set(good) - local_days(_marks([indicator_id], days).values_list("day", flat=True), zone)


def stale(indicators: Collection[int], days: Sequence[date]) -> set[int]:
    """The streams of which a day is marked as out of date that may touch some local days in a row."""
    return set(_marks(indicators, days).values_list("indicator_id", flat=True))


def _marks(indicators: Collection[int], days: Sequence[date]) -> Any:
    """The marks of UTC days that may touch some local days in a row."""
    return DirtyDay.objects.filter(indicator_id__in=indicators, day__gte=days[0] - DAY, day__lte=days[-1] + DAY)


def packed(indicator_id: int, zone: str, days: Collection[date]) -> Iterator[bytes]:
    """The packed values of some days."""
    if not days:
        return iter(())
    held = DayRollup.objects.filter(
        indicator_id=indicator_id, zone=zone, day__gte=min(days), day__lte=max(days), count__gt=0
    )
    return (bytes(data) for day, data in held.values_list("day", "packed") if data is not None and day in days)


def local_days(days: Iterable[date], zone: str) -> set[date]:
    """The local days of a zone that some UTC days touch."""
    place, found = ZoneInfo(zone), set()
    for day in days:
        first = datetime.combine(day, time(), UTC)
        found |= {first.astimezone(place).date(), (first + DAY - timedelta(seconds=1)).astimezone(place).date()}
    return found


def zones(indicator: Indicator) -> list[str]:
    """The zones whose days somebody reads of a stream: those of the agreements that it feeds."""
    specs = indicator.targets.order_by().values_list("spec__timezone", flat=True).distinct()
    return sorted(set(specs)) or ["UTC"]


def build(indicator: Indicator, zone: str, wanted: Iterable[date]) -> Iterator[DayRollup]:
    """The rollups of these local days, from the facts as they are now. Days in a row are read at once."""
    for days in _runs(sorted(set(wanted))):
        make = {"outages": _down, "cases": _handled}.get(indicator.kind, _measured)
        for day, fields in make(indicator.pk, days, ZoneInfo(zone)):
            yield DayRollup(indicator_id=indicator.pk, zone=zone, day=day, **fields)


def merged(spans: Iterable[Span]) -> list[Span]:
    """The union of half-open spans, in order, touching ones joined."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def _runs(days: Sequence[date]) -> Iterator[list[date]]:
    run: list[date] = []
    for day in days:
        if run and day - run[-1] > DAY:
            yield run
            run = []
        run.append(day)
    if run:
        yield run


def _edges(days: Sequence[date], zone: ZoneInfo) -> list[datetime]:
    """The midnights between local days in a row, and those around them."""
    return [midnight(day, zone) for day in [*days, days[-1] + DAY]]


def _down(indicator_id: int, days: Sequence[date], zone: ZoneInfo) -> Iterator[tuple[date, dict[str, Any]]]:
    edges = _edges(days, zone)
    lo, hi = edges[0], edges[-1]
    observed = merged((span.at, span.until) for span in facts.observed(indicator_id, lo, hi))
    # Still down: down for as long as somebody watched.
    watched = observed[-1][1] if observed else lo
    down = merged(
        (outage.at, outage.until or max(watched, outage.at)) for outage in facts.outages(indicator_id, lo, hi)
    )
    for day, start, end in zip(days, edges, edges[1:], strict=False):
        yield day, {"figures": {"down": _seconds(down, start, end), "observed": _seconds(observed, start, end)}}


def _seconds(spans: list[Span], lo: datetime, hi: datetime) -> int:
    parts = ((max(start, lo), min(end, hi)) for start, end in spans)
    return sum(int((end - start).total_seconds()) for start, end in parts if start < end)


def _handled(indicator_id: int, days: Sequence[date], zone: ZoneInfo) -> Iterator[tuple[date, dict[str, Any]]]:
    edges = _edges(days, zone)
    counts: dict[str, Counter[tuple[date, int]]] = {"opened": Counter(), "closed": Counter()}
    for at, priority in facts.cases_opened(indicator_id, edges[0], edges[-1]).values_list("at", "priority"):
        counts["opened"][at.astimezone(zone).date(), priority] += 1
    shut = Case.objects.current(indicator_id).filter(closed_at__gte=edges[0], closed_at__lt=edges[-1])
    for at, priority in shut.values_list("closed_at", "priority"):
        counts["closed"][at.astimezone(zone).date(), priority] += 1
    for day in days:
        yield day, {"figures": {name: _by_priority(found, day) for name, found in counts.items()}}


def _by_priority(counts: Counter[tuple[date, int]], day: date) -> dict[str, int]:
    return {str(priority): count for (at, priority), count in sorted(counts.items()) if at == day}


def _measured(indicator_id: int, days: Sequence[date], zone: ZoneInfo) -> Iterator[tuple[date, dict[str, Any]]]:
    edges = _edges(days, zone)
    values: list[list[Decimal]] = [[] for _day in days]
    totals_: list[list[Decimal]] = [[] for _day in days]
    rows = facts.samples(indicator_id, edges[0], edges[-1]).order_by()
    for at, value, total in rows.values_list("at", "value", "total"):
        place = bisect_right(edges, at) - 1
        values[place].append(value)
        if total is not None:
            totals_[place].append(total)
    for day, found, of in zip(days, values, totals_, strict=True):
        ends = {"smallest": min(found), "largest": max(found)} if found else {}
        yield day, {
            "count": len(found), "sum": sum(found, Decimal()), "total": sum(of, Decimal()) if of else None,
            "packed": packing.pack(found), **ends,
        }  # fmt: skip
