"""When an agreement can be ended by whom: days of notice as pure rules (no ORM).

* An agreement without a fixed end is ended with so many days' notice as it says, to any later day.
* One that renews itself is ended to the end of its running term, when notice is given by its notice day, else
  to the end of the term that follows.
* One that ends by itself is not ended sooner by an ordinary notice.
* For good cause, or when both agree, it may end on any day from today on.
A notice counts on the day on which it is given: in the portal it reaches the other party at once. That the
other party confirms it, or is taken to have received it, is proof, and moves no day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from agreements import lifecycle
from agreements.lifecycle import DAY, Life

ORDINARY = "notice"
FARTHEST = timedelta(days=20 * 366)


@dataclass(frozen=True)
class Window:
    """The last days that may be chosen: from the earliest to the latest, both included.

    `only` is true where the agreement can end with a term alone, so that there is nothing to choose.
    """

    earliest: date
    latest: date
    only: bool = False


def window(kind: str, last: Life, at: datetime) -> Window | None:
    """The days on which an agreement may end when it is declared at `at`; None when it cannot be.

    `last` is its newest executed version. `kind` is one of Ending.Kind.
    """
    zone = ZoneInfo(last.timezone)
    today = at.astimezone(zone).date()
    end = lifecycle.first_end(last.term, last.timezone)
    latest = end.astimezone(zone).date() - DAY if end else today + FARTHEST
    if kind != ORDINARY:
        return Window(today, latest) if today <= latest else None
    if last.term.ends_on is None:
        return Window(today + DAY * last.term.notice_days, latest)
    if not lifecycle.renews(last.term):
        return None
    day = _end_of_term(last, at, today)
    return Window(day, day, only=True)


def counts_as_received(given_at: datetime, last: Life) -> datetime:
    """When a notice counts as received unless the other party confirms it sooner: at the end of the next working day.

    So the clause on notices of the standard templates says, and the working days are those of the contract's calendar.
    It lies in the inbox and the mail of the other side at once, and no period runs from its receipt: after that day
    nobody can say that it never came.
    """
    day = given_at.astimezone(ZoneInfo(last.timezone)).date()
    return end_of_day(last.days.next_open(day), last.timezone)


def end_of_day(day: date, timezone: str) -> datetime:
    """The first instant after a local day."""
    return datetime.combine(day + DAY, time.min, ZoneInfo(timezone)).astimezone(UTC)


def intervals(begins: Sequence[datetime], declared: datetime | None) -> list[datetime | None]:
    """Until when each executed version holds, of their first moments, oldest first; its own term aside.

    Each gives way to the next. A declared end cuts what is left, and leaves a version that was to begin after
    it an empty interval.
    """
    following = [*begins[1:], declared]
    if declared is None or not begins:
        return following[: len(begins)]
    return [max(begin, min(end, declared)) for begin, end in zip(begins, following, strict=True)]


def next_end(last: Life) -> date:
    """The last day of a renewal by the period that the terms name, of an agreement that ends by itself."""
    old = date.fromisoformat(last.term.ends_on)
    return old + relativedelta(months=max(last.term.renewal_months, 1))


def _end_of_term(last: Life, at: datetime, today: date) -> date:
    """The last day of the running term, or of the one after it when the notice day has passed."""
    zone = ZoneInfo(last.timezone)
    end = lifecycle.end_of(last.term, last.timezone, at)
    if today > lifecycle.notice_by(last.term, last.timezone, at, last.days):
        end = lifecycle.end_of(last.term, last.timezone, end)
    return end.astimezone(zone).date() - DAY
