"""Deadline: the share of cases handled within their business-time limit.

Rules, stated once:

* Pauses count for the reasons that the signed version allows, and for no other; overlapping ones count once.
* The clock is `agreements.caseclock`: met means elapsed <= limit, and the limit is that of the priority.
* The cohort is a term. `closed_in`: cases closed in the period. `opened_in`: cases opened in it.
  `due_in`: cases whose deadline falls in it.
* An open case past its deadline is missed, in `closed_in` in the period of its deadline. A result names such
  cases, and a later one leaves them out (`already_missed`): nothing counts twice.
* A case of the cohort that is open and not yet late is pending: shown, not counted.

Percent = 100 * met / counted.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import NamedTuple

from agreements.businesstime import Calendar
from agreements.caseclock import CaseReading, read_clock
from kpis.formulas.judging import NOTHING_DUE, Frame, Measured, Room, Rule, exact

COHORTS = ("closed_in", "opened_in", "due_in")


@dataclass(frozen=True)
class Limit:
    """How long a case of one priority may take, in open seconds of the calendar."""

    seconds: int
    calendar: Calendar


@dataclass(frozen=True)
class Ticket:
    """One case. `closed_at` is the end of what is measured; `pauses` are (start, end or None, reason).

    `limit` and the `allowed` reasons to pause are its own where another version than the period's judges it: the
    one in force at its start.
    """

    id: str
    priority: int
    opened_at: datetime
    closed_at: datetime | None = None
    pauses: tuple[tuple[datetime, datetime | None, str], ...] = ()
    limit: Limit | None = None
    allowed: Collection[str] | None = None


@dataclass(frozen=True)
class DeadlineFacts:
    """The cases that may belong to the period, and the rows of the signed version that judge them."""

    tickets: Sequence[Ticket]
    limits: Mapping[int, Limit]
    cohort: str = "closed_in"
    allowed_reasons: Collection[str] = ()
    already_missed: Collection[str] = ()


class _Judged(NamedTuple):
    ticket: Ticket
    limit: Limit
    clock: CaseReading

    @property
    def open(self) -> bool:
        return self.clock.state != "stopped"


def deadline(rule: Rule, frame: Frame, facts: DeadlineFacts) -> Measured:
    """Judge the cases of the cohort as known at `known_at`.

    Raises `ValueError` for an unknown cohort, a priority without a row, and an id that occurs twice.
    """
    if rule.op != ">=" or exact(rule.target) > 100:
        raise ValueError("cases in time are promised as at least some percent")
    cohort, left_out = _cohort(frame, facts)
    missed = [each for each in cohort if each.clock.met is False]
    met = sum(1 for each in cohort if each.clock.met)
    total, pending = met + len(missed), len(cohort) - met - len(missed)
    return Measured(
        value=Fraction(100 * met, total) if total else None,
        reason="" if total else NOTHING_DUE,
        best=None if frame.running else _percent(met + pending, total + pending),
        certain_loss=_certain(rule, frame, met + pending, len(missed)),
        room=_room(rule, total, len(missed)),
        figures={
            "met": met,
            "total": total,
            "pending": pending,
            "missed": [_row(each) for each in missed],
            "open_past_due": [each.ticket.id for each in missed if each.open],
            "already_missed": left_out,
        },
    )


def _cohort(frame: Frame, facts: DeadlineFacts) -> tuple[list[_Judged], list[str]]:
    """The cases of the cohort by id, and the ids that an earlier result has counted."""
    if facts.cohort not in COHORTS:
        raise ValueError(f"a cohort is {', '.join(COHORTS)}, not {facts.cohort!r}")
    belongs = {"closed_in": _closed_in, "opened_in": _opened_in, "due_in": _due_in}[facts.cohort]
    found = [each for each in _read(frame, facts) if belongs(frame, each)]
    if facts.cohort != "closed_in":
        return found, []
    before = set(facts.already_missed)
    return (
        [each for each in found if each.ticket.id not in before],
        [each.ticket.id for each in found if each.ticket.id in before],
    )


def _read(frame: Frame, facts: DeadlineFacts) -> Iterable[_Judged]:
    seen: set[str] = set()
    for ticket in sorted(facts.tickets, key=lambda each: each.id):
        if ticket.id in seen:
            raise ValueError(f"case {ticket.id} occurs twice")
        seen.add(ticket.id)
        if ticket.opened_at > frame.known_at:
            continue
        limit = ticket.limit or facts.limits.get(ticket.priority)
        if limit is None:
            raise ValueError(f"case {ticket.id}: the version has no row for priority {ticket.priority}")
        clock = read_clock(
            limit.calendar,
            limit.seconds,
            ticket.opened_at,
            now=frame.known_at,
            pauses=ticket.pauses,
            allowed_reasons=facts.allowed_reasons if ticket.allowed is None else ticket.allowed,
            stopped_at=ticket.closed_at,
        )
        yield _Judged(ticket, limit, clock)


def _closed_in(frame: Frame, case: _Judged) -> bool:
    if case.open:
        return case.clock.met is False and frame.holds(case.clock.due_at)
    return frame.holds(case.ticket.closed_at)


def _opened_in(frame: Frame, case: _Judged) -> bool:
    return frame.holds(case.ticket.opened_at)


def _due_in(frame: Frame, case: _Judged) -> bool:
    return frame.holds(case.clock.due_at)


def _certain(rule: Rule, frame: Frame, at_best: int, missed: int) -> bool | None:
    """A running period may still bring any number of good cases; only 100 % cannot be won back."""
    if not missed:
        return False
    if frame.running and rule.target < 100:
        return None
    return not rule.reached_by(Fraction(100 * at_best, at_best + missed))


def _room(rule: Rule, total: int, missed: int) -> Room:
    """Late cases that the cases counted so far allow: whole ones, rounded down."""
    allowed = (1 - exact(rule.target) / 100) * total // 1
    return Room("cases", Fraction(allowed), Fraction(missed), Fraction(allowed - missed))


def _percent(met: int, total: int) -> Fraction | None:
    return Fraction(100 * met, total) if total else None


def _row(case: _Judged) -> dict[str, object]:
    return {
        "id": case.ticket.id,
        "priority": case.ticket.priority,
        "elapsed": case.clock.elapsed_seconds,
        "limit": case.limit.seconds,
        "open": case.open,
    }
