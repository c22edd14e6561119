"""The clock of one case (response or resolution): deadline, thresholds and verdict, explained.

Rules, stated once:

* The limit counts open seconds of the contract's calendar from `opened_at`.
* **Met means elapsed <= limit**, in whole seconds. A case whose limit is used up at closing time on
  Friday is due then, yet still met when it is stopped before Monday's first second has passed; a
  running case is missed from `missed_from` on. Compare instants with that, never percentages.
* A pause stops the clock only when the signed version allows its reason; any other is handed back in
  `ignored`. Overlapping pauses count once. A pause is a hole in the calendar.
* A reading knows only what had happened at `now`: a later stop or pause, or the later end of a pause,
  does not change it. While a pause lasts, nothing that lies behind it has a date.
* Re-prioritising keeps start and pauses: see `limit_for`.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import pairwise
from typing import Literal, NamedTuple, TypeVar

from agreements.businesstime import Calendar
from agreements.timeline import to_instant, to_seconds

THRESHOLDS = (50, 75, 90, 100)

State = Literal["running", "paused", "stopped"]
Kind = Literal["running", "paused", "closed"]
Priority = TypeVar("Priority")


class Pause(NamedTuple):
    """A span in which the case waited; `end` is None while it lasts. Half-open."""

    start: datetime
    end: datetime | None
    reason: str


class Segment(NamedTuple):
    """A stretch of the case's life. `seconds` is its service time: used when running, spared when paused."""

    kind: Kind
    start: datetime
    end: datetime
    seconds: int
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class CaseReading:
    """The clock as it stood at `until`: the stop, or the moment of reading."""

    state: State
    limit_seconds: int
    opened_at: datetime
    until: datetime
    elapsed_seconds: int
    met: bool | None  # None: running and not yet missed
    due_at: datetime | None  # the earliest instant with the whole limit used; None behind a lasting pause
    missed_from: datetime | None  # the first second that would be too late; None behind a lasting pause
    thresholds: Mapping[int, datetime | None]  # percent of the limit -> when it is used
    ignored: tuple[Pause, ...]
    calendar: Calendar = field(repr=False)
    counted: tuple[Pause, ...] = field(repr=False)

    @property
    def remaining_seconds(self) -> int:
        """Open seconds left; negative when missed."""
        return self.limit_seconds - self.elapsed_seconds

    @cached_property
    def segments(self) -> tuple[Segment, ...]:
        """`opened_at` to `until` without a gap: running, paused, or closed (outside service hours)."""
        return tuple(_segments(self.calendar, self.counted, self.opened_at, self.until))


