from datetime import UTC, date, datetime, timedelta

import pytest

from agreements.lifecycle import Declared, Life, Milestone, end_of, milestones, notice_by, standing, version_word
from agreements.opendays import OpenDays
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


@pytest.mark.parametrize(
    "ends_on, days, zone, at, last_day",
    [
        ("2027-04-30", 90, "UTC", MAY, date(2027, 1, 29)),  # 30 January is a Saturday
        ("2028-02-29", 0, "UTC", MAY, date(2028, 2, 29)),
        ("2028-03-01", 1, "UTC", MAY, date(2028, 2, 29)),
        ("2027-03-01", 1, "UTC", MAY, date(2027, 2, 26)),  # the 28th is a Sunday
        ("2026-12-31", 5, "Europe/Brussels", MAY, date(2026, 12, 24)),  # the 26th a Saturday, the 25th a holiday
        ("2027-03-28", 1, "Europe/London", MAY, date(2027, 3, 26)),  # over the change of the clocks
        ("2026-05-31", 10, "Pacific/Kiritimati", MAY, date(2026, 5, 21)),
    ],
)
def test_notice_falls_on_an_open_day_of_the_contracts_calendar(ends_on, days, zone, at, last_day):
    week = OpenDays("Desk", frozenset(range(5)), frozenset({date(2026, 12, 25)}))
    assert notice_by(Term("2026-05-01", ends_on, "automatic", 12, days), zone, at, week) == last_day


def test_an_agreement_that_does_not_renew_by_itself_has_no_notice_day():
    assert notice_by(Term("2026-05-01", "2027-04-30", "none"), "UTC", MAY) is None
    assert notice_by(Term("2026-05-01", "2027-04-30", "by_agreement"), "UTC", MAY) is None


def told(found):
    return [(each.kind, each.on.isoformat()) for each in found]


def test_the_milestones_of_one_that_renews_itself():
    automatic = life(renewal="automatic", notice_days=30)
    found = milestones("active", [automatic], MAY, review_by=date(2026, 11, 1))
    assert told(found) == [
        ("start", "2026-05-01"), ("review", "2026-11-01"), ("notice_by", "2027-03-31"), ("renewal", "2027-05-01"),
    ]


def test_the_milestones_of_one_that_just_ends():
    end = datetime(2027, 5, 1, tzinfo=UTC)
    assert milestones("active", [life()], MAY)[-1] == Milestone("end", date(2027, 4, 30), end)


def test_a_signed_extension_moves_the_end_before_it_begins():
    april = datetime(2027, 4, 1, tzinfo=UTC)
    lives = [life("v1.1", start=april, ends_on="2028-04-30"), life(end=april)]

    assert told(milestones("active", lives, april - DAY)) == [
        ("start", "2026-05-01"), ("start", "2027-04-01"), ("end", "2028-04-30"),
    ]
    assert standing("active", lives, april - DAY).state == "in_force"


def test_a_declared_end_takes_the_place_of_renewal_and_term():
    end = Declared(datetime(2026, 9, 30, 22, tzinfo=UTC), "terminated")
    lives = [Life("v1.0", "executed", MAY, end.at, life(renewal="automatic").term, "Europe/Brussels")]

    assert told(milestones("active", lives, MAY, declared=end)) == [("start", "2026-05-01"), ("end", "2026-09-30")]
    words = [standing("active", lives, at, end).state for at in (end.at - SECOND, end.at, end.at + DAY)]
    assert words == ["terminating", "terminated", "terminated"]
    assert standing("ended", lives, end.at + DAY, end).state == "terminated"


def test_an_abandoned_agreement_has_no_milestones():
    assert milestones("abandoned", [life()], MAY) == []
    assert milestones("preparing", [life(state="draft", start=None)], MAY) == []
