from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from agreements.businesstime import Calendar

BRUSSELS = ZoneInfo("Europe/Brussels")
OFFICE = {
    "timezone": "Europe/Brussels",
    "schedule": {
        day: [["09:00", "12:00"], ["13:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")
    },
    "holidays": ["2026-12-25"],
    "special_hours": {"2026-12-24": [["09:00", "12:00"]], "2026-12-28": []},
    "breaks": [{"date": "2026-12-22", "start": "10:00", "end": "10:30"}],
}
office = Calendar.from_dict(OFFICE)
HOUR = 3600


def at(text, zone=BRUSSELS):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def week(zone, hours, **more):
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    return Calendar.from_dict({"timezone": zone, "schedule": dict.fromkeys(days, hours), **more})


# ---- between, add, subtract on an ordinary week -----------------------------------------------------


@pytest.mark.parametrize(
    "start, end, seconds",
    [
        ("2026-12-21T09:00", "2026-12-21T17:00", 7 * HOUR),  # two intervals a day, lunch is closed
        ("2026-12-21T16:00", "2026-12-22T10:00", 2 * HOUR),  # over night
        ("2026-12-22T09:00", "2026-12-22T11:00", 5400),  # the break of half an hour
        ("2026-12-24T00:00", "2026-12-25T00:00", 3 * HOUR),  # special hours replace the weekly ones
        ("2026-12-25T00:00", "2026-12-26T00:00", 0),  # a holiday
        ("2026-12-28T00:00", "2026-12-29T00:00", 0),  # special hours [] close a date
        ("2026-12-26T00:00", "2026-12-28T00:00", 0),  # a week-end
        ("2026-12-21T09:00", "2026-12-21T09:00", 0),
        ("2026-12-21T10:00", "2026-12-21T09:00", 0),  # the end lies before the start
        ("2026-12-21T11:59:59", "2026-12-21T13:00:01", 2),
        ("2026-12-21T09:00:00.900000", "2026-12-21T09:00:01.100000", 1),  # read as their whole seconds
    ],
)
def test_between(start, end, seconds):
    assert office.between(at(start), at(end)) == seconds


@pytest.mark.parametrize(
    "start, seconds, due",
    [
        ("2026-12-18T16:40", 2 * HOUR, "2026-12-21T10:40"),  # Friday afternoon to Monday morning
        ("2026-12-18T16:00", HOUR, "2026-12-18T17:00"),  # the earliest instant: closing time, not Monday
        ("2026-12-18T20:00", 1, "2026-12-21T09:00:01"),
        ("2026-12-18T20:00", 0, "2026-12-18T20:00"),  # nothing to wait for, though closed
        ("2026-12-22T09:30", HOUR, "2026-12-22T11:00"),  # over the break
        ("2026-12-24T11:00", 2 * HOUR, "2026-12-29T10:00"),  # special, holiday, week-end, closed Monday
    ],
)
def test_add(start, seconds, due):
    assert office.add(at(start), seconds) == at(due)


@pytest.mark.parametrize(
    "end, seconds, start",
    [
        ("2026-12-21T10:40", 2 * HOUR, "2026-12-18T16:40"),
        ("2026-12-21T10:00", HOUR, "2026-12-21T09:00"),  # the latest instant: opening time, not Friday
        ("2026-12-20T12:00", 0, "2026-12-20T12:00"),
        ("2026-12-22T11:00", HOUR, "2026-12-22T09:30"),
        ("2026-12-29T10:00", 2 * HOUR, "2026-12-24T11:00"),
    ],
)
def test_subtract(end, seconds, start):
    assert office.subtract(at(end), seconds) == at(start)


@pytest.mark.parametrize(
    "when, is_open",
    [
        ("2026-12-21T08:59:59", False),
        ("2026-12-21T09:00", True),
        ("2026-12-21T11:59:59.999999", True),
        ("2026-12-21T12:00", False),  # half-open
        ("2026-12-22T10:00", False),
        ("2026-12-25T10:00", False),
    ],
)
def test_is_open(when, is_open):
    assert office.is_open(at(when)) is is_open


def test_periods_are_clipped():
    assert office.periods(at("2026-12-22T09:30"), at("2026-12-22T16:00")) == [
        (at("2026-12-22T09:30"), at("2026-12-22T10:00")),
        (at("2026-12-22T10:30"), at("2026-12-22T12:00")),
        (at("2026-12-22T13:00"), at("2026-12-22T16:00")),
    ]


def test_periods_touching_ones_are_joined_and_overlapping_ones_count_once():
    calendar = week("UTC", [["09:00", "12:00"], ["12:00", "15:00"], ["14:00", "26:00"], ["00:00", "09:00"]])
    start, end = at("2026-01-05T00:00", UTC), at("2026-01-12T00:00", UTC)
    assert calendar.periods(start, end) == [(start, end)]
    assert calendar.between(start, end) == 7 * 86_400
    assert calendar.periods(end, start) == []


def test_results_are_in_utc():
    assert office.add(at("2026-12-21T09:00"), 0).tzinfo is UTC
    assert office.periods(at("2026-12-21T09:00"), at("2026-12-21T10:00"))[0][0].tzinfo is UTC


def test_add_keeps_a_fraction_of_a_second_and_never_goes_back():
    start = at("2026-12-21T09:00:00.250000")
    assert office.add(start, 0) == start
    assert office.add(start, 1) >= start


# ---- hours that cross midnight; which rule wins -----------------------------------------------------


def night(**more):
    return Calendar.from_dict({"timezone": "UTC", "schedule": {"fri": [["22:00", "26:00"]]}, **more})


@pytest.mark.parametrize(
    "calendar, seconds",
    [
        (night(), 4 * HOUR),
        (night(holidays=["2026-01-03"]), 4 * HOUR),  # hours belong to the date they open on
        (night(holidays=["2026-01-02"]), 0),
        (night(special_hours={"2026-01-03": []}), 4 * HOUR),
        (night(special_hours={"2026-01-02": [["22:00", "24:00"]]}), 2 * HOUR),
        (night(special_hours={"2026-01-02": [["08:00", "09:00"]]}, holidays=["2026-01-02"]), HOUR),
        (night(breaks=[{"date": "2026-01-03", "start": "00:00", "end": "01:00"}]), 3 * HOUR),
        (night(breaks=[{"date": "2026-01-02", "start": "23:00", "end": "25:00"}]), 2 * HOUR),
        (night(breaks=[{"date": "2026-01-02", "start": "00:00", "end": "48:00"}]), 0),
    ],
)
def test_which_rule_wins_around_midnight(calendar, seconds):
    assert calendar.between(at("2026-01-02T00:00", UTC), at("2026-01-04T00:00", UTC)) == seconds


def test_hours_of_new_years_eve_run_into_the_next_year():
    calendar = week("UTC", [["20:00", "28:00"]])
    assert calendar.between(at("2027-01-01T00:00", UTC), at("2027-01-01T12:00", UTC)) == 4 * HOUR
    eve = Calendar.from_dict(
        {"timezone": "UTC", "schedule": {}, "special_hours": {"2026-12-31": [["20:00", "48:00"]]}}
    )
    assert eve.between(at("2027-01-01T00:00", UTC), at("2027-01-09T00:00", UTC)) == 86_400


# ---- holes ------------------------------------------------------------------------------------------


def test_holes_close_the_calendar_and_count_once():
    holed = office.with_holes(
        [
            (at("2026-12-21T10:00"), at("2026-12-21T11:00")),
            (at("2026-12-21T10:30"), at("2026-12-21T11:30")),
            (at("2026-12-21T16:00"), at("2026-12-22T10:00")),
            (at("2026-12-22T09:00"), at("2026-12-22T09:00")),
        ]
    )
    assert holed.between(at("2026-12-21T09:00"), at("2026-12-21T17:00")) == 7 * HOUR - 5400 - HOUR
    assert holed.add(at("2026-12-21T09:00"), HOUR) == at("2026-12-21T10:00")
    assert holed.add(at("2026-12-21T09:00"), HOUR + 1) == at("2026-12-21T11:30:01")
    assert holed.subtract(at("2026-12-21T12:00"), 1800) == at("2026-12-21T11:30")
    assert not holed.is_open(at("2026-12-21T10:00"))
    assert holed.is_open(at("2026-12-21T11:30"))
    assert holed.periods(at("2026-12-21T15:00"), at("2026-12-22T11:00")) == [
        (at("2026-12-21T15:00"), at("2026-12-21T16:00")),
        (at("2026-12-22T10:30"), at("2026-12-22T11:00")),
    ]
    assert office.between(at("2026-12-21T09:00"), at("2026-12-21T17:00")) == 7 * HOUR


def test_holes_add_up_and_are_no_contract_terms():
    day = at("2026-12-21T09:00"), at("2026-12-21T17:00")
    one = (at("2026-12-21T09:00"), at("2026-12-21T10:00"))
    two = (at("2026-12-21T10:00"), at("2026-12-21T11:00"))
    assert office.with_holes([one]).with_holes([two]) == office.with_holes([two, one])
    assert office.with_holes([one, two]).between(*day) == 5 * HOUR
    assert office.with_holes([]) == office
    with pytest.raises(ValueError, match="belongs to one case"):
        office.with_holes([one]).to_dict()


# ---- refusals ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "act",
    [
        lambda naive: office.add(naive, 1),
        lambda naive: office.subtract(naive, 1),
        lambda naive: office.between(naive, at("2026-01-01T00:00")),
        lambda naive: office.between(at("2026-01-01T00:00"), naive),
        lambda naive: office.is_open(naive),
        lambda naive: office.periods(naive, at("2026-01-01T00:00")),
        lambda naive: office.with_holes([(naive, naive)]),
    ],
)
@pytest.mark.parametrize("value", [datetime(2026, 1, 1), date(2026, 1, 1), "2026-01-01", 0, None])  # noqa: DTZ001
def test_only_aware_datetimes(act, value):
    with pytest.raises(ValueError, match="expected an aware datetime"):
        act(value)


