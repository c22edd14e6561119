from datetime import UTC, date, datetime, timedelta

import pytest

from agreements.lifecycle import Life, end_of, notice_by, standing, version_word
from agreements.terms import Term

MAY = datetime(2026, 5, 1, tzinfo=UTC)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def life(label="v1.0", state="executed", start=MAY, end=None, **term):
    return Life(label, state, start, end, Term("2026-05-01", **({"ends_on": "2027-04-30"} | term)))


@pytest.mark.parametrize(
    "agreement, lives, at, state",
    [
        ("preparing", [life(state="draft", start=None)], MAY, "draft"),
        ("preparing", [life(state="signing")], MAY, "signing"),
        ("active", [life()], MAY - SECOND, "scheduled"),
        ("active", [life()], MAY, "in_force"),
        ("active", [life()], datetime(2027, 4, 30, 23, 59, 59, tzinfo=UTC), "expiring"),
        ("active", [life()], datetime(2027, 5, 1, tzinfo=UTC), "expired"),
        ("active", [life(renewal="automatic")], datetime(2027, 5, 1, tzinfo=UTC), "in_force"),
        ("active", [life(ends_on=None)], MAY + 5000 * DAY, "in_force"),
        ("ended", [life()], MAY, "ended"),
        ("abandoned", [life(state="abandoned")], MAY, "abandoned"),
        ("active", [life(ends_on="2026-07-30")], MAY, "in_force"),
        ("active", [life(ends_on="2026-07-29")], MAY, "expiring"),
    ],
)
def test_the_standing_is_derived_from_dates(agreement, lives, at, state):
    assert standing(agreement, lives, at).state == state


def test_an_amendment_under_way_leaves_the_old_version_in_force_to_the_last_second():
    june = MAY + 31 * DAY
    lives = [life("v1.1", start=june), life(end=june)]

    before, after = standing("active", lives, june - SECOND), standing("active", lives, june)

    assert (before.state, before.version.label) == ("in_force", "v1.0")
    assert (after.state, after.version.label) == ("in_force", "v1.1")


def test_the_version_under_way_is_named_beside_the_one_in_force():
    found = standing("active", [life("v1.1", "in_review", None), life()], MAY)
    assert (found.state, found.version.label, found.under_way.label) == ("in_force", "v1.0", "v1.1")


@pytest.mark.parametrize(
    "version, at, word",
    [
        (life(), MAY - SECOND, "scheduled"),
        (life(), MAY, "in_force"),
        (life(end=MAY + DAY), MAY + DAY - SECOND, "in_force"),
        (life(end=MAY + DAY), MAY + DAY, "superseded"),
        (life(state="in_review"), MAY, "in_review"),
    ],
)
def test_a_version_has_its_own_word(version, at, word):
    assert version_word(version, at) == word


def test_the_term_ends_at_local_midnight():
    term = Term("2026-05-01", "2026-10-24")
    # Clocks go back on 25 October 2026: midnight is still summer time.
    assert end_of(term, "Europe/London", MAY) == datetime(2026, 10, 24, 23, tzinfo=UTC)


def test_renewals_are_counted_from_the_first_end():
    term = Term("2026-01-01", "2026-01-31", "automatic", 1)
    ends = [end_of(term, "UTC", datetime(2026, month, 15, tzinfo=UTC)).date() - DAY for month in (1, 2, 3)]
    assert ends == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)]


def test_notice_is_possible_through_a_whole_last_day():
    assert notice_by(Term("2026-05-01", "2027-04-30", "automatic", 12, 90), "UTC", MAY) == date(2027, 1, 30)
    assert notice_by(Term("2026-05-01", None), "UTC", MAY) is None
