from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements.reminding import STAGES, Due, due

ON = date(2027, 1, 29)


def before(days):
    return ON - timedelta(days=days)


@pytest.mark.parametrize(
    "today, done, expected",
    [
        (before(91), (), Due(None, [])),
        (before(90), (), Due(90, [])),
        (before(89), (90,), Due(None, [])),
        (before(60), (90,), Due(60, [])),
        (before(25), (90,), Due(30, [60])),
        (before(0), (), Due(0, [90, 60, 30, 7])),
        (before(0), STAGES, Due(None, [])),
        (before(-1), (90, 60), Due(None, [30, 7, 0])),
    ],
)
def test_the_nearest_stage_is_sent_and_the_passed_ones_noted(today, done, expected):
    assert due(ON, today, done) == expected


@given(st.lists(st.integers(-20, 120), max_size=12, unique=True).map(lambda days: sorted(days, reverse=True)))
def test_whenever_the_engine_ran_each_stage_is_settled_once_and_one_run_sends_one(lefts):
    sent, passed = [], []
    for left in lefts:
        found = due(ON, before(left), {*sent, *passed})
        sent += [found.send] if found.send is not None else []
        passed += found.passed
    assert len({*sent, *passed}) == len(sent) + len(passed)
    assert {*sent, *passed} == {stage for stage in STAGES if lefts and min(lefts) <= stage}