@pytest.mark.parametrize("seconds", [-1, 1.5, True, None, "1"])
@pytest.mark.parametrize("act", [office.add, office.subtract])
def test_only_whole_seconds(act, seconds):
    with pytest.raises(ValueError, match="expected whole seconds"):
        act(at("2026-01-01T00:00"), seconds)


def test_a_hole_that_ends_before_it_starts():
    with pytest.raises(ValueError, match="ends .* before it starts"):
        office.with_holes([(at("2026-01-02T00:00"), at("2026-01-01T00:00"))])


def test_searches_end_after_twenty_years():
    once = Calendar.from_dict(
        {"timezone": "UTC", "schedule": {}, "special_hours": {"2026-01-05": [["09:00", "10:00"]]}}
    )
    noon = at("2026-01-05T12:00", UTC)
    with pytest.raises(ValueError, match="no 1 open seconds within 20 years after 2026-01-05"):
        once.add(noon, 1)
    with pytest.raises(ValueError, match="no 3601 open seconds within 20 years before 2026-01-05"):
        once.subtract(noon, 3601)
    with pytest.raises(ValueError, match="20 years after 2000-01-01"):  # known, yet too far away
        once.add(at("2000-01-01T00:00", UTC), 1)
    with pytest.raises(ValueError, match="20 years before 2050-01-01"):
        once.subtract(at("2050-01-01T00:00", UTC), 1)
    always, start = Calendar.always("UTC"), at("2026-01-01T00:00", UTC)
    assert always.add(start, 20 * 365 * 86_400) == start + timedelta(days=20 * 365)
    with pytest.raises(ValueError, match="20 years"):
        always.add(start, 21 * 366 * 86_400)


@pytest.mark.parametrize("when", [datetime.min, datetime.max, datetime(1899, 12, 31), datetime(2201, 1, 1)])  # noqa: DTZ001, DTZ901
def test_years_out_of_reach_are_refused(when):
    with pytest.raises(ValueError, match="1900 to 2200"):
        office.is_open(when.replace(tzinfo=UTC))
