from datetime import UTC, datetime, timedelta

import pytest

from agreements import terms as t
from incidents import deadlines
from tests.factories import make_terms

MONDAY = datetime(2026, 5, 4, 14, tzinfo=UTC)  # the desk opens at 15:00
HOUR = timedelta(hours=1)
TERMS = make_terms(priorities=[
    t.Priority(1, "Critical", 4 * 3600, "always", response_seconds=1800),
    t.Priority(3, "Normal", 8 * 3600, "desk", response_seconds=3600),
    t.Priority(4, "Low", 49 * 3600, "desk"),
])


def read(priority, *, logged=MONDAY, acknowledged=None, resolved=None, now=MONDAY):
    found = deadlines.clocks(
        TERMS, priority, logged_at=logged, acknowledged_at=acknowledged, resolved_at=resolved, now=now
    )
    return {clock.kind: clock for clock in found}


def test_both_clocks_count_on_the_calendar_of_the_priority():
    clocks = read(3)
    # The desk is open 15 to 22: one hour of it ends at 16:00, eight hours the next day at 16:00.
    assert clocks["response"].reading.due_at == MONDAY + 2 * HOUR
    assert clocks["resolution"].reading.due_at == datetime(2026, 5, 5, 16, tzinfo=UTC)
    assert read(1)["response"].reading.due_at == MONDAY + HOUR / 2


def test_a_priority_without_a_response_time_has_one_clock():
    assert list(read(4)) == ["resolution"]


@pytest.mark.parametrize("priority", [None, 2])
def test_without_a_row_there_is_no_clock(priority):
    assert read(priority) == {}


def test_an_answer_stops_the_response_alone():
    clocks = read(1, acknowledged=MONDAY + HOUR, now=MONDAY + 2 * HOUR)
    assert (clocks["response"].reading.state, clocks["response"].is_missed) == ("stopped", True)
    assert (clocks["resolution"].reading.state, clocks["resolution"].is_missed) == ("running", False)


def test_met_to_the_second_and_missed_one_later():
    limit = 4 * HOUR
    assert not read(1, resolved=MONDAY + limit, now=MONDAY + 9 * HOUR)["resolution"].is_missed
    late = MONDAY + limit + timedelta(seconds=1)
    assert read(1, resolved=late, now=MONDAY + 9 * HOUR)["resolution"].is_missed


@pytest.mark.parametrize("minutes, percents", [(0, []), (179, []), (180, [75]), (216, [75, 90]), (240, [75, 90, 100])])
def test_the_shares_of_the_limit_that_are_used(minutes, percents):
    now = MONDAY + timedelta(minutes=minutes)
    assert deadlines.passed(read(1, now=now)["resolution"].reading, now) == percents


def test_a_stopped_clock_passes_nothing():
    now = MONDAY + 9 * HOUR
    assert deadlines.passed(read(1, resolved=now, now=now)["resolution"].reading, now) == []


def test_the_deadlines_as_columns():
    assert deadlines.due_dates(TERMS, 4, MONDAY)["respond_by"] is None
    assert deadlines.due_dates(TERMS, 1, MONDAY)["resolve_by"] == MONDAY + 4 * HOUR
    assert deadlines.due_dates(TERMS, None, MONDAY) == {"respond_by": None, "resolve_by": None}
