from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.text import period_name, short_period_name
from kpis.windows import Cycle, days, label_bounds, window_of, windows
from tests.kpis.build import utc

# Seconds of the months in which clocks change, from the zones' own rules.
MONTHS = [
    ("Europe/Brussels", "2026-03", 2_674_800),
    ("Europe/Brussels", "2026-10", 2_682_000),
    ("America/New_York", "2026-11", 2_595_600),
    ("Australia/Lord_Howe", "2026-04", 2_593_800),
    ("America/New_York", "2026-03", 2_674_800),
    ("Australia/Lord_Howe", "2026-10", 2_676_600),
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

    found = list(windows(Cycle("month", "UTC"), since, until, utc("2026-09-01T00:00")))

    assert [window.label for window in found] == ["2026-04", "2026-05", "2026-06"]
    assert found[0].lo == utc("2026-04-10T00:00") and found[-1].hi == utc("2026-06-15T00:00")
    assert all(before.hi == after.lo for before, after in zip(found, found[1:], strict=False))


@pytest.mark.parametrize("now, labels", [
    ("2026-04-30T23:59:59", []),
    ("2026-05-01T00:00", ["2026-05"]),
    ("2026-06-30T23:59:59", ["2026-05", "2026-06"]),
])
def test_a_window_exists_from_its_first_instant(now, labels):
    found = windows(Cycle("month", "UTC"), utc("2026-05-01T00:00"), None, utc(now))

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


LONGER = [
    # kind, terms, an instant, label, first and last instant
    ("half_year", {}, "2026-05-20T10:00", "2026-01~6", "2026-01-01T00:00", "2026-07-01T00:00"),
    ("year", {}, "2028-02-29T10:00", "2028-01~12", "2028-01-01T00:00", "2029-01-01T00:00"),
    ("fiscal_quarter", {"fiscal_month": 2}, "2026-01-31T23:59:59", "2025-11~3", "2025-11-01T00:00", "2026-02-01T00:00"),
    ("fiscal_quarter", {"fiscal_month": 2}, "2026-02-01T00:00", "2026-02~3", "2026-02-01T00:00", "2026-05-01T00:00"),
    # Of the calendar when it begins with one of its quarters.
    ("fiscal_quarter", {"fiscal_month": 4}, "2026-05-20T10:00", "2026-Q2", "2026-04-01T00:00", "2026-07-01T00:00"),
    ("fiscal_year", {"fiscal_month": 10}, "2026-09-30T10:00", "2025-10~12", "2025-10-01T00:00", "2026-10-01T00:00"),
    ("contract_year", {"contract_start": date(2024, 4, 15)}, "2026-04-14T23:59:59", "2025-04-15~12",
     "2025-04-15T00:00", "2026-04-15T00:00"),
    ("contract_year", {"contract_start": date(2024, 4, 15)}, "2026-04-15T00:00", "2026-04-15~12",
     "2026-04-15T00:00", "2027-04-15T00:00"),
    # 29 February is 1 March where the year has none.
    ("contract_year", {"contract_start": date(2024, 2, 29)}, "2025-02-28T10:00", "2024-02-29~12",
     "2024-02-29T00:00", "2025-03-01T00:00"),
    ("contract_year", {"contract_start": date(2024, 2, 29)}, "2025-03-01T10:00", "2025-03~12",
     "2025-03-01T00:00", "2026-03-01T00:00"),
    ("trailing", {"trailing_days": 365}, "2026-05-20T10:00", "2026-05", "2025-06-01T00:00", "2026-06-01T00:00"),
]  # fmt: skip


@pytest.mark.parametrize("kind, terms, at, label, lo, hi", LONGER)
def test_longer_periods(kind, terms, at, label, lo, hi):
    found = Cycle(kind, "UTC", **terms).window(utc(at))

    assert found == (label, utc(lo), utc(hi))
    if kind != "trailing":
        assert label_bounds(label, "UTC") == found


ANCHORS = st.dates(date(2000, 1, 1), date(2026, 12, 31))
KINDS = st.sampled_from(["month", "quarter", "half_year", "year", "fiscal_quarter", "fiscal_year", "contract_year"])
ZONES = st.sampled_from(["UTC", "Europe/Brussels", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia"])


@given(KINDS, ZONES, st.integers(1, 12), ANCHORS, st.integers(0, 40 * 365 * 86_400))
def test_each_instant_lies_in_one_window_and_windows_touch(kind, zone, fiscal, anchor, at):
    cycle, at = Cycle(kind, zone, fiscal, anchor), utc("2000-01-01T00:00") + timedelta(seconds=at)

    found = cycle.window(at)

    assert found.lo <= at < found.hi
    assert cycle.window(found.lo) == found == cycle.window(found.hi - timedelta(seconds=1))
    assert cycle.window(found.hi).lo == found.hi
    assert cycle.before(found).hi == found.lo


def test_a_trailing_period_never_looks_before_its_version():
    since = utc("2026-05-10T00:00")

    found = list(windows(Cycle("trailing", "UTC", trailing_days=30), since, None, utc("2026-07-02T00:00")))

    assert found == [
        ("2026-05", since, utc("2026-06-01T00:00")),
        ("2026-06", utc("2026-06-01T00:00"), utc("2026-07-01T00:00")),
        ("2026-07", utc("2026-07-02T00:00"), utc("2026-08-01T00:00")),
    ]


@pytest.mark.parametrize("kwargs", [
    {"kind": "contract_year"}, {"kind": "trailing"}, {"kind": "month", "trailing_days": 3},
    {"kind": "fiscal_year", "fiscal_month": 13},
])  # fmt: skip
def test_a_cycle_without_what_it_needs_is_refused(kwargs):
    with pytest.raises(ValueError):
        Cycle(timezone="UTC", **kwargs)


@pytest.mark.parametrize("label, said, short", [
    ("2026-05", "May 2026", "May"), ("2026-Q2", "April to June 2026", "Q2"),
    ("2026-Q1", "January to March 2026", "Q1 ’26"),
    ("2026-01~6", "January to June 2026", "Jan+6 ’26"), ("2026-01~12", "2026", "’26"),
    ("2025-11~3", "November 2025 to January 2026", "Nov+3"),
    ("2026-04-15~12", "15 April 2026 to 14 April 2027", "’26/27"),
])  # fmt: skip
def test_names_of_periods(label, said, short):
    assert (period_name(label), short_period_name(label)) == (said, short)


def test_another_kind_of_window_is_refused():
    with pytest.raises(ValueError, match="week"):
        window_of("week", "UTC", utc("2026-05-07T00:00"))
