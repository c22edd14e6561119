"""What an agreement is at a moment, derived from dates at every read and set by no job (no ORM)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from agreements.opendays import EVERY_DAY, OpenDays
from agreements.terms import Term

DAY = timedelta(days=1)
EXPIRES_SOON = timedelta(days=90)
OPEN = ("draft", "in_review", "ready", "signing", "sealing")


@dataclass(frozen=True)
class Life:
    """One version's place in time; a term that says nothing has no end."""

    label: str
    state: str
    effective_from: datetime | None
    effective_to: datetime | None
    term: Term = field(default_factory=Term)
    timezone: str = "UTC"
    days: OpenDays = EVERY_DAY
    imported: bool = False


@dataclass(frozen=True)
class Declared:
    """The end that notice, agreement or a successor gave to an agreement: from when, and as what."""

    at: datetime
    kind: str  # expired | terminated | replaced | rescinded


@dataclass(frozen=True)
class Standing:
    """How an agreement stands: a word of the vocabulary, the version it speaks of, the one under way.

    `ends_at` is when it ends, or for one that renews itself when its running term does; `notice_by` the last
    local day on which notice still stops that renewal.
    """

    state: str
    version: Life | None
    under_way: Life | None
    ends_at: datetime | None
    notice_by: date | None = None


@dataclass(frozen=True)
class Milestone:
    """A day that matters to both parties. `on` is the local day that people write down, `at` its instant.

    `kind` is one of: start (first day of a version), notice_by (last day on which notice counts; `at` is its
    last moment), renewal (first day of the next term), end (last day; `at` is the first moment after it),
    review (last day for the next review).
    """

    kind: str
    on: date
    at: datetime
    label: str = ""


def standing(
    agreement_state: str, lives: Sequence[Life], at: datetime, declared: Declared | None = None
) -> Standing:
    """The standing at a moment, e.g. in force under v2.0 while v2.1 is in review."""
    under_way = next((life for life in lives if life.state in OPEN), None)
    executed = _executed(lives)
    current = next((life for life in executed if in_force(life, at)), None)
    if current is None:
        current = _next(executed, at) or _latest(executed)
    if agreement_state in ("ended", "abandoned") or current is None:
        return _outside(agreement_state, current, under_way, declared)
    # A renewal that is signed and begins later already says when the agreement ends.
    last = _latest(executed)
    ends_at = declared.at if declared else end_of(last.term, last.timezone, at)
    notice = None if declared else notice_by(last.term, last.timezone, at, last.days)
    return Standing(_word(current, last, ends_at, declared, at), current, under_way, ends_at, notice)


def milestones(
    agreement_state: str,
    lives: Sequence[Life],
    at: datetime,
    *,
    declared: Declared | None = None,
    review_by: date | None = None,
) -> list[Milestone]:
    """The days of an agreement that reminders and calendars tell about, past ones too, in order.

    One first day for each executed version; the running term's notice day and renewal, or its end. Nothing
    for an agreement that was given up; for one that has ended, its first days and its end.
    """
    executed = _executed(lives)
    last = _latest(executed)
    if agreement_state == "abandoned" or last is None:
        return []
    zone = ZoneInfo(last.timezone)
    found = [_start(life) for life in executed]
    found += _ending(last, at, declared, zone)
    if review_by is not None and agreement_state == "active":
        found.append(Milestone("review", review_by, _midnight_after(review_by, zone)))
    return sorted(found, key=lambda each: each.at)


def _start(life: Life) -> Milestone:
    first = life.effective_from.astimezone(ZoneInfo(life.timezone)).date()
    return Milestone("start", first, life.effective_from, life.label)


def _ending(last: Life, at: datetime, declared: Declared | None, zone: ZoneInfo) -> list[Milestone]:
    ends_at = declared.at if declared else end_of(last.term, last.timezone, at)
    if ends_at is None:
        return []
    after = ends_at.astimezone(zone).date()
    if declared or not renews(last.term):
        return [Milestone("end", after - DAY, ends_at)]
    notice = notice_by(last.term, last.timezone, at, last.days)
    return [Milestone("notice_by", notice, _midnight_after(notice, zone)), Milestone("renewal", after, ends_at)]


