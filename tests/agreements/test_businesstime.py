from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agreements.businesstime import Calendar
from agreements.openinghours import OpeningHours

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


# ---- clock changes ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "zone, first, last, seconds",
    [
        ("Europe/Brussels", "2026-03-01", "2026-04-01", 2_674_800),
        ("Europe/Brussels", "2026-10-01", "2026-11-01", 2_682_000),
        ("Europe/Brussels", "2026-06-01", "2026-07-01", 2_592_000),
        ("Australia/Lord_Howe", "2026-04-05", "2026-04-06", 88_200),  # half an hour longer
        ("Australia/Lord_Howe", "2026-10-04", "2026-10-05", 84_600),
        ("Pacific/Apia", "2011-12-29", "2012-01-01", 2 * 86_400),  # the 30th does not exist
        ("America/Havana", "2026-03-07", "2026-03-09", 47 * HOUR),  # changes at midnight
        ("America/Havana", "2026-10-31", "2026-11-02", 49 * HOUR),
        ("Asia/Kathmandu", "2026-01-01", "2026-01-02", 86_400),
    ],
)
def test_open_always_through_a_clock_change(zone, first, last, seconds):
    calendar = Calendar.always(zone)
    start, end = (at(f"{day}T00:00", ZoneInfo(zone)) for day in (first, last))
    assert calendar.between(start, end) == seconds
    assert [(a, b) for a, b in calendar.periods(start, end)] == [(start.astimezone(UTC), end.astimezone(UTC))]


@pytest.mark.parametrize(
    "zone, day, hours, spans",
    [
        # Spring, 02:00 becomes 03:00: the missing time is read with the offset before (+1).
        ("Europe/Brussels", "2026-03-29", ["02:30", "05:00"], [("01:30", "03:00")]),
        ("Europe/Brussels", "2026-03-29", ["01:00", "02:30"], [("00:00", "01:30")]),
        ("Europe/Brussels", "2026-03-29", ["02:15", "02:45"], [("01:15", "01:45")]),
        ("Europe/Brussels", "2026-03-29", ["02:30", "03:00"], []),  # closes before it opens
        # Autumn, 03:00 becomes 02:00: opens at the first 02:30, closes at the last.
        ("Europe/Brussels", "2026-10-25", ["02:30", "04:00"], [("00:30", "03:00")]),
        ("Europe/Brussels", "2026-10-25", ["01:00", "02:30"], [("-1:00", "01:30")]),
        ("Europe/Brussels", "2026-10-25", ["02:00", "02:30"], [("00:00", "01:30")]),
        # Half an hour: 02:00 becomes 01:30 (+11 to +10:30), and 02:00 becomes 02:30.
        ("Australia/Lord_Howe", "2026-04-05", ["01:45", "03:00"], [("-9:15", "-7:30")]),
        ("Australia/Lord_Howe", "2026-04-05", ["01:00", "01:45"], [("-10:00", "-8:45")]),
        ("Australia/Lord_Howe", "2026-10-04", ["02:15", "03:00"], [("-8:15", "-8:00")]),
        ("Australia/Lord_Howe", "2026-10-04", ["01:00", "02:15"], [("-9:30", "-8:15")]),
        # The skipped date has no hours; its eve (UTC-10) ends where the 31st (UTC+14) begins.
        ("Pacific/Apia", "2011-12-30", ["09:00", "17:00"], []),
        ("Pacific/Apia", "2011-12-29", ["09:00", "24:00"], [("19:00", "34:00")]),
        ("Pacific/Apia", "2011-12-31", ["00:00", "09:00"], [("-14:00", "-5:00")]),
    ],
)
def test_local_times_that_are_missing_or_doubled(zone, day, hours, spans):
    calendar = Calendar.from_dict({"timezone": zone, "schedule": {}, "special_hours": {day: [hours]}})
    midnight = at(f"{day}T00:00", UTC)
    expected = [tuple(midnight + shift(edge) for edge in span) for span in spans]
    assert calendar.periods(midnight - timedelta(days=2), midnight + timedelta(days=3)) == expected


def shift(text):
    hours, minutes = text.lstrip("-").split(":")
    return (-1 if text[0] == "-" else 1) * timedelta(hours=int(hours), minutes=int(minutes))


