from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpis import actions, rollups
from kpis.models import DayRollup, DirtyDay
from records.models import AuditEntry
from tests.kpis.build import JULY, case, deliver, make_bound, observed, outage, sample, stream, utc

pytestmark = pytest.mark.django_db


def figures(indicator):
    return {
        str(day): each
        for day, each in DayRollup.objects.filter(indicator_id=indicator.pk).values_list("day", "figures")
    }


def test_overlapping_outages_count_once():
    agreement, person = make_bound()
    log = stream(agreement, "canvas-lms")
    overlapping = outage("2026-05-08T03:00", "2026-05-08T04:00", external_id="b")
    watched = observed("2026-05-07T12:00", "2026-05-08T12:00")
    deliver(log, [outage(), overlapping, watched], person)

    assert actions.roll_up(now=JULY) == 2

    assert figures(log) == {
        "2026-05-07": {"down": 3 * 3600 + 9 * 60 + 1, "observed": 12 * 3600},
        "2026-05-08": {"down": 4 * 3600, "observed": 12 * 3600},
    }


def test_what_is_still_down_is_down_as_long_as_somebody_watched():
    agreement, person = make_bound()
    log = stream(agreement, "canvas-lms")
    deliver(log, [outage(up=None), observed("2026-05-07T00:00", "2026-05-07T21:50:59")], person)

    actions.roll_up(now=JULY)

    assert figures(log)["2026-05-07"] == {"down": 3600, "observed": 21 * 3600 + 50 * 60 + 59}
    assert figures(log)["2026-05-08"] == {"down": 0, "observed": 0}


def test_cases_are_counted_by_priority():
    agreement, person = make_bound()
    desk = stream(agreement, "desk-cases")
    deliver(
        desk, [case(closed="2026-05-05T00:00"), case("INC-2"), case("INC-3", priority=1)], person
    )

    actions.roll_up(now=JULY)

    assert figures(desk) == {
        "2026-05-04": {"opened": {"1": 1, "3": 2}, "closed": {}},
        "2026-05-05": {"opened": {}, "closed": {"3": 1}},
    }


def test_samples_are_summed_exactly():
    agreement, person = make_bound()
    stars = stream(agreement, "satisfaction")
    deliver(stars, [sample(value="0.1"), sample(value="0.2", who="8"), sample(value="4.50", who="9")], person)

    actions.roll_up(now=JULY)

    day = DayRollup.objects.get(indicator_id=stars.pk)
    assert (day.zone, day.day, day.count) == ("UTC", date(2026, 5, 31), 3)
    assert (day.sum, day.smallest, day.largest) == (Decimal("4.8"), Decimal("0.1"), Decimal("4.5"))


def test_rolling_up_clears_what_it_read_and_leaves_an_entry():
    agreement, person = make_bound()
    desk = stream(agreement, "desk-cases")
    deliver(desk, [case()], person)

    assert actions.roll_up(now=JULY) == 1
    assert actions.roll_up(now=JULY) == 0

    assert not DirtyDay.objects.exists()
    assert AuditEntry.objects.get(verb="data.rolled_up").data["days"] == 1


def test_a_stop_in_the_middle_loses_nothing(monkeypatch):
    agreement, person = make_bound()
    desk = stream(agreement, "desk-cases")
    deliver(desk, [case(), case("INC-2", "2026-05-20T10:00")], person)

    def stop(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(rollups, "build", stop)
        with pytest.raises(KeyboardInterrupt):
            actions.roll_up(now=JULY)
    assert DirtyDay.objects.count() == 2

    actions.roll_up(now=JULY)
    assert len(figures(desk)) == 2


def morning(day):
    return f"2026-05-0{day}T10:00"


STEPS = st.lists(
    st.lists(
        st.tuples(st.integers(1, 4), st.integers(1, 5), st.none() | st.integers(5, 8), st.integers(1, 3)),
        min_size=1, max_size=4, unique_by=lambda each: each[0],
    ),
    min_size=1, max_size=5,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, pauses=st.lists(st.booleans(), min_size=5, max_size=5))
def test_rolled_up_by_and_by_is_rolled_up_at_once(db, steps, pauses):
    """Deliveries, corrections and sweeps in any order leave the same days as one rebuild of everything."""
    agreement, person = make_bound()
    desk = stream(agreement, "desk-cases")
    for step, rolled in zip(steps, pauses, strict=False):
        rows = [
            case(f"INC-{n}", morning(day), morning(closed) if closed else None, priority)
            for n, day, closed, priority in step
        ]
        deliver(desk, rows, person, reason="Corrected")
        if rolled:
            actions.roll_up(now=JULY)
    actions.roll_up(now=JULY)

    week = [date(2026, 5, day) for day in range(1, 9)]
    whole = {str(each.day): each.figures for each in rollups.build(desk, "UTC", week)}
    nothing = {"opened": {}, "closed": {}}
    assert {day: each for day, each in figures(desk).items() if each != nothing} == {
        day: each for day, each in whole.items() if each != nothing
    }


def test_days_apart_are_read_apart():
    assert list(rollups._runs([date(2026, 5, 1), date(2026, 5, 2), date(2026, 5, 9)])) == [
        [date(2026, 5, 1), date(2026, 5, 2)], [date(2026, 5, 9)],
    ]


def test_a_span_that_touches_is_joined():
    a, b, c = utc("2026-05-01T00:00"), utc("2026-05-02T00:00"), utc("2026-05-03T00:00")

    assert rollups.merged([(b, c), (a, b)]) == [(a, c)]
