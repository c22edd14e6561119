"""Business time: how much of a span lies within the service hours of a contract.

Rules, stated once:

* Intervals are half-open and in whole seconds; an instant is read as the second it lies in.
* Hours belong to the date they open on. A closing above 24:00 runs into the next date, also
  when that date is a holiday. Special hours win over weekly hours and over a holiday. Breaks
  cut whatever is open. Overlapping intervals count once.
* Local times around a clock change: see `agreements.timeline`.
* Results are in UTC. Everything is exact integer arithmetic.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from agreements.openinghours import DAY, WEEKDAYS, OpeningHours
from agreements.timeline import Gaps, Span, Timeline, timeline_of, to_instant, to_seconds, union, without

SEARCH_YEARS = 20
_SEARCH_SECONDS = SEARCH_YEARS * 366 * DAY


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
        schedule = {day: [["00:00", "24:00"]] for day in WEEKDAYS}
        return cls.from_dict({"timezone": timezone, "schedule": schedule})

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
        pairs = [(to_seconds(start), to_seconds(end)) for start, end in spans]
        for start, end in pairs:
            if end < start:
                raise ValueError(f"a hole ends {to_instant(end)} before it starts {to_instant(start)}")
        return Calendar(self.hours, tuple(union([*self.holes, *pairs])))

    def add(self, start: datetime, seconds: int) -> datetime:
        """The earliest instant >= `start` with `seconds` of open time since `start`.

        Raises `ValueError` for a naive `start`, negative seconds, or when 20 years do not suffice.
        """
        origin, wanted = to_seconds(start), _whole(seconds)
        if wanted == 0:
            return start.astimezone(UTC)
        opened = self._gaps.to_gross_first(self._net(origin) + wanted)
        found = self._timeline.first_with(opened, limit=origin + _SEARCH_SECONDS)
        if found is None:
            raise ValueError(f"no {wanted} open seconds within {SEARCH_YEARS} years after {start}")
        return to_instant(found)

    def subtract(self, end: datetime, seconds: int) -> datetime:
        """The latest instant <= `end` with `seconds` of open time until `end`. Errors as for `add`."""
        origin, wanted = to_seconds(end), _whole(seconds)
        if wanted == 0:
            return end.astimezone(UTC)
        opened = self._gaps.to_gross_last(self._net(origin) - wanted)
        found = self._timeline.last_with(opened, limit=origin - _SEARCH_SECONDS)
        if found is None:
            raise ValueError(f"no {wanted} open seconds within {SEARCH_YEARS} years before {end}")
        return to_instant(found)

    def between(self, start: datetime, end: datetime) -> int:
        """Open seconds in [start, end); 0 when `end` <= `start`. Raises `ValueError` for naive instants."""
        first, last = to_seconds(start), to_seconds(end)
        return self._net(last) - self._net(first) if first < last else 0

    def is_open(self, at: datetime) -> bool:
        """Whether the second of `at` is service time. Raises `ValueError` for a naive instant."""
        second = to_seconds(at)
        return self._net(second + 1) > self._net(second)

    def periods(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        """The open intervals of [start, end) in order, clipped to it, touching ones joined."""
        first, last = to_seconds(start), to_seconds(end)
        if last <= first:
            return []
        spans = without(self._timeline.windows(first, last), self.holes)
        return [(to_instant(a), to_instant(b)) for a, b in spans]

    def _net(self, second: int) -> int:
        return self._gaps.to_net(self._timeline.open_until(second))

    @cached_property
    def _timeline(self) -> "Timeline":
        return timeline_of(self.hours)

    @cached_property
    def _gaps(self) -> "Gaps":
        count = self._timeline.open_until
        return Gaps(union((count(start), count(end)) for start, end in self.holes))


def _whole(seconds: int) -> int:
    if type(seconds) is not int or seconds < 0:
        raise ValueError(f"expected whole seconds from 0 up, got {seconds!r}")
    return seconds
