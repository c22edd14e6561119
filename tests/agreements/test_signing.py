from collections import namedtuple
from datetime import UTC, date, datetime, timedelta

import pytest

from agreements import signing
from agreements.terms import Heading, Term

Seat = namedtuple("Seat", "key step state")
NOON = datetime(2026, 5, 6, 12, tzinfo=UTC)


def seats(*states):
    """One seat for each state, a1 and a2 in step 1, b in step 2."""
    return [Seat(key, step, state) for (key, step), state in zip([("a1", 1), ("a2", 1), ("b", 2)], states, strict=True)]


@pytest.mark.parametrize(
    "states, step, asked",
    [
        (("waiting", "waiting", "waiting"), 1, ["a1", "a2"]),
        (("invited", "waiting", "waiting"), 1, ["a2"]),
        (("signed", "opened", "waiting"), 1, []),
        (("signed", "signed", "waiting"), 2, ["b"]),
        (("signed", "signed", "signed"), None, []),
        (("signed", "cancelled", "cancelled"), None, []),
    ],
)
def test_same_step_in_any_order_steps_in_sequence(states, step, asked):
    assert signing.current_step(seats(*states)) == step
    assert [seat.key for seat in signing.to_invite(seats(*states))] == asked


@pytest.mark.parametrize(
    "states, complete",
    [
        (("signed", "signed", "signed"), True),
        (("signed", "signed", "opened"), False),
        (("signed", "signed", "reassigned"), False),
    ],
)
def test_complete_when_every_slot_of_the_terms_is_signed(states, complete):
    assert signing.is_complete(seats(*states), ["a1", "a2", "b"]) is complete


def test_nothing_to_sign_is_never_complete():
    assert signing.is_complete([], []) is False


def test_the_deadline_itself_is_too_late():
    assert signing.in_time(NOON, NOON - timedelta(seconds=1))
    assert not signing.in_time(NOON, NOON)


@pytest.mark.parametrize(
    "day, zone, instant",
    [
        ("2026-05-01", "UTC", datetime(2026, 5, 1, tzinfo=UTC)),
        ("2026-05-01", "Europe/London", datetime(2026, 4, 30, 23, tzinfo=UTC)),
        # Beirut's clocks jump from 00:00 to 01:00: the skipped midnight is read with the offset before.
        ("2026-03-29", "Asia/Beirut", datetime(2026, 3, 28, 22, tzinfo=UTC)),
    ],
)
def test_a_version_holds_from_local_midnight(day, zone, instant):
    assert signing.effective_from(Term(day), Heading(timezone=zone)) == instant


def test_a_version_without_a_day_cannot_be_frozen():
    with pytest.raises(signing.Refused, match="day from which"):
        signing.effective_from(Term(""), Heading())


@pytest.mark.parametrize(
    "today, day",
    [
        (datetime(2026, 7, 3, tzinfo=UTC), date(2026, 8, 1)),
        (datetime(2026, 7, 18, tzinfo=UTC), date(2026, 8, 1)),
        (datetime(2026, 7, 19, tzinfo=UTC), date(2026, 9, 1)),
        (datetime(2026, 12, 30, tzinfo=UTC), date(2027, 2, 1)),
    ],
)
def test_a_change_starts_with_a_month_far_enough_away(today, day):
    assert signing.next_start(today, "UTC") == day
