"""The ladder of an escalation matrix: which level is told when. Pure: engine and dry run climb the same.

A level's `after_seconds` count from the moment the level before it was due, on the level's clock: elapsed
time, or the open time of a calendar. They count from the moment planned, not from the moment told, so that
lateness of the engine does not add up.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from agreements.businesstime import Calendar
from agreements.terms import Level, Position, Terms


@dataclass(frozen=True)
class Matrix:
    """The escalation section of signed terms with the calendars its clocks need."""

    positions: Mapping[str, Position]
    levels: tuple[Level, ...]
    calendars: Mapping[str, dict[str, Any]]

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
    )


def plan(matrix: Matrix, start: datetime) -> list[Rung]:
    """The whole ladder of something that starts at `start` and that nobody acknowledges.

    Raises `ValueError` when a level's clock names no calendar or one that cannot be computed.
    """
    if not matrix.levels:
        return []
    first = matrix.levels[0]
    return onward(matrix, first.level, _later(matrix, first, start, first.after_seconds))


def onward(matrix: Matrix, number: int, due_at: datetime) -> list[Rung]:
    """The ladder from level `number`, due at `due_at`, to the top; empty when there is no such level."""
    rungs: list[Rung] = []
    for level in matrix.levels:
        if level.level == number:
            rungs.append(Rung(level, due_at))
        elif rungs:
            rungs.append(Rung(level, _later(matrix, level, rungs[-1].due_at, level.after_seconds)))
    return rungs


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


def _later(matrix: Matrix, level: Level, start: datetime, seconds: int) -> datetime:
    if not level.clock:
        return start + timedelta(seconds=seconds)
    if level.clock not in matrix.calendars:
        raise ValueError(f"level {level.level}: no calendar is called {level.clock!r}")
    return Calendar.from_dict(matrix.calendars[level.clock]).add(start, seconds)