def read_clock(
    calendar: Calendar,
    limit_seconds: int,
    opened_at: datetime,
    *,
    now: datetime,
    pauses: Iterable[tuple[datetime, datetime | None, str]] = (),
    allowed_reasons: Collection[str] = (),
    stopped_at: datetime | None = None,
) -> CaseReading:
    """Read the clock of a case at `now`; all instants of the reading are whole seconds in UTC.

    `pauses` are (start, end or None, reason); `allowed_reasons` come from the signed version.
    Raises `ValueError` for a limit below one second, naive instants, a stop or a pause's end before
    its start, and when the limit does not fit into 20 years.
    """
    if type(limit_seconds) is not int or limit_seconds < 1:
        raise ValueError(f"expected a limit of one second or more, got {limit_seconds!r}")
    opened_at, until, stopped = _life(opened_at, stopped_at, now)
    known = _known(pauses, until, stopped)
    counted = tuple(p for p in known if p.reason in allowed_reasons)
    clock = _Clock(
        calendar.with_holes((p.start, p.end) for p in counted if p.end is not None),
        opened_at,
        held_from=min((p.start for p in counted if p.end is None), default=None),
    )
    elapsed = clock.elapsed(until)
    return CaseReading(
        state="stopped" if stopped else "running" if clock.held_from is None else "paused",
        limit_seconds=limit_seconds,
        opened_at=opened_at,
        until=until,
        elapsed_seconds=elapsed,
        met=False if elapsed > limit_seconds else True if stopped else None,
        due_at=clock.used(limit_seconds),
        missed_from=clock.used(limit_seconds + 1),
        # Rounded up: a threshold is never announced early.
        thresholds={percent: clock.used(-(-limit_seconds * percent // 100)) for percent in THRESHOLDS},
        ignored=tuple(p for p in known if p.reason not in allowed_reasons),
        calendar=calendar,
        counted=counted,
    )


def limit_for(
    limits: Mapping[Priority, int], priorities: Iterable[tuple[datetime, Priority]], *, at: datetime
) -> tuple[Priority, int]:
    """The priority in force at `at` (the stop of the case, else now) and its limit in seconds.

    `priorities` are (since, priority), the first from the opening on. The limit applies from the
    case's start: re-prioritising neither restarts the clock nor drops a pause.
    Raises `ValueError` when none is in force, when the signed version has no row for it, and when two
    different ones begin in the same second.
    """
    history: dict[datetime, Priority] = {}
    for since, priority in priorities:
        if history.setdefault(_whole(since), priority) != priority:
            raise ValueError(f"priorities {history[_whole(since)]!r} and {priority!r} both begin {since}")
    past = [since for since in history if since <= _whole(at)]
    if not past:
        raise ValueError(f"the case has no priority at {at}")
    current = history[max(past)]
    if current not in limits:
        rows = ", ".join(map(str, limits)) or "none"
        raise ValueError(f"the version in force has no row for priority {current!r}, only: {rows}")
    return current, limits[current]


class _Clock(NamedTuple):
    calendar: Calendar  # without the pauses that are over
    opened_at: datetime
    held_from: datetime | None  # start of the pause that lasts

    def elapsed(self, until: datetime) -> int:
        return self.calendar.between(self.opened_at, self.held_from or until)

    def used(self, seconds: int) -> datetime | None:
        """When that much of the limit is used, or None when a lasting pause comes first."""
        if self.held_from is not None and self.elapsed(self.held_from) < seconds:
            return None
        return self.calendar.add(self.opened_at, seconds)


def _whole(at: datetime) -> datetime:
    return to_instant(to_seconds(at))


def _life(opened_at: datetime, stopped_at: datetime | None, now: datetime) -> tuple[datetime, datetime, bool]:
    """Opening, end of the known life, and whether that end is the stop."""
    opened, until = _whole(opened_at), _whole(now)
    if stopped_at is None:
        return opened, until, False
    stop = _whole(stopped_at)
    if stop < opened:
        raise ValueError(f"the case stopped {stopped_at} before it opened {opened_at}")
    return opened, min(stop, until), stop <= until


def _known(
    pauses: Iterable[tuple[datetime, datetime | None, str]], until: datetime, stopped: bool
) -> tuple[Pause, ...]:
    """The pauses in order of start, as far as they were known at `until`; a stop ends them."""
    known = []
    for start, end, reason in pauses:
        pause = Pause(_whole(start), None if end is None else _whole(end), reason)
        if pause.end is not None and pause.end < pause.start:
            raise ValueError(f"the pause {reason!r} ends {end} before it starts {start}")
        if pause.end is None or pause.end > until:
            pause = pause._replace(end=until if stopped else None)
        if pause.start <= until:
            known.append(pause)
    return tuple(sorted(known, key=lambda pause: (pause.start, pause.reason)))


def _segments(
    calendar: Calendar, pauses: tuple[Pause, ...], opened_at: datetime, until: datetime
) -> list[Segment]:
    edges = {opened_at, until, *(p.start for p in pauses), *(p.end for p in pauses if p.end is not None)}
    segments: list[Segment] = []
    for start, end in pairwise(sorted(edge for edge in edges if opened_at <= edge <= until)):
        reasons = tuple(sorted({p.reason for p in pauses if p.start <= start and not _over(p, start)}))
        if reasons:
            segments.append(Segment("paused", start, end, calendar.between(start, end), reasons))
        else:
            segments += _service_time(calendar, start, end)
    return segments


def _over(pause: Pause, at: datetime) -> bool:
    return pause.end is not None and pause.end <= at


def _service_time(calendar: Calendar, start: datetime, end: datetime) -> Iterable[Segment]:
    at = start
    for opens, closes in calendar.periods(start, end):
        if at < opens:
            yield Segment("closed", at, opens, 0)
        yield Segment("running", opens, closes, calendar.between(opens, closes))
        at = closes
    if at < end:
        yield Segment("closed", at, end, 0)
