"""The week of a calendar as a picture: which minutes are open, and which of them are new or gone (no ORM)."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from agreements.openinghours import WEEKDAYS

DAY, WEEK = 24 * 60, 7 * 24 * 60
CLOSED, GONE, NEW, SAME = range(4)
# The drawing: a minute is a unit wide, a day a line of so many units.
LEFT, TOP, STEP = 130, 56, 60
KINDS = {GONE: "gone", NEW: "new", SAME: "same"}

Schedule = Mapping[str, Sequence[Sequence[str]]]


class Bar(NamedTuple):
    """A stretch of one day, in minutes: open as before ("same"), open anew ("new") or open no longer ("gone")."""

    kind: str
    start: int
    length: int


    @property
    def x(self) -> int:
        return LEFT + self.start


class Row(NamedTuple):
    """A day with its bars, and where it is drawn."""

    day: str
    y: int
    bars: list[Bar]


class Hour(NamedTuple):
    name: str
    x: int


def week(schedule: Schedule, before: Schedule | None = None) -> list[Row]:
    """The seven days; a closing above 24:00 goes on in the next one. Without `before` all that is open is "same"."""
    now = _minutes(schedule)
    was = now if before is None else _minutes(before)
    kinds = [SAME if a and b else NEW if a else GONE if b else CLOSED for a, b in zip(now, was, strict=True)]
    return [
        Row(day, TOP + index * STEP, list(_bars(kinds[index * DAY : (index + 1) * DAY])))
        for index, day in enumerate(WEEKDAYS)
    ]


def hours() -> list[Hour]:
    """What stands above the picture: every second hour."""
    return [Hour(f"{hour:02}", LEFT + hour * 60) for hour in range(0, 24, 2)]


def open_minutes(schedule: Schedule) -> int:
    """How many minutes a week are open; where intervals overlap, each minute once."""
    return sum(_minutes(schedule))


def _minutes(schedule: Schedule) -> bytearray:
    minutes = bytearray(WEEK)
    for index, day in enumerate(WEEKDAYS):
        for opens, closes in schedule.get(day, ()):
            for minute in range(index * DAY + _clock(opens), index * DAY + _clock(closes)):
                minutes[minute % WEEK] = 1
    return minutes


def _clock(time: str) -> int:
    hours, _colon, minutes = time.partition(":")
    return int(hours) * 60 + int(minutes)


def _bars(kinds: list[int]) -> Iterator[Bar]:
    at = 0
    for kind, run in groupby(kinds):
        length = len(list(run))
        if kind != CLOSED:
            yield Bar(KINDS[kind], at, length)
        at += length