def test_a_break_on_a_skipped_date_cuts_nothing():
    calendar = week(
        "Pacific/Apia",
        [["00:00", "24:00"]],
        breaks=[{"date": "2011-12-30", "start": "08:00", "end": "12:00"}],
    )
    apia = ZoneInfo("Pacific/Apia")
    assert calendar.between(at("2011-12-29T00:00", apia), at("2012-01-01T00:00", apia)) == 2 * 86_400


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
    always, start = Calendar.always("UTC"), at("2026-01-01T00:00", UTC)
    assert always.add(start, 20 * 365 * 86_400) == start + timedelta(days=20 * 365)
    with pytest.raises(ValueError, match="20 years"):
        always.add(start, 21 * 366 * 86_400)


@pytest.mark.parametrize("when", [datetime.min, datetime.max, datetime(1899, 12, 31), datetime(2201, 1, 1)])  # noqa: DTZ001, DTZ901
def test_years_out_of_reach_are_refused(when):
    with pytest.raises(ValueError, match="1900 to 2200"):
        office.is_open(when.replace(tzinfo=UTC))


MON = {"mon": [["09:00", "17:00"]]}


@pytest.mark.parametrize(
    "change, message",
    [
        ({"timezone": None}, "timezone: expected"),
        ({"timezone": ""}, "timezone: expected"),
        ({"timezone": "Mars/Olympus"}, "timezone: 'Mars/Olympus' is not an IANA zone"),
        ({"timezone": "Europe"}, "timezone: 'Europe' is not an IANA zone"),
        ({"timezone": "../etc/passwd"}, "timezone: .* is not an IANA zone"),
        ({"holiday": []}, "holiday: unknown"),
        ({"schedule": []}, "schedule: expected an object"),
        ({"schedule": {}}, "schedule: the calendar has no opening hours"),
        ({"schedule": {"mon": [], "tue": []}}, "schedule: the calendar has no opening hours"),
        ({"schedule": {"monday": []}}, "schedule.monday: unknown"),
        ({"schedule": {"mon": "09:00-17:00"}}, "schedule.mon: expected a list"),
        ({"schedule": {"mon": [["09:00", "12:00"], ["13:00"]]}}, r"schedule.mon\[1\]: expected an opening"),
        ({"schedule": {"mon": [["09:00", "12:00"], ["9:00", "17:00"]]}}, r"schedule.mon\[1\]: '9:00' is not"),
        ({"schedule": {"mon": [["09:60", "17:00"]]}}, r"schedule.mon\[0\]: '09:60' is not a time"),
        ({"schedule": {"mon": [["09:00", 17]]}}, r"schedule.mon\[0\]: 17 is not a time"),
        ({"schedule": {"mon": [["०९:००", "17:00"]]}}, r"schedule.mon\[0\]: .* is not a time"),
        ({"schedule": {"mon": [["17:00", "09:00"]]}}, r"schedule.mon\[0\]: closes at 09:00, must be after"),
        ({"schedule": {"mon": [["09:00", "09:00"]]}}, r"schedule.mon\[0\]: closes at 09:00, must be after"),
        ({"schedule": {"mon": [["24:00", "26:00"]]}}, r"schedule.mon\[0\]: opens at 24:00, must open before"),
        ({"schedule": {"mon": [["09:00", "48:01"]]}}, r"schedule.mon\[0\]: closes at 48:01, must close by"),
        ({"holidays": "2026-12-25"}, "holidays: expected a list"),
        ({"holidays": ["2026-12-25", "2026-02-29"]}, r"holidays\[1\]: '2026-02-29' is not a date"),
        ({"holidays": ["20261225"]}, r"holidays\[0\]: '20261225' is not a date"),
        ({"holidays": [date(2026, 12, 25)]}, r"holidays\[0\]: .* is not a date"),
        ({"special_hours": []}, "special_hours: expected an object"),
        ({"special_hours": {"24-12-2026": []}}, "special_hours.24-12-2026: '24-12-2026' is not a date"),
        (
            {"special_hours": {"2026-12-24": [["x", "y"]]}},
            r"special_hours.2026-12-24\[0\]: 'x' is not a time",
        ),
        ({"breaks": {}}, "breaks: expected a list"),
        ({"breaks": ["noon"]}, r"breaks\[0\]: expected an object"),
        ({"breaks": [{"date": "2026-01-05"}]}, r"breaks\[0\]: expected date, start and end"),
        (
            {"breaks": [{"date": "x", "start": "09:00", "end": "10:00"}]},
            r"breaks\[0\].date: 'x' is not a date",
        ),
        ({"breaks": [{"date": "2026-01-05", "start": "10:00", "end": "09:00"}]}, r"breaks\[0\]: closes at"),
    ],
)
def test_a_refusal_names_the_place(change, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        Calendar.from_dict({"timezone": "Europe/Brussels", "schedule": MON} | change)


def test_the_whole_document_must_be_an_object():
    with pytest.raises(ValueError, match="^calendar: expected an object"):
        Calendar.from_dict([])


def test_hours_without_an_interval_are_refused_however_they_are_made():
    with pytest.raises(ValueError, match="no opening hours"):
        OpeningHours("UTC", schedule=(("mon", ()),))


# ---- document ---------------------------------------------------------------------------------------


def test_document_round_trip():
    assert office.to_dict() == OFFICE
    assert Calendar.from_dict(office.to_dict()) == office
    assert hash(Calendar.from_dict(OFFICE)) == hash(office)


def test_missing_sections_are_empty_and_labels_of_the_terms_are_skipped():
    calendar = Calendar.from_dict({"key": "C1", "name": "Office", "timezone": "UTC", "schedule": MON})
    assert calendar.to_dict() == {
        "timezone": "UTC",
        "schedule": MON,
        "holidays": [],
        "special_hours": {},
        "breaks": [],
    }


# ---- laws, and an oracle that walks minute by minute ------------------------------------------------

# Around a clock change each, or none: zone and first date.
PLACES = [
    ("Europe/Brussels", date(2026, 3, 27)),
    ("Europe/Brussels", date(2026, 10, 23)),
    ("Australia/Lord_Howe", date(2026, 4, 3)),
    ("Australia/Lord_Howe", date(2026, 10, 2)),
    ("Pacific/Apia", date(2011, 12, 28)),
    ("America/Havana", date(2026, 3, 6)),
    ("America/Havana", date(2026, 10, 30)),
    ("America/Sao_Paulo", date(2018, 2, 16)),
    ("Asia/Kathmandu", date(2026, 12, 30)),
]
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SPAN = 5  # days looked at


@st.composite
def interval(draw):
    opening = draw(st.integers(0, 4 * 24 - 1))
    closing = draw(st.integers(opening + 1, min(opening + 4 * 24, 4 * 48)))
    return [f"{quarter // 4:02}:{quarter % 4 * 15:02}" for quarter in (opening, closing)]


@st.composite
def worlds(draw):
    """A calendar document with everything in it, and the first date of the days looked at."""
    zone, first = draw(st.sampled_from(PLACES))
    dates = st.sampled_from([(first + timedelta(n)).isoformat() for n in range(-1, SPAN + 1)])
    hours = st.lists(interval(), max_size=3)
    document = {
        "timezone": zone,
        "schedule": draw(st.dictionaries(st.sampled_from(DAYS), hours, max_size=7)),
        "holidays": draw(st.lists(dates, max_size=1)),
        "special_hours": draw(st.dictionaries(dates, hours, max_size=2)),
        "breaks": [
            {"date": draw(dates), "start": start, "end": end}
            for start, end in draw(st.lists(interval(), max_size=2))
        ],
    }
    document["schedule"][draw(st.sampled_from(DAYS))] = [draw(interval())]
    return document, first


@lru_cache(maxsize=32)
def walls(zone, first):
    """What the clock on the wall shows at each UTC minute, from four days before to the end and beyond."""
    start = datetime.combine(first, datetime.min.time(), UTC) - timedelta(days=4)
    minutes = [start + timedelta(minutes=n) for n in range((SPAN + 9) * 1440)]
    shown = [minute.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0) for minute in minutes]
    first_at = {wall: n for n, wall in reversed(list(enumerate(shown)))}
    last_at = {wall: n for n, wall in enumerate(shown)}
    return start, shown, first_at, last_at, {wall.date() for wall in shown}


