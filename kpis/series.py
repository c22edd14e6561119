"""The samples of a period as the formulas take them: whole days from their rollups, the rest from the rows.

Recompute reads every row (`known_until` of a closed result, `rolled` None), so that it checks the rollups as well.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from kpis import facts, packing, rollups
from kpis.rollups import Days, Span, Totals
from kpis.windows import local_days, midnight

Row = tuple[datetime, Decimal, Decimal | None]


class Measured:
    """The samples of some spans in order of size; a `formulas.Series`. Ranks are looked up when asked for."""

    missing = 0

    def __init__(self, indicator_id: int, zone: str, days: set[date], totals: Totals, loose: list[Decimal]) -> None:
        self._of = (indicator_id, zone, days)
        self._totals, self._loose = totals, loose
        self._ordered: packing.Ordered | None = None

    @property
    def count(self) -> int:
        return self._totals.count

    @property
    def sum(self) -> Fraction:
        return self._totals.sum

    @property
    def total(self) -> Fraction:
        return self._totals.total

    def at(self, place: int) -> Fraction:
        """The value at a place from 0. Raises IndexError beyond the ends."""
        ends = {0: self._totals.smallest, self.count - 1: self._totals.largest}
        known = ends.get(place)
        if known is not None:
            return known
        if self._ordered is None:
            self._ordered = packing.Ordered(rollups.packed(*self._of), self._loose)
        return self._ordered.at(place)


def read(
    indicator_id: int, zone: str, spans: Sequence[Span], known_until: int | None, *, rolled: Days | None
) -> Measured:
    """The samples of these sorted, disjoint spans, as known after a delivery (None: all).

    `rolled` is where whole days come from; None: from their rows, like the rest.
    """
    days, whole = _whole_days(spans, zone) if rolled else ([], False)
    ready, totals = set[date](), Totals()
    if rolled and days:
        ready, totals = rolled.of(indicator_id, zone, days)
    if whole and len(ready) == len(days) and len(spans) == 1:
        return Measured(indicator_id, zone, ready, totals, [])
    loose: list[Decimal] = []
    for _at, value, total in rows(indicator_id, _rest(spans, ready, zone), known_until):
        loose.append(value)
        totals.total += Fraction(total or 0)
    totals.add(loose)
    return Measured(indicator_id, zone, ready, totals, loose)


def rows(indicator_id: int, spans: Sequence[Span], known_until: int | None) -> Iterable[Row]:
    """The samples within some sorted, disjoint spans, by time."""
    starts = [start for start, _end in spans]
    for lo, hi in _stretches(spans):
        found = facts.samples(indicator_id, lo, hi, known_until).order_by("at")
        for row in found.values_list("at", "value", "total").iterator(chunk_size=5000):
            place = bisect_right(starts, row[0]) - 1
            if place >= 0 and row[0] < spans[place][1]:
                yield row


def _whole_days(spans: Sequence[Span], zone: str) -> tuple[list[date], bool]:
    """The local days that lie wholly within a span, and whether the spans are made of nothing else."""
    place, days, whole = ZoneInfo(zone), [], True
    for lo, hi in spans:
        for day, start, end in local_days(lo, hi, place):
            if start == midnight(day, place) and end == midnight(day + rollups.DAY, place):
                days.append(day)
            else:
                whole = False
    return days, whole


def _rest(spans: Sequence[Span], ready: set[date], zone: str) -> list[Span]:
    """The spans without the days that a rollup answers for."""
    if not ready:
        return list(spans)
    place, rest = ZoneInfo(zone), []
    for lo, hi in spans:
        parts = local_days(lo, hi, place)
        rest += [(start, end) for day, start, end in parts if not _is_whole(day, start, end, ready, place)]
    return rollups.merged(rest)


def _is_whole(day: date, start: datetime, end: datetime, ready: set[date], zone: ZoneInfo) -> bool:
    return day in ready and start == midnight(day, zone) and end == midnight(day + rollups.DAY, zone)


def _stretches(spans: Sequence[Span]) -> Iterable[Span]:
    """Spans less than a day apart are read at once: the opening hours of a week are one query."""
    joined: list[Span] = []
    for lo, hi in spans:
        if joined and lo - joined[-1][1] < rollups.DAY:
            joined[-1] = (joined[-1][0], hi)
        else:
            joined.append((lo, hi))
    return joined