def in_force(life: Life, at: datetime) -> bool:
    own_end = first_end(life.term, life.timezone)
    return life.effective_from <= at and all(end is None or at < end for end in (life.effective_to, own_end))


def version_word(life: Life, at: datetime) -> str:
    """A version's own word: an executed one is scheduled, in force, superseded or, by its term, expired."""
    if life.state != "executed" or life.effective_from is None:
        return life.state
    if at < life.effective_from:
        return "scheduled"
    if in_force(life, at):
        return "in_force"
    return "expired" if life.effective_to is None else "superseded"


def end_of(term: Term, timezone: str, at: datetime) -> datetime | None:
    """The instant the term runs out as seen at `at`: local midnight after its last day, None without one.

    An automatic renewal moves it on by whole renewal periods, counted from the first end, so that a
    31 January renewed by a month is 28 February and then 31 March.
    """
    if term.ends_on is None:
        return None
    last, zone = date.fromisoformat(term.ends_on), ZoneInfo(timezone)
    if not renews(term):
        return _midnight_after(last, zone)
    gone = (at.year - last.year) * 12 + at.month - last.month
    rounds = max(0, gone // term.renewal_months - 1)
    try:
        while (end := _midnight_after(last + relativedelta(months=rounds * term.renewal_months), zone)) <= at:
            rounds += 1
    except (ValueError, OverflowError):
        return None  # asked for a moment so late that the calendar of the language ends before the term
    return end


def renews(term: Term) -> bool:
    """Whether the term goes on by itself unless somebody gives notice."""
    return term.renewal == "automatic" and term.renewal_months > 0


def rollovers(term: Term, timezone: str, since: datetime, at: datetime) -> list[datetime]:
    """The instants after `since` and up to `at` at which a term that renews itself rolled over, oldest first."""
    found, end = [], end_of(term, timezone, since)
    while renews(term) and end is not None and end <= at:
        found.append(end)
        end = end_of(term, timezone, end)
    return found


def notice_by(term: Term, timezone: str, at: datetime, days: OpenDays = EVERY_DAY) -> date | None:
    """The last local day on which notice still stops the renewal of the running term.

    So many days before the last day of the term as the contract says; where the contract's calendar is closed
    on that day, the last open day before it, so that nobody has to give notice to a closed door. None for an
    agreement that does not renew by itself.
    """
    end = end_of(term, timezone, at)
    if end is None or not renews(term):
        return None
    last = end.astimezone(ZoneInfo(timezone)).date() - DAY
    return days.last_open(last - DAY * term.notice_days)


def first_end(term: Term, timezone: str) -> datetime | None:
    """The instant from which a version holds no longer if nothing else happens; None when it renews or is open."""
    if term.ends_on is None or renews(term):
        return None
    return _midnight_after(date.fromisoformat(term.ends_on), ZoneInfo(timezone))


def _midnight_after(last: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(last + timedelta(days=1), time.min, zone).astimezone(UTC)


def _executed(lives: Sequence[Life]) -> list[Life]:
    return [life for life in lives if life.state == "executed" and life.effective_from is not None]


def _next(executed: Sequence[Life], at: datetime) -> Life | None:
    to_come = (life for life in executed if life.effective_from > at)
    return min(to_come, key=lambda life: life.effective_from, default=None)


def _latest(executed: Sequence[Life]) -> Life | None:
    return max(executed, key=lambda life: life.effective_from, default=None)


def _outside(state: str, version: Life | None, under_way: Life | None, declared: Declared | None) -> Standing:
    """An agreement that is not signed yet, was given up, or has ended."""
    if state == "preparing" and under_way:
        state = under_way.state
    if state == "ended" and declared:
        return Standing(declared.kind, version, under_way, declared.at)
    return Standing(state, version or under_way, under_way, None)


def _word(current: Life, last: Life, ends_at: datetime | None, declared: Declared | None, at: datetime) -> str:
    if at < current.effective_from:
        return "scheduled"
    if ends_at is not None and ends_at <= at:
        return declared.kind if declared else "expired"
    if not in_force(current, at):
        return "superseded"
    if declared:
        return "terminating"
    soon = ends_at is not None and not renews(last.term) and ends_at - at <= EXPIRES_SOON
    return "expiring" if soon else "in_force"
