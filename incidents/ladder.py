"""The ladder of an escalation matrix: which level is told when. Pure: engine and dry run climb the same.

A level's `after_seconds` count from the moment the level before it was due, on the level's clock: elapsed
time, or the open time of a calendar. They count from the moment planned, not from the moment told, so that
lateness of the engine does not add up. Where the matrix says so, the whole ladder is climbed again: each
repetition is a lap.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from agreements.businesstime import Calendar
from agreements.terms import Level, Position, Terms

# Spans [lo, hi) in which a ladder stands still.
Rests = Sequence[tuple[datetime, datetime]]


@dataclass(frozen=True)
class Matrix:
    """The escalation section of signed terms with the calendars its clocks need."""

    positions: Mapping[str, Position]
    levels: tuple[Level, ...]
    calendars: Mapping[str, dict[str, Any]]
    repeats: int = 0
    repeat_seconds: int = 0

    def level(self, number: int) -> Level | None:
        return next((level for level in self.levels if level.level == number), None)

    @property
    def top(self) -> int:
        """The highest level; -1 when the matrix is empty."""
        return self.levels[-1].level if self.levels else -1


@dataclass(frozen=True)
class Rung:
    """One level at the moment it is due."""

    level: Level
    due_at: datetime
    lap: int = 0  # laps after the one that the climb began in

    @property
    def number(self) -> int:
        return self.level.level


def freeze(terms: Terms) -> dict[str, Any]:
    """The document a run keeps: the matrix and only those calendars that its levels name."""
    clocks = {level.clock for level in terms.escalation.levels}
    used = [calendar for calendar in terms.calendars if calendar.key in clocks]
    return {"escalation": asdict(terms.escalation), "calendars": [asdict(calendar) for calendar in used]}


def read(document: Mapping[str, Any]) -> Matrix:
    """The matrix of a frozen document, its levels in order."""
    section = document["escalation"]
    levels = sorted((Level(**level) for level in section["levels"]), key=lambda level: level.level)
    return Matrix(
        {item["key"]: Position(**item) for item in section["positions"]},
        tuple(levels),
        {calendar["key"]: calendar for calendar in document["calendars"]},
        section.get("repeats", 0),
        section.get("repeat_seconds", 0),
    )


def plan(matrix: Matrix, start: datetime, rests: Rests = ()) -> list[Rung]:
    """The whole ladder of something that starts at `start` and that nobody acknowledges, with its repetitions.

    No clock runs within `rests`. Raises `ValueError` when a level's clock names no calendar or one that cannot be
    computed.
    """
    if not matrix.levels:
        return []
    first = matrix.levels[0]
    return onward(matrix, first.level, _later(matrix, first, start, first.after_seconds, rests), laps=matrix.repeats,
                  rests=rests)


def onward(matrix: Matrix, number: int, due_at: datetime, *, laps: int = 0, rests: Rests = ()) -> list[Rung]:
    """The ladder from level `number`, due at `due_at`, to the top, and then `laps` times the whole of it.

    No clock runs within `rests`, which are in order and do not touch. Empty when there is no such level.
    """
    rungs: list[Rung] = []
    for level in matrix.levels:
        if level.level == number:
            rungs.append(Rung(level, due_at))
        elif rungs:
            rungs.append(_above(matrix, rungs[-1], level, rests))
    for lap in range(1, laps + 1 if rungs else 1):
        last = rungs[-1]
        again = _later(matrix, last.level, last.due_at, matrix.repeat_seconds, rests)
        first, *others = matrix.levels
        rungs.append(Rung(first, again, lap))
        for level in others:
            rungs.append(_above(matrix, rungs[-1], level, rests))
    return rungs


def _above(matrix: Matrix, below: Rung, level: Level, rests: Rests) -> Rung:
    return Rung(level, _later(matrix, level, below.due_at, level.after_seconds, rests), below.lap)


def following(here: Rung, above: Rung, *, reached: bool) -> datetime:
    """When the rung above is due: at the same moment where nobody was reached; a new lap waits for its time."""
    return above.due_at if reached or above.lap > here.lap else here.due_at


def catch_up(rungs: list[Rung], now: datetime) -> tuple[list[Rung], list[Rung]]:
    """Split a ladder at `now`: the rungs passed while nobody climbed, and the rest, whose first is told now.

    Levels due at the same moment are all told: only a later one passes an earlier one.
    """
    latest = max((rung.due_at for rung in rungs if rung.due_at <= now), default=None)
    if latest is None:
        return [], rungs
    return [rung for rung in rungs if rung.due_at < latest], [rung for rung in rungs if rung.due_at >= latest]


def lapse(matrix: Matrix, number: int, acknowledged_at: datetime) -> datetime | None:
    """When an acknowledgement given at level `number` lapses, on that level's clock; None: never."""
    level = matrix.level(number) or (matrix.levels[0] if matrix.levels else None)
    if level is None or level.ack_seconds is None:
        return None
    return _later(matrix, level, acknowledged_at, level.ack_seconds)


def moved(matrix: Matrix, number: int, due_at: datetime, lo: datetime, hi: datetime) -> datetime:
    """When a level that was due at `due_at` is due if [lo, hi) does not count: what was left at `lo` counts from `hi`.

    Raises `ValueError` as `plan` does.
    """
    level = matrix.level(number)
    if due_at <= lo or level is None:
        return max(due_at, hi)
    if not level.clock:
        return hi + (due_at - lo)
    left = _calendar(matrix, level).between(lo, due_at)
    return _calendar(matrix, level).add(hi, left)


def _later(matrix: Matrix, level: Level, start: datetime, seconds: int, rests: Rests = ()) -> datetime:
    due_at = _calendar(matrix, level).add(start, seconds) if level.clock else start + timedelta(seconds=seconds)
    for lo, hi in rests:
        if hi > start and due_at >= lo:
            due_at = moved(matrix, level.level, due_at, max(lo, start), hi)
    return due_at


def _calendar(matrix: Matrix, level: Level) -> Calendar:
    if level.clock not in matrix.calendars:
        raise ValueError(f"level {level.level}: no calendar is called {level.clock!r}")
    return Calendar.from_dict(matrix.calendars[level.clock])
