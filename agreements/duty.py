"""Who of a duty roster is on duty when. Pure: no ORM, no clock of its own.

Rules, stated once:

* A rotation passes the duty on after so many local days, at a local time of the roster's zone. A time that a clock
  change skips is read with the offset before the change, one that it repeats is the first of the two.
* What was agreed for a span (a stint: taken over, or swapped) goes before every rotation; of two the newer one.
  Of two rotations that cover a moment the newer one counts.
* Who is away, or not with the organisation, is passed over: by the next of the rotation, then by older rotations.
* Nobody left is a gap. Intervals are half-open.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from agreements.businesstime import Calendar

Span = tuple[datetime, datetime]
TURN, STAND_IN, AGREED, NOBODY = "turn", "stand_in", "agreed", "nobody"
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Rotation:
    """People in their order, each for `days`; from `since` until before `until`, within `hours` (None: always)."""

    people: tuple[int, ...]
    starts_on: date
    handover: time
    days: int
    since: datetime
    until: datetime | None = None
    hours: Calendar | None = None


@dataclass(frozen=True)
class Stint:
    """A person has the duty for this span, whatever the rotations say."""

    person: int
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Plan:
    """One roster: rotations and stints, the newest first; when each person is there, and when away."""

    timezone: str
    rotations: tuple[Rotation, ...] = ()
    stints: tuple[Stint, ...] = ()
    present: Mapping[int, tuple[Span, ...]] = field(default_factory=dict)
    away: Mapping[int, tuple[Span, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Segment:
    """A span with one person (None: nobody) and why: by turn, as stand-in, as agreed, or nobody."""

    start: datetime
    end: datetime
    person: int | None
    why: str


def holder(plan: Plan, at: datetime) -> int | None:
    """Who is on duty at an instant; None: nobody."""
    return _on_duty(plan, at)[0]


def segments(plan: Plan, start: datetime, end: datetime) -> list[Segment]:
    """Who is on duty over [start, end): segments that touch, each a person, a turn of theirs and a reason."""
    found: list[Segment] = []
    before = None
    edges = sorted({start, end, *(cut for cut in _cuts(plan, start, end) if start < cut < end)})
    for begin, finish in pairwise(edges):
        person, why, _turn = now = _on_duty(plan, begin)
        if now == before:
            found[-1] = Segment(found[-1].start, finish, person, why)
        else:
            found.append(Segment(begin, finish, person, why))
        before = now
    return found


def gaps(found: Iterable[Segment]) -> list[Segment]:
    """The segments in which nobody is on duty."""
    return [segment for segment in found if segment.person is None]


def instant(timezone: str, day: date, clock: time) -> datetime:
    """A local day and time as an instant in UTC."""
    return datetime.combine(day, clock, ZoneInfo(timezone)).astimezone(UTC)


def turn(timezone: str, rotation: Rotation, at: datetime) -> int:
    """The number of the turn that holds an instant, counted from 0 on the first day; negative before it."""
    number = (at.astimezone(ZoneInfo(timezone)).date() - rotation.starts_on).days // rotation.days
    while _begins(timezone, rotation, number) > at:
        number -= 1
    while _begins(timezone, rotation, number + 1) <= at:
        number += 1
    return number


def _on_duty(plan: Plan, at: datetime) -> tuple[int | None, str, tuple[int, int] | None]:
    """The person, why they are, and which turn of which rotation it is."""
    for stint in plan.stints:
        if stint.start <= at < stint.end and _is_there(plan, stint.person, at):
            return stint.person, AGREED, None
    for index, rotation in enumerate(plan.rotations):
        if not _covers(rotation, at):
            continue
        number = turn(plan.timezone, rotation, at)
        for step in range(len(rotation.people)):
            person = rotation.people[(number + step) % len(rotation.people)]
            if _is_there(plan, person, at):
                return person, STAND_IN if step else TURN, (index, number)
    return None, NOBODY, None


def _begins(timezone: str, rotation: Rotation, number: int) -> datetime:
    return instant(timezone, rotation.starts_on + number * rotation.days * DAY, rotation.handover)


def _covers(rotation: Rotation, at: datetime) -> bool:
    if at < rotation.since or (rotation.until is not None and at >= rotation.until):
        return False
    return rotation.hours is None or rotation.hours.is_open(at)


def _is_there(plan: Plan, person: int, at: datetime) -> bool:
    def within(spans: Mapping[int, tuple[Span, ...]]) -> bool:
        return any(start <= at < end for start, end in spans.get(person, ()))

    return within(plan.present) and not within(plan.away)


def _cuts(plan: Plan, start: datetime, end: datetime) -> Iterator[datetime]:
    """Every instant at which the answer may change."""
    for stint in plan.stints:
        yield from (stint.start, stint.end)
    for spans in (*plan.present.values(), *plan.away.values()):
        for span in spans:
            yield from span
    for rotation in plan.rotations:
        yield rotation.since
        if rotation.until is not None:
            yield rotation.until
        yield from _handovers(plan.timezone, rotation, start, end)
        for span in rotation.hours.periods(start, end) if rotation.hours else ():
            yield from span


def _handovers(timezone: str, rotation: Rotation, start: datetime, end: datetime) -> Iterator[datetime]:
    first, last = max(start, rotation.since), min(end, rotation.until or end)
    number = turn(timezone, rotation, first)
    while (begins := _begins(timezone, rotation, number)) < last:
        yield begins
        number += 1
