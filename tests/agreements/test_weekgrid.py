"""The picture of a week: which minutes are open, new, gone. Pure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements.openinghours import WEEKDAYS
from agreements.weekgrid import DAY, Bar, hours, open_minutes, week


def bars(schedule, before=None):
    return {row.day: row.bars for row in week(schedule, before) if row.bars}


@pytest.mark.parametrize(("schedule", "before", "shown"), [
    ({"mon": [["09:00", "17:30"]]}, None, {"mon": [Bar("same", 540, 510)]}),
    ({"mon": [["09:00", "12:00"], ["11:00", "13:00"]]}, None, {"mon": [Bar("same", 540, 240)]}),
    ({"mon": [["22:00", "26:00"]]}, None, {"mon": [Bar("same", 1320, 120)], "tue": [Bar("same", 0, 120)]}),
    ({"sun": [["22:00", "26:00"]]}, None, {"sun": [Bar("same", 1320, 120)], "mon": [Bar("same", 0, 120)]}),
    ({"mon": [["07:00", "17:00"]]}, {"mon": [["08:00", "18:00"]]},
     {"mon": [Bar("new", 420, 60), Bar("same", 480, 540), Bar("gone", 1020, 60)]}),
    ({}, {"sat": [["00:00", "24:00"]]}, {"sat": [Bar("gone", 0, DAY)]}),
    ({"sat": [["00:00", "24:00"]]}, {}, {"sat": [Bar("new", 0, DAY)]}),
])  # fmt: skip
def test_what_is_open_now_and_was_before(schedule, before, shown):
    assert bars(schedule, before) == shown


def test_the_days_and_hours_are_drawn_in_order():
    assert [row.day for row in week({})] == list(WEEKDAYS)
    assert [hour.name for hour in hours()] == ["00", "02", "04", "06", "08", "10", "12", "14", "16", "18", "20", "22"]
    (bar,) = week({"mon": [["00:00", "00:01"]]})[0].bars
    assert bar.x == hours()[0].x


def written(span):
    opens, length = span
    return [f"{each // 60:02}:{each % 60:02}" for each in (opens, min(opens + length, 2 * DAY))]


SPANS = st.tuples(st.integers(0, DAY - 1), st.integers(1, DAY)).map(written)
SCHEDULES = st.dictionaries(st.sampled_from(WEEKDAYS), st.lists(SPANS, max_size=3))


@given(SCHEDULES, SCHEDULES)
def test_old_and_new_add_up(schedule, before):
    drawn = [bar for row in week(schedule, before) for bar in row.bars]

    def minutes(*kinds):
        return sum(bar.length for bar in drawn if bar.kind in kinds)

    assert minutes("same", "new") == open_minutes(schedule)
    assert minutes("same", "gone") == open_minutes(before)
