"""Business time: how much of a span lies within the service hours of a contract.

Rules, stated once:

* Intervals are half-open and in whole seconds; an instant is read as the second it lies in.
* Hours belong to the date they open on. A closing above 24:00 runs into the next date, also
  when that date is a holiday. Special hours win over weekly hours and over a holiday. Breaks
  cut whatever is open. Overlapping intervals count once.
* A local time in a spring gap is read with the offset before the change; an ambiguous opening is
  its first, an ambiguous closing its last occurrence (PEP 495: `fold`). A local date that the zone
  skipped has no hours.
* Results are in UTC. Everything is exact integer arithmetic.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from agreements.openinghours import DAY, WEEKDAYS, OpeningHours

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SEARCH_YEARS = 20
FIRST_YEAR, LAST_YEAR = 1900, 2200

_SEARCH_SECONDS = SEARCH_YEARS * 366 * DAY
# Open time is counted from here, so that a table that grew to the left keeps its figures.
_ANCHOR = 1_782_864_000  # 2026-07-01T00:00Z

Span = tuple[int, int]


@dataclass(frozen=True)
class Calendar:
    """The service hours of one contract, less `holes` (UTC seconds) cut out for one case.

    Immutable and hashable; equal calendars share their computed windows.
    """

    hours: OpeningHours
    holes: tuple[Span, ...] = field(default=(), repr=False)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "Calendar":
        """Read the terms' document; raises `ValueError` naming the place that is wrong."""
        return cls(OpeningHours.from_dict(document))

    @classmethod
    def always(cls, timezone: str) -> "Calendar":
        """Open without a break, in `timezone`."""
        return cls.from_dict({"timezone": timezone, "schedule": {day: [["00:00", "24:00"]] for day in WEEKDAYS}})

    def to_dict(self) -> dict[str, Any]:
        """The document of the hours. Raises `ValueError` when holes were cut: they are not contract terms."""
        if self.holes:
            raise ValueError("a calendar with holes belongs to one case and has no document")
        return self.hours.to_dict()

    @property
    def timezone(self) -> str:
        return self.hours.timezone

    def with_holes(self, spans: Iterable[tuple[datetime, datetime]]) -> "Calendar":
        """The same calendar closed during `spans` (pauses, exclusions); overlapping ones count once.

        Raises `ValueError` for a naive instant or a span that ends before it starts.
        """
        pairs = [(_seconds(start), _seconds(end)) for start, end in spans]
        for start, end in pairs:
            if end < start:
                raise ValueError(f"a hole ends {_instant(end)} before it starts {_instant(start)}")
        return Calendar(self.hours, tuple(_union([*self.holes, *pairs])))

    def add(self, start: datetime, seconds: int) -> datetime:
        """The earliest instant >= `start` with `seconds` of open time since `start`.

        Raises `ValueError` for a naive `start`, negative seconds, or when 20 years do not suffice.
        """
        origin, wanted = _seconds(start), _whole(seconds)
        if wanted == 0:
            return start.astimezone(UTC)
        opened = self._gaps.to_gross_first(self._net(origin) + wanted)
        found = self._timeline.first_with(opened, limit=origin + _SEARCH_SECONDS)
        if found is None:
            raise ValueError(f"no {seconds} open seconds within {SEARCH_YEARS} years after {start.isoformat()}")
        return _instant(found)

    def subtract(self, end: datetime, seconds: int) -> datetime:
        """The latest instant <= `end` with `seconds` of open time until `end`. Errors as for `add`."""
        origin, wanted = _seconds(end), _whole(seconds)
        if wanted == 0:
            return end.astimezone(UTC)
        opened = self._gaps.to_gross_last(self._net(origin) - wanted)
        found = self._timeline.last_with(opened, limit=origin - _SEARCH_SECONDS)
        if found is None:
            raise ValueError(f"no {seconds} open seconds within {SEARCH_YEARS} years before {end.isoformat()}")
        return _instant(found)

    def between(self, start: datetime, end: datetime) -> int:
        """Open seconds in [start, end); 0 when `end` <= `start`. Raises `ValueError` for naive instants."""
        first, last = _seconds(start), _seconds(end)
        return self._net(last) - self._net(first) if first < last else 0

    def is_open(self, at: datetime) -> bool:
        """Whether the second of `at` is service time. Raises `ValueError` for a naive instant."""
        second = _seconds(at)
        return self._net(second + 1) > self._net(second)

    def periods(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        """The open intervals of [start, end) in order, clipped to it, touching ones joined."""
        first, last = _seconds(start), _seconds(end)
        if last <= first:
            return []
        spans = _without(self._timeline.windows(first, last), self.holes)
        return [(_instant(a), _instant(b)) for a, b in spans]

    def _net(self, second: int) -> int:
        return self._gaps.to_net(self._timeline.open_until(second))

    @cached_property
    def _timeline(self) -> "_Timeline":
        return _timeline_of(self.hours)

    @cached_property
    def _gaps(self) -> "_Gaps":
        count = self._timeline.open_until
        return _Gaps(_union((count(start), count(end)) for start, end in self.holes))


class _Gaps:
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

    # A window reaches two days past its local date, and local dates differ from UTC by up to a day:
    # only within these bounds is the table complete.
    @property
    def lowest(self) -> int:
        return _year_start(self.years[0]) + 4 * DAY

    @property
    def highest(self) -> int:
        return _year_start(self.years[1] + 1) - 2 * DAY


class _Timeline:
    """The windows of some opening hours in UTC seconds, worked out year by year when first asked for.

    Threads may share it: a table is replaced whole, and all tables count from the same anchor.
    """

    def __init__(self, hours: OpeningHours) -> None:
        self._zone = ZoneInfo(hours.timezone)
        self._weekly = [dict(hours.schedule).get(day, ()) for day in WEEKDAYS]
        self._dated = dict.fromkeys(hours.holidays, ()) | dict(hours.special_hours)
        self._breaks = _union(
            self._window(day, start, end) for day, start, end in hours.breaks if not self._skipped(day)
        )
        self._years: dict[int, list[Span]] = {}
        year = _instant(_ANCHOR).year
        self._grow(year, year)

    def open_until(self, second: int) -> int:
        """Open seconds from the anchor to `second`, negative before the anchor."""
        starts, ends, before, after, _ = self._table_at(second)
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
        self._table_at(first)
        table = self._table_at(last)
        i, j = bisect_right(table.ends, first), bisect_left(table.starts, last)
        spans = zip(table.starts[i:j], table.ends[i:j], strict=True)
        return [(max(start, first), min(end, last)) for start, end in spans]

    def _table_at(self, second: int) -> _Table:
        table = self._table
        if table.lowest <= second <= table.highest:
            return table
        low, high = _instant(second - 4 * DAY).year, _instant(second + 2 * DAY).year
        return self._grow(min(low, table.years[0]), max(high, table.years[1]))

    def _grow(self, first: int, last: int) -> _Table:
        if first < FIRST_YEAR or last > LAST_YEAR:
            raise ValueError(f"business time is counted from {FIRST_YEAR} to {LAST_YEAR} only")
        spans = []
        for year in range(first, last + 1):
            if year not in self._years:
                self._years[year] = self._year(year)
            spans += self._years[year]
        self._table = _tabulate(_without(_union(spans), self._breaks), (first, last))
        return self._table

    def _year(self, year: int) -> list[Span]:
        days = (date(year, 1, 1) + timedelta(n) for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days))
        spans = []
        for day in days:
            hours = self._dated.get(day, self._weekly[day.weekday()])
            if hours and not self._skipped(day):
                spans += [self._window(day, start, end) for start, end in hours]
        return spans

    def _window(self, day: date, start: int, end: int) -> Span:
        """May end before it starts, when one edge alone lies in a spring gap: an empty interval."""
        midnight = datetime.combine(day, time.min, self._zone)
        closing = midnight + timedelta(seconds=end)
        # Within a gap fold=1 is the earlier instant, within an overlap the later one.
        return (
            _seconds(midnight + timedelta(seconds=start)),
            max(_seconds(closing), _seconds(closing.replace(fold=1))),
        )

    def _skipped(self, day: date) -> bool:
        edges = (datetime.combine(day, edge, self._zone) for edge in (time.min, time(23, 59, 59)))
        return all(edge.astimezone(UTC).astimezone(self._zone).date() != day for edge in edges)


