"""What an agreement is at a moment, derived from dates at every read and set by no job (no ORM)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from agreements.terms import Term

DAY = timedelta(days=1)
EXPIRES_SOON = timedelta(days=90)
OPEN = ("draft", "in_review", "ready", "signing", "sealing")


@dataclass(frozen=True)
class Life:
    """One version's place in time; `term` is None for a version that has none yet."""

    label: str
    state: str
    effective_from: datetime | None
    effective_to: datetime | None
    term: Term | None = None
    timezone: str = "UTC"


@dataclass(frozen=True)
class Standing:
    """How an agreement stands: a word of the vocabulary, the version it speaks of, the one under way."""

    state: str
    version: Life | None
    under_way: Life | None
    ends_at: datetime | None


def standing(agreement_state: str, lives: Sequence[Life], at: datetime) -> Standing:
    """The standing at a moment, e.g. in force under v2.0 while v2.1 is in review."""
    under_way = next((life for life in lives if life.state in OPEN), None)
    executed = [life for life in lives if life.state == "executed" and life.effective_from is not None]
    current = next((life for life in executed if in_force(life, at)), None)
    if current is None:
        current = next((life for life in executed if life.effective_from > at), None) or _latest(executed)
    if agreement_state in ("ended", "abandoned") or current is None:
        state = under_way.state if under_way and agreement_state == "preparing" else agreement_state
        return Standing(state, current or under_way, under_way, None)
    ends_at = end_of(current.term, current.timezone, at) if current.term else None
    return Standing(_word(current, ends_at, at), current, under_way, ends_at)


def in_force(life: Life, at: datetime) -> bool:
    return life.effective_from <= at and (life.effective_to is None or at < life.effective_to)


def version_word(life: Life, at: datetime) -> str:
    """A version's own word: an executed one is scheduled, in force or superseded."""
    if life.state != "executed" or life.effective_from is None:
        return life.state
    if at < life.effective_from:
        return "scheduled"
    return "in_force" if in_force(life, at) else "superseded"


def end_of(term: Term, timezone: str, at: datetime) -> datetime | None:
    """The instant the term runs out as seen at `at`: local midnight after its last day, None without one.

    An automatic renewal moves it on by whole renewal periods, counted from the first end, so that a
    31 January renewed by a month is 28 February and then 31 March.
    """
    if term.ends_on is None:
        return None
    last, zone = date.fromisoformat(term.ends_on), ZoneInfo(timezone)
    if term.renewal != "automatic" or term.renewal_months < 1:
        return _midnight_after(last, zone)
    rounds = 0
    while (end := _midnight_after(last + relativedelta(months=rounds * term.renewal_months), zone)) <= at:
        rounds += 1
    return end


def notice_by(term: Term, timezone: str, at: datetime) -> date | None:
    """The last local day on which notice still stops the running term; None without an end."""
    end = end_of(term, timezone, at)
    if end is None:
        return None
    return end.astimezone(ZoneInfo(timezone)).date() - timedelta(days=1 + term.notice_days)


def _midnight_after(last: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(last + timedelta(days=1), time.min, zone).astimezone(UTC)


def _latest(executed: Sequence[Life]) -> Life | None:
    return max(executed, key=lambda life: life.effective_from, default=None)


def _word(current: Life, ends_at: datetime | None, at: datetime) -> str:
    if at < current.effective_from:
        return "scheduled"
    if ends_at is not None and ends_at <= at:
        return "expired"
    if not in_force(current, at):
        return "superseded"
    soon = ends_at is not None and current.term.renewal != "automatic" and ends_at - at <= EXPIRES_SOON
    return "expiring" if soon else "in_force"
