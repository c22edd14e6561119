from datetime import timedelta

import pytest

from kpis.windows import days, label_bounds, window_of, windows
from tests.kpis.build import utc

# Seconds of the months in which clocks change, from the zones' own rules.
MONTHS = [
    ("Europe/Brussels", "2026-03", 2_674_800),
    ("Europe/Brussels", "2026-10", 2_682_000),
    ("America/New_York", "2026-11", 2_595_600),
    ("Australia/Lord_Howe", "2026-04", 2_593_800),
    ("UTC", "2028-02", 29 * 86_400),
]


@pytest.mark.parametrize("zone, label, seconds", MONTHS)
def test_a_month_has_the_seconds_of_its_zone(zone, label, seconds):
    _label, lo, hi = label_bounds(label, zone)

    assert (hi - lo).total_seconds() == seconds


def test_a_quarter_runs_over_three_months():
    assert window_of("quarter", "Europe/London", utc("2026-05-20T10:00")) == (
        "2026-Q2", utc("2026-03-31T23:00"), utc("2026-06-30T23:00"),
    )


def test_the_last_second_of_a_month_is_its_own():
    assert window_of("month", "UTC", utc("2026-05-31T23:59:59")).label == "2026-05"
    assert window_of("month", "UTC", utc("2026-06-01T00:00")).label == "2026-06"


def test_windows_are_cut_at_both_edges_and_leave_no_gap():
    since, until = utc("2026-04-10T00:00"), utc("2026-06-15T00:00")

    found = list(windows("month", "UTC", since, until, utc("2026-09-01T00:00")))

    assert [window.label for window in found] == ["2026-04", "2026-05", "2026-06"]
    assert found[0].lo == utc("2026-04-10T00:00") and found[-1].hi == utc("2026-06-15T00:00")
    assert all(before.hi == after.lo for before, after in zip(found, found[1:], strict=False))


@pytest.mark.parametrize("now, labels", [
    ("2026-04-30T23:59:59", []),
    ("2026-05-01T00:00", ["2026-05"]),
    ("2026-06-30T23:59:59", ["2026-05", "2026-06"]),
])
def test_a_window_exists_from_its_first_instant(now, labels):
    found = windows("month", "UTC", utc("2026-05-01T00:00"), None, utc(now))

    assert [window.label for window in found] == labels


def test_days_are_half_open():
    assert len(list(days(utc("2026-05-07T20:00"), utc("2026-05-08T00:00")))) == 1
    assert len(list(days(utc("2026-05-07T20:00"), utc("2026-05-08T00:00:01")))) == 2
    assert len(list(days(utc("2026-05-07T00:00"), utc("2026-05-07T00:00") + timedelta(days=3)))) == 3
    assert len(list(days(utc("2026-05-07T00:00"), utc("2026-05-07T00:00")))) == 1


@pytest.mark.parametrize("label", ["2026-13", "2026-Q5", "x", "2026", "2026-5"])
def test_no_label(label):
    with pytest.raises(ValueError):
        label_bounds(label, "UTC")


def test_another_kind_of_window_is_refused():
    with pytest.raises(ValueError, match="week"):
        window_of("week", "UTC", utc("2026-05-07T00:00"))
