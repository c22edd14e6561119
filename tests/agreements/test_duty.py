"""Who of a roster is on duty when: one line a case, and the laws."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements import duty
from agreements.businesstime import Calendar
from agreements.duty import AGREED, NOBODY, STAND_IN, TURN, Plan, Rotation, Stint, gaps, holder, segments

MONDAY = date(2026, 3, 2)
START = datetime(2026, 3, 2, 8, tzinfo=UTC)  # 9:00 in Berlin
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ALWAYS = ((datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)),)
PRESENT = dict.fromkeys((1, 2, 3), ALWAYS)
WEEKLY = Rotation((1, 2, 3), MONDAY, time(9), 7, START)


def plan(*rotations, zone="Europe/Berlin", **kwargs):
    return Plan(zone, rotations, **({"present": PRESENT} | kwargs))


def during(at, until):
    return ((at, until),)


@pytest.mark.parametrize(
    ("at", "person"),
    [
        (START - HOUR, None),  # before it begins
        (START, 1),
        (START + 7 * DAY - HOUR, 1),
        (START + 7 * DAY, 2),
        (START + 14 * DAY, 3),
        (START + 21 * DAY, 1),
        # On 29 March the clock is set forward: 9:00 is 7:00 in UTC from then on.
        (START + 28 * DAY - HOUR - timedelta(seconds=1), 1),
        (START + 28 * DAY - HOUR, 2),
    ],
)
def test_a_week_each_handed_over_at_nine_local_time(at, person):
    assert holder(plan(WEEKLY), at) == person


def test_in_autumn_a_turn_has_an_hour_more():
    daily = Rotation((1, 2), date(2026, 10, 24), time(9), 1, datetime(2026, 10, 24, 7, tzinfo=UTC))
    long, short = segments(plan(daily), daily.since, daily.since + 2 * DAY)[:2]
    assert (long.end - long.start, short.person) == (25 * HOUR, 2)


def test_a_handover_in_the_skipped_hour_comes_as_before_the_change():
    night = Rotation((1, 2), date(2026, 3, 28), time(2, 30), 1, datetime(2026, 3, 28, 1, 30, tzinfo=UTC))
    change = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert (holder(plan(night), change - HOUR), holder(plan(night), change)) == (1, 2)


def test_a_handover_in_the_repeated_hour_is_its_first():
    night = Rotation((1, 2), date(2026, 10, 24), time(2, 30), 1, datetime(2026, 10, 24, 0, 30, tzinfo=UTC))
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert [holder(plan(night), at) for at in (first - HOUR, first, first + HOUR)] == [1, 2, 2]


def test_who_is_away_is_passed_over_by_the_next_and_comes_back():
    away = {1: during(START + DAY, START + 2 * DAY)}
    found = segments(plan(WEEKLY, away=away), START, START + 7 * DAY)
    assert [(each.person, each.why) for each in found] == [(1, TURN), (2, STAND_IN), (1, TURN)]
    assert found[1].end - found[1].start == DAY


def test_all_away_is_a_gap():
    away = dict.fromkeys((1, 2, 3), during(START + DAY, START + 2 * DAY))
    assert [each.why for each in gaps(segments(plan(WEEKLY, away=away), START, START + 7 * DAY))] == [NOBODY]


def test_who_left_the_house_has_no_turn():
    present = PRESENT | {1: during(ALWAYS[0][0], START + DAY)}
    found = segments(plan(WEEKLY, present=present), START, START + 7 * DAY)
    assert [(each.person, each.why) for each in found] == [(1, TURN), (2, STAND_IN)]
    assert holder(plan(WEEKLY, present={}), START) is None


def test_what_was_agreed_goes_before_the_rotation_and_the_newer_before_the_older():
    old, new = Stint(2, START + DAY, START + 3 * DAY), Stint(3, START + 2 * DAY, START + 4 * DAY)
    found = segments(plan(WEEKLY, stints=(new, old)), START, START + 7 * DAY)
    assert [(each.person, each.why) for each in found] == [(1, TURN), (2, AGREED), (3, AGREED), (1, TURN)]


def test_who_agreed_and_is_away_leaves_it_to_the_rotation():
    stint, away = Stint(2, START + DAY, START + 3 * DAY), {2: during(START, START + 9 * DAY)}
    assert holder(plan(WEEKLY, stints=(stint,), away=away), START + 2 * DAY) == 1


def hours(*days, opens="08:00", closes="18:00"):
    return Calendar.from_dict({"timezone": "Europe/Berlin", "schedule": {day: [[opens, closes]] for day in days}})


def test_outside_its_hours_a_rotation_leaves_a_gap_or_an_older_one_on_duty():
    office = Rotation((1,), MONDAY, time(0), 7, START - 8 * HOUR, hours=hours("mon", "tue"))
    alone = segments(plan(office), START, START + 2 * DAY)
    assert [each.person for each in alone] == [1, None, 1, None]
    below = Rotation((2,), MONDAY, time(9), 7, START)
    assert [each.person for each in segments(plan(office, below), START, START + DAY)] == [1, 2, 1]


def test_the_handovers_of_a_covered_rotation_cut_no_turn():
    daily = Rotation((2, 3), MONDAY, time(9), 1, START)
    assert [each.person for each in segments(plan(WEEKLY, daily), START, START + 14 * DAY)] == [1, 2]


def test_one_that_is_replaced_ends_as_the_next_begins():
    old = Rotation((1,), MONDAY, time(9), 7, START, until=START + 3 * DAY)
    new = Rotation((2,), MONDAY, time(9), 7, START + 3 * DAY)
    assert [(each.person, each.start) for each in segments(plan(new, old), START, START + 6 * DAY)] == [
        (1, START), (2, START + 3 * DAY)
    ]


ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]
SCHEDULES = [None, hours("mon"), hours("wed", "sat", opens="22:00", closes="30:00")]
moments = st.integers(0, 500 * 24).map(lambda hour: datetime(2026, 1, 1, tzinfo=UTC) + hour * HOUR)


@st.composite
def spans(draw):
    start = draw(moments)
    return start, start + draw(st.integers(1, 60 * 24)) * HOUR


@st.composite
def rotations(draw):
    first = date(2026, 1, 1) + draw(st.integers(0, 365)) * DAY
    clock, schedule = time(*divmod(draw(st.integers(0, 24 * 60 - 1)), 60)), draw(st.sampled_from(SCHEDULES))
    since, until = draw(moments), draw(st.none() | moments)
    people = tuple(draw(st.lists(st.sampled_from([1, 2, 3]), min_size=1, max_size=4)))
    return Rotation(people, first, clock, draw(st.sampled_from([1, 2, 7, 28])), since, until, schedule)


@st.composite
def any_plan(draw):
    stints = tuple(Stint(draw(st.sampled_from([1, 2, 3])), *span) for span in draw(st.lists(spans(), max_size=3)))
    away = {person: tuple(draw(st.lists(spans(), max_size=2))) for person in (1, 2, 3)}
    found = tuple(draw(st.lists(rotations(), max_size=3)))
    return Plan(draw(st.sampled_from(ZONES)), found, stints, PRESENT, away)


@given(any_plan(), moments, st.integers(1, 40), st.integers(0, 40 * 24 * 60))
def test_segments_cover_the_span_and_say_what_the_holder_is(any_, start, days, minute):
    end = start + days * DAY
    found = segments(any_, start, end)
    assert (found[0].start, found[-1].end) == (start, end)
    assert all(one.end == other.start and one.start < one.end for one, other in zip(found, found[1:], strict=False))
    at = start + timedelta(minutes=minute % (days * 24 * 60))
    (within,) = [each for each in found if each.start <= at < each.end]
    assert within.person == holder(any_, at)
    assert (within.person is None) == (within.why == NOBODY)


@given(rotations(), st.sampled_from(ZONES), st.integers(-50, 200))
def test_each_turn_begins_at_the_handover_of_its_local_day(rotation, zone, number):
    begins = duty.instant(zone, rotation.starts_on + number * rotation.days * DAY, rotation.handover)
    assert duty.turn(zone, rotation, begins) == number
    assert duty.turn(zone, rotation, begins - timedelta(seconds=1)) == number - 1
    local = begins.astimezone(ZoneInfo(zone))
    assert local.time() == rotation.handover or local.utcoffset() != (local - DAY).utcoffset()
