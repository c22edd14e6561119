"""The days on which the parties of a contract can be expected to read a notice (no ORM).

They come from the contract's own calendar: the first one of its terms that closes at all. A contract whose
calendars never close, or that has none, can be given notice on any day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from agreements.openinghours import WEEKDAYS

DAY = timedelta(days=1)
# No contract closes for longer; a calendar that does never opens, and its closing is not heeded.
LONGEST_CLOSING = 366


@dataclass(frozen=True)
class OpenDays:
    """Weekdays (0 = Monday) that are open, and the dates that differ from their weekday."""

    name: str = ""
    weekdays: frozenset[int] = frozenset(range(7))
    closed: frozenset[date] = frozenset()
    opened: frozenset[date] = frozenset()

    @property
    def closes(self) -> bool:
        return bool(self.closed) or self.weekdays != frozenset(range(7))

    def is_open(self, day: date) -> bool:
        return day in self.opened or (day.weekday() in self.weekdays and day not in self.closed)

    def last_open(self, day: date) -> date:
        """The day itself when it is open, else the last open day before it."""
        days = (day - DAY * back for back in range(LONGEST_CLOSING))
        return next(filter(self.is_open, days), day)

    def next_open(self, day: date) -> date:
        """The first open day after this one."""
        days = (day + DAY * on for on in range(1, LONGEST_CLOSING))
        return next(filter(self.is_open, days), day + DAY)


EVERY_DAY = OpenDays()


def of(calendars: Sequence[Mapping[str, Any]]) -> OpenDays:
    """The open days of a contract, from the calendars of its terms as they stand in the JSON document."""
    return next((days for days in map(_read, calendars) if days.closes), EVERY_DAY)


def _read(calendar: Mapping[str, Any]) -> OpenDays:
    """A date with special hours follows those, a holiday is closed, any other date follows its weekday."""
    special = {date.fromisoformat(day): bool(hours) for day, hours in calendar.get("special_hours", {}).items()}
    holidays = set(map(date.fromisoformat, calendar.get("holidays", [])))
    schedule = calendar["schedule"]
    return OpenDays(
        name=calendar.get("name", ""),
        weekdays=frozenset(index for index, day in enumerate(WEEKDAYS) if schedule.get(day)),
        closed=frozenset((holidays - special.keys()) | {day for day, is_open in special.items() if not is_open}),
        opened=frozenset(day for day, is_open in special.items() if is_open),
    )
