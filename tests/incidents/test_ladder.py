from datetime import UTC, datetime, timedelta

import pytest

from agreements import terms as t
from incidents import ladder
from tests.factories import make_terms

FRIDAY = datetime(2026, 5, 8, 20, 30, tzinfo=UTC)  # the desk closes at 22:00 and opens on Monday at 15:00
HOUR = timedelta(hours=1)


def matrix(*levels):
    positions = [t.Position("p-desk", "provider", "Service desk lead")]
    return ladder.read(ladder.freeze(make_terms(escalation=t.Escalation(positions, list(levels)))))


def level(number, after, **kwargs):
    return t.Level(number, f"Level {number}", after * 3600, ["p-desk"], **kwargs)


def dues(rungs):
    return [(rung.number, rung.due_at) for rung in rungs]


def test_each_delay_counts_from_the_level_before():
    rungs = ladder.plan(matrix(level(0, 0), level(1, 4), level(2, 12)), FRIDAY)
    assert dues(rungs) == [(0, FRIDAY), (1, FRIDAY + 4 * HOUR), (2, FRIDAY + 16 * HOUR)]


def test_levels_are_climbed_in_order_however_they_are_written():
    rungs = ladder.plan(matrix(level(2, 12), level(0, 0), level(1, 4)), FRIDAY)
    assert [rung.number for rung in rungs] == [0, 1, 2]


def test_business_time_waits_over_the_weekend():
    rungs = ladder.plan(matrix(level(0, 0), level(1, 4, clock="desk"), level(2, 1)), FRIDAY)

    # 1 h 30 min of the 4 h on Friday; Monday 11 May 15:00 + 2 h 30 min; then one elapsed hour.
    monday = datetime(2026, 5, 11, 17, 30, tzinfo=UTC)
    assert dues(rungs)[1:] == [(1, monday), (2, monday + HOUR)]


def test_only_the_calendars_in_use_are_frozen():
    frozen = ladder.freeze(make_terms(escalation=t.Escalation([], [level(0, 1, clock="desk")])))
    assert [calendar["key"] for calendar in frozen["calendars"]] == ["desk"]


def test_a_clock_without_a_calendar_is_an_error():
    with pytest.raises(ValueError, match="level 0: no calendar is called 'moon'"):
        ladder.plan(matrix(level(0, 1, clock="moon")), FRIDAY)


@pytest.mark.parametrize(
    "hours, passed, told",
    [(-1, [], 0), (0, [], 0), (3, [], 0), (4, [0], 1), (15, [0], 1), (16, [0, 1], 2), (720, [0, 1], 2)],
)
def test_catching_up_passes_all_levels_but_the_one_that_should_be_active(hours, passed, told):
    rungs = ladder.plan(matrix(level(0, 0), level(1, 4), level(2, 12)), FRIDAY)

    gone, rest = ladder.catch_up(rungs, FRIDAY + hours * HOUR)

    assert ([rung.number for rung in gone], rest[0].number) == (passed, told)


def test_levels_due_at_the_same_moment_do_not_pass_each_other():
    rungs = ladder.plan(matrix(level(0, 0), level(1, 0), level(2, 4)), FRIDAY)
    gone, rest = ladder.catch_up(rungs, FRIDAY + HOUR)
    assert (gone, [rung.number for rung in rest]) == ([], [0, 1, 2])


def test_an_acknowledgement_lapses_on_the_clock_of_its_level():
    two = matrix(level(0, 0, ack_seconds=7200), level(1, 4, clock="desk", ack_seconds=4 * 3600), level(2, 4))
    assert ladder.lapse(two, 0, FRIDAY) == FRIDAY + 2 * HOUR
    assert ladder.lapse(two, 1, FRIDAY) == datetime(2026, 5, 11, 17, 30, tzinfo=UTC)
    assert ladder.lapse(two, 2, FRIDAY) is None
    # Acknowledged before anybody was told: the terms of the first level hold.
    assert ladder.lapse(two, -1, FRIDAY) == FRIDAY + 2 * HOUR


def test_an_empty_matrix_has_no_rung_and_no_lapse():
    empty = matrix()
    assert (ladder.plan(empty, FRIDAY), empty.top, ladder.lapse(empty, 0, FRIDAY)) == ([], -1, None)
    assert ladder.catch_up([], FRIDAY) == ([], [])
