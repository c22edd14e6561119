from datetime import date

import pytest

from agreements.businesstime import Calendar
from agreements.openinghours import OpeningHours

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
