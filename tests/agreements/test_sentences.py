import pytest

from agreements import sentences
from agreements import terms as t
from tests.factories import make_terms


def promise(**changes):
    """Terms with one KPI changed: K1 unless `key` says another."""
    terms = make_terms()
    kpi = terms.kpi(changes.pop("key", "K1"))
    for name, value in changes.items():
        setattr(kpi, name, value)
    return terms, kpi


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"target": "99.9"}, "99.9 % allows 43 min 12 s of downtime in a month of 30 days."),
        ({"target": "99.95"}, "99.95 % allows 21 min 36 s of downtime in a month of 30 days."),
        ({"target": "99.999"}, "99.999 % allows 25 s of downtime in a month of 30 days."),  # 25.92 s, rounded down
        ({"target": "100"}, "100 % allows no downtime in a month of 30 days."),
        ({"target": "99.5", "calendar": "desk"}, "99.5 % allows 10 min 30 s of downtime in a week of 35 h service."),
        ({"target": "90"}, "90 % allows 3 d of downtime in a month of 30 days."),
        ({"target": "a lot"}, ""),
        ({"calendar": ""}, ""),
        ({"op": "<="}, ""),
        ({"key": "K2"}, "Of 100 cases 5 may be late; with fewer than 20 cases none may."),
        ({"key": "K2", "target": "99.5"}, "One case in 200 may be late; with fewer none may."),
        ({"key": "K2", "target": "97"}, "Of 100 cases 3 may be late; with fewer than 34 cases none may."),
        ({"key": "K2", "target": "100"}, "No case may be late."),
        ({"key": "K3"}, "Of 100 values at least 95 are at most 200 h."),
        ({"key": "K3", "op": ">="}, "Of 100 values at least 6 are at least 200 h."),
        ({"key": "K3", "params": {"aggregate": "avg"}}, "The average of the period is at most 200 h."),
        ({"key": "K3", "params": {}}, ""),
        ({"key": "K4"}, "The average of the answers is at least 4 points; at least 1 answer is needed."),
    ],
)
def test_what_a_target_means(changes, said):
    assert sentences.sentence(*promise(**changes)) == said


def test_hours_over_the_end_of_the_week_count_once():
    schedule = {"sun": [["20:00", "28:00"]], "mon": [["02:00", "10:00"]]}
    assert sentences.weekly_seconds(t.CalendarTerm("n", "Night", "UTC", schedule)) == 14 * 3600
    assert sentences.weekly_seconds(t.CalendarTerm("n", "Night", "UTC", {"mon": [["9", "10"]]})) == 0
