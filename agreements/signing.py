"""The rules of a signing round: whose turn it is, when it is complete, until when, from when it holds (no ORM)."""

import zoneinfo
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol, TypeVar

from django.utils.translation import gettext as _

from agreements.terms import Heading, Term, Terms

# States of a slot as agreements.models.Slot stores them.
ASKABLE = frozenset({"waiting", "invited", "opened"})
GONE = frozenset({"reassigned"})
ASKED = frozenset({"invited", "opened"})
REMIND_EVERY = timedelta(days=5)
# When the owner hears that a round ends without all signatures.
CLOSING = timedelta(days=1)


class Refused(ValueError):
    """The act can't be done; the message says why, `place` names the form field where there is one."""

    def __init__(self, message: str, place: str = ""):
        super().__init__(message)
        self.place = place


@dataclass(frozen=True)
class Reading:
    """What of the text was on the signatory's screen, as their browser told: anchors of the sections and annexes."""

    sections: Collection[str]
    seen: Collection[str]

    @property
    def evidence(self) -> dict:
        """How many there are, how many were seen from their beginning to their end, and which were not."""
        unseen = [anchor for anchor in self.sections if anchor not in self.seen]
        return {"sections": len(self.sections), "seen": len(self.sections) - len(unseen), "unseen": unseen}


class Seat(Protocol):
    """What these rules need of a slot."""

    key: str
    step: int
    state: str


S = TypeVar("S", bound=Seat)


def current_step(seats: Iterable[Seat]) -> int | None:
    """The lowest step with a signature still to come; None when nobody is left to sign."""
    return min((seat.step for seat in seats if seat.state in ASKABLE), default=None)


def to_invite(seats: Iterable[S]) -> list[S]:
    """Who is asked now: everybody of the current step that was not asked yet. Steps go in sequence."""
    seats = list(seats)
    step = current_step(seats)
    return [seat for seat in seats if seat.step == step and seat.state == "waiting"]


def is_complete(seats: Iterable[Seat], required: Iterable[str]) -> bool:
    """Whether every slot that the terms ask for carries a signature."""
    signed = {seat.key for seat in seats if seat.state == "signed"}
    required = set(required)
    return bool(required) and required <= signed


def in_time(deadline: datetime, at: datetime) -> bool:
    """Half-open: the deadline itself is too late."""
    return at < deadline


def next_reminder(asked: datetime, deadline: datetime, *, after: datetime) -> datetime | None:
    """When somebody who was asked to sign is reminded next: every five days, and three days and one day before the
    deadline; None when no reminder is left. Reminders that passed meanwhile are not made up for."""
    last_words = [deadline - timedelta(days=days) for days in (3, 1)]
    rounds = (after - asked) // REMIND_EVERY + 1
    routine = asked + rounds * REMIND_EVERY
    # Close to the deadline its own reminders say enough.
    times = [*last_words, routine] if routine <= last_words[0] - timedelta(days=1) else last_words
    return min((each for each in times if each > max(after, asked)), default=None)


def next_attempt(since: datetime, at: datetime) -> datetime:
    """When to try again what did not work at `at` and should have been done `since`: the wait doubles each time,
    from half a minute to a quarter of an hour."""
    return at + min(max(at - since, timedelta(seconds=30)), timedelta(minutes=15))


def first_moment(day: str, timezone: str) -> datetime:
    """Local midnight of an ISO date in a zone. Raises Refused for anything that is no date.

    A midnight that the zone skipped is read with the offset before the change (`fold=0` of zoneinfo).
    """
    try:
        parsed = date.fromisoformat(day)
    except ValueError as error:
        raise Refused(_("The day from which the agreement holds is missing.")) from error
    # In UTC at once: Python finds a skipped local time equal to no other instant.
    return datetime.combine(parsed, time.min, zoneinfo.ZoneInfo(timezone)).astimezone(UTC)


def effective_from(term: Term, heading: Heading) -> datetime:
    """The instant from which a version holds: local midnight of the agreement's zone."""
    return first_moment(term.effective_from, heading.timezone)


def next_start(at: datetime, timezone: str, *, notice_days: int = 14) -> date:
    """A sensible first day for a change: the first of a month at least `notice_days` away, so that no
    month is split between two versions."""
    today = at.astimezone(zoneinfo.ZoneInfo(timezone)).date()
    day = _first_of_next(today)
    return day if (day - today).days >= notice_days else _first_of_next(day)


def _first_of_next(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def labelled(terms: Terms, *, reference: str, label: str) -> Terms:
    """The same terms under the number and version they are signed as: identity, not agreed text."""
    terms.agreement.reference, terms.agreement.version = reference, label
    return terms
