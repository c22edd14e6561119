"""A case that never was, against dates worked out by hand (the factories' desk is open Mon-Fri 15:00-22:00 UTC)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from agreements import terms as t
from agreements.simulator import Waiting, due, friday, simulate
from tests.factories import make_terms

FRI = datetime(2026, 5, 8, 16, 40, tzinfo=UTC)


def terms(**kwargs):
    rows = [t.Priority(2, "High", 8 * 3600, "desk", 1800), t.Priority(3, "Normal", 49 * 3600, "desk")]
    return make_terms(**({"priorities": rows} | kwargs))


def at(day, hour, minute=0):
    return datetime(2026, 5, day, hour, minute, tzinfo=UTC)


def test_a_priority_2_opened_on_friday_at_16_40():
    response, resolution = simulate(terms(), 2, FRI)
    assert (response.name, response.reading.due_at) == ("Response", at(8, 17, 10))
    # 5 h 20 min until 22:00, the rest of 8 h on Monday from 15:00.
    assert resolution.reading.due_at == at(11, 17, 40)
    kinds = [(step.segment.kind, step.segment.start, step.segment.end, step.used) for step in resolution.steps]
    assert kinds == [
        ("running", FRI, at(8, 22), 19200),
        ("closed", at(8, 22), at(11, 15), 19200),
        ("running", at(11, 15), at(11, 17, 40), 28800),
    ]
    assert resolution.reading.thresholds[50] == at(8, 20, 40)


def test_a_pause_moves_the_deadline_and_is_named():
    pause = Waiting("client", at(8, 17), at(8, 18))
    (resolution,) = simulate(terms(), 2, FRI, waiting=[pause])[1:]
    assert resolution.reading.due_at == at(11, 18, 40)
    assert [step.reasons for step in resolution.steps if step.segment.kind == "paused"] == ["Waiting for the client"]


def test_a_pause_after_the_deadline_changes_nothing():
    pause = Waiting("client", at(20, 17), at(20, 18))
    assert simulate(terms(), 2, FRI, waiting=[pause])[1].reading.due_at == at(11, 17, 40)


def test_another_priority_holds_from_the_opening_on():
    (resolution,) = simulate(terms(), 2, FRI, changes=[(at(8, 18), 3)])
    assert resolution.reading.limit_seconds == 49 * 3600
    assert resolution.reading.opened_at == FRI


@pytest.mark.parametrize(
    "kwargs",
    [
        {"priority": 9},
        {"changes": [(at(8, 18), 9)]},
        {"changes": [(at(8, 10), 3)]},
        {"waiting": [Waiting("client", at(8, 18), at(8, 17))]},
        {"waiting": [Waiting("client", at(8, 10), at(8, 17))]},
    ],
)
def test_what_the_terms_cannot_answer(kwargs):
    with pytest.raises(ValueError):
        simulate(terms(), **({"priority": 2, "opened_at": FRI} | kwargs))


def test_hours_that_are_not_there():
    broken = terms(priorities=[t.Priority(2, "High", 60, "gone")])
    with pytest.raises(ValueError):
        simulate(broken, 2, FRI)
    assert due(broken, 2, FRI) == []


def test_friday_is_that_of_the_zone():
    zone = ZoneInfo("Pacific/Auckland")
    found = friday(datetime(2026, 5, 7, 20, tzinfo=UTC), zone)  # there it is Friday already
    assert (found.isoformat(), found.utcoffset()) == ("2026-05-08T16:40:00+12:00", timedelta(hours=12))