def minute_of(local, index, shown):
    """The minute that shows `local`; in a gap, counted on from the last minute before it."""
    if local in index:
        return index[local]
    before = next(n for n in range(len(shown) - 1) if shown[n] < local < shown[n + 1])
    return before + round((local - shown[before]).total_seconds() / 60)


def open_minutes(document, first):
    """The open minutes as a set, by walking: independent of `fold`, of sums and of searches."""
    _, shown, first_at, last_at, dates = walls(document["timezone"], first)

    def minutes_of(day, hours):
        midnight = datetime.combine(day, datetime.min.time())
        for start, end in hours if day in dates else []:
            opening = minute_of(midnight + shift(start), first_at, shown)
            yield from range(opening, minute_of(midnight + shift(end), last_at, shown))

    opened, closed = set(), set()
    for day in (first + timedelta(n) for n in range(-3, SPAN + 2)):
        text = day.isoformat()
        weekly = document["schedule"].get(DAYS[day.weekday()], [])
        hours = [] if text in document["holidays"] else weekly
        opened |= set(minutes_of(day, document["special_hours"].get(text, hours)))
        breaks = [[item["start"], item["end"]] for item in document["breaks"] if item["date"] == text]
        closed |= set(minutes_of(day, breaks))
    return opened - closed


@settings(max_examples=150, deadline=None)
@given(worlds(), st.integers(0, SPAN * 1440), st.integers(0, SPAN * 1440))
def test_oracle_minute_by_minute(world, one, other):
    document, first = world
    calendar = Calendar.from_dict(document)
    base = walls(document["timezone"], first)[0] + timedelta(days=4)
    low, high = sorted((one, other))
    start, end = (base + timedelta(minutes=n) for n in (low, high))
    opened = {n - 4 * 1440 for n in open_minutes(document, first)}
    inside = sorted(n for n in range(low, high) if n in opened)

    assert calendar.between(start, end) == 60 * len(inside)
    periods = calendar.periods(start, end)
    walked = [base + timedelta(minutes=n) for n in inside]
    assert [m for a, b in periods for m in minutes_from(a, b)] == walked
    assert all(left[1] < right[0] for left, right in zip(periods, periods[1:], strict=False))
    assert calendar.is_open(start) == (low in opened)
    if inside:
        assert calendar.add(start, 60 * len(inside)) == walked[-1] + timedelta(minutes=1)
        assert calendar.subtract(end, 60 * len(inside)) == walked[0]


