"""The open windows of some opening hours on the time axis of UTC seconds.

Local times become instants here and nowhere else. A time in a spring gap is read with the offset before
the change; an ambiguous opening is its first, an ambiguous closing its last occurrence (PEP 495: `fold`).
A local date that the zone skipped has no hours.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple
from zoneinfo import ZoneInfo

from agreements.openinghours import DAY, WEEKDAYS, OpeningHours

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_YEAR, LAST_YEAR = 1900, 2200  # from the start of the one to the start of the other

# Open time is counted from 2026-07-01T00:00Z, so that a table that grew to the left keeps its figures.
_ANCHOR = 1_782_864_000
# A window reaches two days past its local date, and local dates differ from UTC by up to a day.
_MARGIN_BEFORE, _MARGIN_AFTER = 4 * DAY, 2 * DAY

Span = tuple[int, int]
_START, _END = itemgetter(0), itemgetter(1)


class Gaps:
    """Holes on the axis of open time: gross counts the hours of the contract, net leaves the holes out."""

    def __init__(self, spans: list[Span]) -> None:
        self._starts = [start for start, _ in spans]
        self._ends = [end for _, end in spans]
        self._lost = [0]  # lost[i]: seconds that the first i holes take
        for start, end in spans:
            self._lost.append(self._lost[-1] + end - start)
        self._net_starts = [start - lost for start, lost in zip(self._starts, self._lost, strict=False)]

    def to_net(self, gross: int) -> int:
        i = bisect_right(self._starts, gross)
        if i == 0:
            return gross
        return gross - self._lost[i] + max(0, self._ends[i - 1] - gross)

    def to_gross_first(self, net: int) -> int:
        return net + self._lost[bisect_left(self._net_starts, net)]

    def to_gross_last(self, net: int) -> int:
        return net + self._lost[bisect_right(self._net_starts, net)]


class _Table(NamedTuple):
    """Open windows of some whole years, with running totals of open seconds counted from the anchor."""

    starts: list[int]
    ends: list[int]
    before: list[int]  # total at starts[i]
    after: list[int]  # total at ends[i]
    years: tuple[int, int]
    lowest: int  # complete from here
    highest: int  # to here


class Timeline:
    """The windows of some opening hours in UTC seconds, worked out year by year when first asked for.

    Threads may share it: a table is replaced whole, and all tables count from the same anchor.
    """

    def __init__(self, hours: OpeningHours) -> None:
        self._zone = ZoneInfo(hours.timezone)
        self._weekly = [dict(hours.schedule).get(day, ()) for day in WEEKDAYS]
        self._dated = dict.fromkeys(hours.holidays, ()) | dict(hours.special_hours)
        self._breaks = union(
            self._window(day, start, end) for day, start, end in hours.breaks if not self._skipped(day)
        )
        self._years: dict[int, list[Span]] = {}
        year = to_instant(_ANCHOR).year
        self._grow(year, year)

    def open_until(self, second: int) -> int:
        """Open seconds from the anchor to `second`, negative before the anchor."""
        table = self._table
        if not table.lowest <= second <= table.highest:
            table = self._covering(second, second)
        starts, ends, before, after = table[:4]
        i = bisect_right(starts, second) - 1
        if i < 0:
            return before[0] if starts else 0
        return before[i] + second - starts[i] if second < ends[i] else after[i]

    def first_with(self, total: int, *, limit: int) -> int | None:
        """The first second at which `open_until` reaches `total`, or None when it lies past `limit`."""
        table = self._table
        while True:
            i = bisect_left(table.after, total)
            found = table.ends[i] - (table.after[i] - total) if i < len(table.ends) else None
            if found is not None and found <= table.highest:
                return found if found <= limit else None
            if table.highest >= limit:
                return None
            table = self._grow(table.years[0], table.years[1] + 1)

    def last_with(self, total: int, *, limit: int) -> int | None:
        """The last second at which `open_until` is still `total`, or None when it lies before `limit`."""
        table = self._table
        while True:
            i = bisect_right(table.before, total) - 1
            found = table.starts[i] + total - table.before[i] if i >= 0 else None
            if found is not None and found >= table.lowest:
                return found if found >= limit else None
            if table.lowest <= limit:
                return None
            table = self._grow(table.years[0] - 1, table.years[1])

    def windows(self, first: int, last: int) -> list[Span]:
        """The windows of [first, last), clipped to it."""
        table = self._covering(first, last)
        i, j = bisect_right(table.ends, first), bisect_left(table.starts, last)
        spans = zip(table.starts[i:j], table.ends[i:j], strict=True)
        return [(max(start, first), min(end, last)) for start, end in spans]

    def _covering(self, first: int, last: int) -> _Table:
        table = self._table
        if table.lowest <= first and last <= table.highest:
            return table
        _refuse_outside(first, last)
        low, high = to_instant(first - _MARGIN_BEFORE).year, to_instant(last + _MARGIN_AFTER).year
        return self._grow(min(low, table.years[0]), max(high, table.years[1]))

    def _grow(self, first: int, last: int) -> _Table:
        _refuse_outside(_year_start(first), _year_start(last))
        spans = []
        for year in range(first, last + 1):
            if year not in self._years:
                self._years[year] = self._year(year)
            spans += self._years[year]
        self._table = _tabulate(without(union(spans), self._breaks), (first, last))
        return self._table

    def _year(self, year: int) -> list[Span]:
        spans = []
        day = date(year, 1, 1)
        while day.year == year:
            hours = self._dated.get(day, self._weekly[day.weekday()])
            if hours and not self._skipped(day):
                spans += [self._window(day, start, end) for start, end in hours]
            day += timedelta(1)
        return spans

    def _window(self, day: date, start: int, end: int) -> Span:
        """May end before it starts, when one edge alone lies in a spring gap: an empty interval."""
        midnight = datetime.combine(day, time.min, self._zone)
        closing = midnight + timedelta(seconds=end)
        # Within a gap fold=1 is the earlier instant, within an overlap the later one.
        return (
            to_seconds(midnight + timedelta(seconds=start)),
            max(to_seconds(closing), to_seconds(closing.replace(fold=1))),
        )

    def _skipped(self, day: date) -> bool:
        edges = (datetime.combine(day, edge, self._zone) for edge in (time.min, time(23, 59, 59)))
        return all(edge.astimezone(UTC).astimezone(self._zone).date() != day for edge in edges)


@lru_cache(maxsize=256)
def timeline_of(hours: OpeningHours) -> Timeline:
    return Timeline(hours)


def _tabulate(spans: list[Span], years: tuple[int, int]) -> _Table:
    total = -sum(max(0, min(end, _ANCHOR) - start) for start, end in spans)
    low, high = _year_start(years[0]) + _MARGIN_BEFORE, _year_start(years[1] + 1) - _MARGIN_AFTER
    table = _Table([], [], [], [], years, low, high)
    for start, end in spans:
        table.starts.append(start)
        table.ends.append(end)
        table.before.append(total)
        total += end - start
        table.after.append(total)
    return table


def union(spans: Iterable[Span]) -> list[Span]:
    """Sorted, empty ones dropped, overlapping and touching ones joined."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if end <= start:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def without(spans: list[Span], holes: Sequence[Span]) -> list[Span]:
    """`spans` less `holes`; both sorted and disjoint."""
    if not holes or not spans:
        return spans
    lo, hi = spans[0][0], spans[-1][1]
    near = holes[bisect_right(holes, lo, key=_END) : bisect_left(holes, hi, key=_START)]
    between = zip([lo, *map(_END, near)], [*map(_START, near), hi], strict=True)
    return common(spans, [(start, end) for start, end in between if start < end])


