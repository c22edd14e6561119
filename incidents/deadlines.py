"""When an incident must be answered and resolved by the signed version. Pure: no ORM, no clock of its own.

Both clocks begin when the incident was logged. A reopened incident never stopped: the service it was about did
not hold, so the time between counts.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from agreements.businesstime import Calendar
from agreements.caseclock import CaseReading, read_clock
from agreements.terms import Priority, Terms
from kpis.spec import case_terms

Kind = Literal["response", "resolution"]


@dataclass(frozen=True)
class Clock:
    """One clock of an incident at the moment it was read."""

    kind: Kind
    reading: CaseReading

    @property
    def is_missed(self) -> bool:
        return self.reading.met is False


def row(terms: Terms, priority: int | None) -> Priority | None:
    """The row of the signed version for a priority; None when the incident has none."""
    return next((each for each in terms.priorities if each.priority == priority), None)


def clocks(
    terms: Terms,
    priority: int | None,
    *,
    logged_at: datetime,
    acknowledged_at: datetime | None,
    resolved_at: datetime | None,
    now: datetime,
) -> list[Clock]:
    """The response and resolution clocks of an incident as they stand at `now`; none without a priority.

    Limits and calendar are those of the priority's row in `terms`. Raises ValueError when the calendar is
    missing or cannot be computed.
    """
    found = row(terms, priority)
    if found is None:
        return []
    calendar = Calendar.from_dict(case_terms(terms, found.calendar)["calendars"][found.calendar])
    limits: list[tuple[Kind, int | None, datetime | None]] = [
        ("response", found.response_seconds, acknowledged_at),
        ("resolution", found.resolution_seconds, resolved_at),
    ]
    return [
        Clock(kind, read_clock(calendar, seconds, logged_at, now=now, stopped_at=stopped))
        for kind, seconds, stopped in limits
        if seconds
    ]


def due_dates(terms: Terms, priority: int | None, at: datetime) -> dict[str, datetime | None]:
    """The deadlines of an incident logged at `at`, as its columns; None where the version sets none."""
    found = clocks(terms, priority, logged_at=at, acknowledged_at=None, resolved_at=None, now=at)
    due = {clock.kind: clock.reading.due_at for clock in found}
    return {"respond_by": due.get("response"), "resolve_by": due.get("resolution")}


def passed(reading: CaseReading, now: datetime, percents: tuple[int, ...] = (75, 90, 100)) -> list[int]:
    """Which of these shares of the limit are used at `now`, smallest first; none once the clock stopped."""
    if reading.state == "stopped":
        return []
    dues = {percent: reading.thresholds[percent] for percent in percents}
    return [percent for percent, due in dues.items() if due is not None and due <= now]
