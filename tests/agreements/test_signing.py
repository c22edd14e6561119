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


def reminders(days):
    """On which days, counted from the invitation, somebody is reminded who never signs."""
    deadline, at, found = NOON + timedelta(days=days), NOON, []
    while (at := signing.next_reminder(NOON, deadline, after=at)) is not None:
        found.append((at - NOON) / timedelta(days=1))
    return found


@pytest.mark.parametrize(
    "days, reminded",
    [(0.5, []), (1, []), (2, [1]), (3, [2]), (4, [1, 3]), (8, [5, 7]), (10, [5, 7, 9]), (20, [5, 10, 15, 17, 19])],
)
def test_reminders_come_every_few_days_and_before_the_end(days, reminded):
    assert reminders(days) == reminded


def test_reminders_that_a_stop_swallowed_are_not_made_up_for():
    deadline = NOON + timedelta(days=30)
    assert signing.next_reminder(NOON, deadline, after=NOON + timedelta(days=17)) == NOON + timedelta(days=20)
    assert signing.next_reminder(NOON, deadline, after=deadline) is None


@pytest.mark.parametrize("waited, wait", [(0, 30), (29, 30), (100, 100), (900, 900), (86400, 900)])
def test_what_failed_is_tried_again_after_as_long_as_it_has_failed(waited, wait):
    at = NOON + timedelta(seconds=waited)
    assert signing.next_attempt(NOON, at) - at == timedelta(seconds=wait)


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