@lru_cache(maxsize=256)
def _timeline_of(hours: OpeningHours) -> _Timeline:
    return _Timeline(hours)


def _tabulate(spans: list[Span], years: tuple[int, int]) -> _Table:
    total = -sum(max(0, min(end, _ANCHOR) - start) for start, end in spans)
    table = _Table([], [], [], [], years)
    for start, end in spans:
        table.starts.append(start)
        table.ends.append(end)
        table.before.append(total)
        total += end - start
        table.after.append(total)
    return table


def _union(spans: Iterable[Span]) -> list[Span]:
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


def _without(spans: list[Span], holes: list[Span] | tuple[Span, ...]) -> list[Span]:
    """`spans` less `holes`; both sorted and disjoint."""
    if not holes:
        return spans
    kept = []
    for start, end in spans:
        i = bisect_right(holes, start, key=lambda hole: hole[1])
        while i < len(holes) and holes[i][0] < end:
            if start < holes[i][0]:
                kept.append((start, holes[i][0]))
            start = holes[i][1]
            i += 1
        if start < end:
            kept.append((start, end))
    return kept


def _seconds(at: datetime) -> int:
    """The Unix second that `at` lies in. Not `timestamp()`, whose float can round up to the next one."""
    if not isinstance(at, datetime) or at.utcoffset() is None:
        raise ValueError(f"expected an aware datetime, got {at!r}")
    since = at - EPOCH
    return since.days * DAY + since.seconds


def _instant(second: int) -> datetime:
    return EPOCH + timedelta(seconds=second)


def _year_start(year: int) -> int:
    return _seconds(datetime(year, 1, 1, tzinfo=UTC))


def _whole(seconds: int) -> int:
    if type(seconds) is not int or seconds < 0:
        raise ValueError(f"expected whole seconds from 0 up, got {seconds!r}")
    return seconds