def common(spans: Sequence[Span], others: Sequence[Span]) -> list[Span]:
    """The intersection of two sets, both sorted and disjoint; of one of them none may touch.

    What lies within a span of the smaller set is taken over as it is, so that the larger one costs little.
    """
    few, many = sorted((spans, others), key=len)
    found: list[Span] = []
    for lo, hi in few:
        first = bisect_right(many, lo, key=_END)
        within = [*many[first : bisect_left(many, hi, first, key=_START)]]
        if within:
            within[0] = (max(lo, within[0][0]), within[0][1])
            within[-1] = (within[-1][0], min(hi, within[-1][1]))
            found += within
    return found


def to_seconds(at: datetime) -> int:
    """The Unix second that `at` lies in. Not `timestamp()`, whose float can round up to the next one."""
    if not isinstance(at, datetime) or at.utcoffset() is None:
        raise ValueError(f"expected an aware datetime, got {at!r}")
    since = at - EPOCH
    return since.days * DAY + since.seconds


def to_instant(second: int) -> datetime:
    return EPOCH + timedelta(seconds=second)


def _year_start(year: int) -> int:
    return to_seconds(datetime(year, 1, 1, tzinfo=UTC))


def _refuse_outside(first: int, last: int) -> None:
    # A mistyped year must not make the table grow over millennia.
    if first < _year_start(FIRST_YEAR) or last > _year_start(LAST_YEAR):
        raise ValueError(f"business time is counted from {FIRST_YEAR} to {LAST_YEAR} only")
