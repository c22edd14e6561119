"""The clock of a case that never was: when it would be due, by the terms, and why (no ORM).

What a priority promises is hard to read off a table of hours; here it is a date in both parties' zones, step by
step. It is the very clock that will judge the cases: agreements.caseclock.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from agreements.businesstime import Calendar
from agreements.caseclock import CaseReading, Segment, limit_for, read_clock
from agreements.terms import Priority, Terms

FRIDAY, HOUR, MINUTE = 4, 16, 40


class Waiting(NamedTuple):
    """A pause of the example: why, and from when to when."""

    reason: str
    start: datetime
    end: datetime


class Step(NamedTuple):
    """A stretch of the case's life on the way to the deadline; `used` is the service time used at its end."""

    segment: Segment
    reasons: str
    used: int


@dataclass(frozen=True)
class Promise:
    """One of the two promises of a priority: the reading at the deadline and the way there."""

    name: str
    reading: CaseReading
    steps: tuple[Step, ...]


def simulate(
    terms: Terms,
    priority: int,
    opened_at: datetime,
    *,
    waiting: Iterable[Waiting] = (),
    changes: Iterable[tuple[datetime, int]] = (),
) -> list[Promise]:
    """Response and resolution of a case, as far as they are promised; instants must be aware.

    `changes` are (since, priority): as in the real clock, the limit of the last one holds from the opening on.
    Raises `ValueError` with words for people when the terms have no answer.
    """
    rows = {row.priority: row for row in terms.priorities}
    try:
        row = rows[_last_priority(rows, priority, opened_at, changes)]
    except KeyError as error:
        raise ValueError(_("There is no row for priority %s.") % error) from error
    calendar = calendar_of(terms, row)
    names = {pause.key: pause.name for pause in terms.pauses}
    limits = ((_("Response"), row.response_seconds), (_("Resolution"), row.resolution_seconds))
    return [_promise(name, calendar, limit, opened_at, list(waiting), names) for name, limit in limits if limit]


def calendar_of(terms: Terms, row: Priority) -> Calendar:
    found = next((each for each in terms.calendars if each.key == row.calendar), None)
    if found is None:
        raise ValueError(_("Priority %s names hours that are not there.") % row.priority)
    document = {
        "timezone": found.timezone,
        "schedule": found.schedule,
        "holidays": found.holidays,
        "special_hours": found.special_hours,
        "breaks": [{"date": each.date, "start": each.start, "end": each.end} for each in found.breaks],
    }
    return Calendar.from_dict(document)


def friday(now: datetime, zone: ZoneInfo) -> datetime:
    """The next Friday 16:40 of a zone, not before today: where hours and deadlines surprise most."""
    local = now.astimezone(zone)
    day = (local + timedelta(days=(FRIDAY - local.weekday()) % 7)).replace(tzinfo=None)
    return day.replace(hour=HOUR, minute=MINUTE, second=0, microsecond=0).replace(tzinfo=zone)


def due(terms: Terms, priority: int, opened_at: datetime) -> list[tuple[str, datetime]]:
    """(promise, due at, in the zone of the opening) of a case without a pause; empty while there is no answer."""
    try:
        found = simulate(terms, priority, opened_at)
    except ValueError:
        return []
    return [(each.name, each.reading.due_at.astimezone(opened_at.tzinfo)) for each in found if each.reading.due_at]


def _last_priority(rows: dict, priority: int, opened_at: datetime, changes: Iterable[tuple[datetime, int]]) -> int:
    history = [(opened_at, priority), *changes]
    if any(since < opened_at for since, _priority in history):
        raise ValueError(_("The priority cannot change before the case is opened."))
    end = max(since for since, _priority in history)
    found, _limit = limit_for(dict.fromkeys({*rows, *(each for _since, each in history)}, 1), history, at=end)
    return found


def _promise(
    name: str, calendar: Calendar, limit: int, opened_at: datetime, waiting: list[Waiting], names: dict[str, str]
) -> Promise:
    pauses = [(each.start, each.end, each.reason) for each in waiting]
    for start, end, _reason in pauses:
        if end <= start:
            raise ValueError(_("A pause must end after it begins."))
        if start < opened_at:
            raise ValueError(_("A pause cannot begin before the case is opened."))
    # Read when everything of the example has happened: first with the pauses known, then at the deadline itself.
    horizon = max([opened_at, *(end for _start, end, _reason in pauses)])
    reading = read_clock(calendar, limit, opened_at, now=horizon, pauses=pauses, allowed_reasons=names)
    if reading.due_at is None:
        raise ValueError(_("Within 20 years there is not enough service time."))
    at_due = read_clock(calendar, limit, opened_at, now=reading.due_at, pauses=pauses, allowed_reasons=names)
    return Promise(name, replace(reading, until=reading.due_at), tuple(steps(at_due.segments, names)))


def steps(segments: Iterable[Segment], names: Mapping[str, str]) -> Iterable[Step]:
    """The stretches of a reading with the service time used at the end of each; `names` are those of the reasons."""
    used = 0
    for each in _joined(segments):
        used += each.seconds if each.kind == "running" else 0
        yield Step(each, ", ".join(names.get(reason, reason) for reason in each.reasons), used)


def _joined(segments: Iterable[Segment]) -> list[Segment]:
    """Neighbours of one kind as one: a calendar cuts at midnight, a reader does not."""
    found: list[Segment] = []
    for each in segments:
        last = found[-1] if found else None
        if last and (last.kind, last.reasons, last.end) == (each.kind, each.reasons, each.start):
            found[-1] = last._replace(end=each.end, seconds=last.seconds + each.seconds)
        else:
            found.append(each)
    return found
