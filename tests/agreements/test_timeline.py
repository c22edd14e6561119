from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from agreements.businesstime import Calendar


def at(text, zone):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def week(zone, hours, **more):
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    return Calendar.from_dict({"timezone": zone, "schedule": dict.fromkeys(days, hours), **more})


@pytest.mark.parametrize(
    "zone, first, last, seconds",
    [
        ("Europe/Brussels", "2026-03-01", "2026-04-01", 2_674_800),
        ("Europe/Brussels", "2026-10-01", "2026-11-01", 2_682_000),
        ("Europe/Brussels", "2026-06-01", "2026-07-01", 2_592_000),
        ("Australia/Lord_Howe", "2026-04-05", "2026-04-06", 88_200),  # half an hour longer
        ("Australia/Lord_Howe", "2026-10-04", "2026-10-05", 84_600),
        ("Pacific/Apia", "2011-12-29", "2012-01-01", 2 * 86_400),  # the 30th does not exist
        ("America/Havana", "2026-03-07", "2026-03-09", 47 * 3600),  # changes at midnight
        ("America/Havana", "2026-10-31", "2026-11-02", 49 * 3600),
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
        ("Europe/Brussels", "2026-03-29", ["02:00", "03:00"], []),
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