def minutes_from(start, end):
    return [start + timedelta(minutes=n) for n in range(round((end - start).total_seconds() / 60))]


@st.composite
def holed_worlds(draw):
    document, first = draw(worlds())
    base = datetime.combine(first, datetime.min.time(), UTC)
    moments = st.integers(0, SPAN * 86_400).map(lambda n: base + timedelta(seconds=n))
    holes = draw(st.lists(st.tuples(moments, moments).map(sorted), max_size=4))
    return Calendar.from_dict(document).with_holes(holes), moments, holes


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_laws(data):
    calendar, moments, holes = data.draw(holed_worlds())
    a, b, c = sorted(data.draw(st.tuples(moments, moments, moments)))
    seconds = data.draw(st.integers(0, 40 * HOUR))

    assert calendar.between(a, b) + calendar.between(b, c) == calendar.between(a, c)
    periods = calendar.periods(a, c)
    assert sum((end - start).total_seconds() for start, end in periods) == calendar.between(a, c)
    assert all(a <= start < end <= c for start, end in periods)
    assert not any(start < hole[1] and hole[0] < end for start, end in periods for hole in holes)

    due = calendar.add(a, seconds)
    assert calendar.between(a, due) == seconds
    assert due == a or calendar.between(a, due - timedelta(seconds=1)) == seconds - 1  # the earliest
    since = calendar.subtract(c, seconds)
    assert calendar.between(since, c) == seconds
    assert since == c or calendar.between(since + timedelta(seconds=1), c) == seconds - 1  # the latest
    if seconds:
        assert calendar.add(since, seconds) <= c and calendar.subtract(due, seconds) >= a


@settings(max_examples=100, deadline=None)
@given(worlds())
def test_law_of_the_document(world):
    calendar = Calendar.from_dict(world[0])
    assert Calendar.from_dict(calendar.to_dict()) == calendar
    assert Calendar.from_dict(calendar.to_dict()).to_dict() == calendar.to_dict()


def test_the_order_of_the_questions_does_not_matter():
    questions = [("2031-05-01", 2031), ("1999-02-01", 1999), ("2026-07-01", 2026), ("1971-08-01", 1971)]
    for order in (questions, questions[::-1]):
        calendar = week("America/New_York", [["08:30", "18:15"]], holidays=[order[0][0]])
        assert [
            calendar.between(at(f"{year}-01-01T00:00", UTC), at(f"{year + 1}-01-01T00:00", UTC))
            - calendar.between(at(f"{year}-06-01T00:00", UTC), at(f"{year + 1}-01-01T00:00", UTC))
            - calendar.between(at(f"{year}-01-01T00:00", UTC), at(f"{year}-06-01T00:00", UTC))
            for _, year in order
        ] == [0, 0, 0, 0]
        assert calendar.between(at("1971-01-01T12:00", UTC), at("1971-01-08T12:00", UTC)) == 7 * 35_100
        assert calendar.between(at("2031-01-01T12:00", UTC), at("2031-01-08T12:00", UTC)) == 7 * 35_100
