"""Holidays as governments publish them."""

from datetime import date

import pytest

from agreements import publicholidays


def names(place, *years):
    return {each.day.isoformat(): each.name for each in publicholidays.proposed(place, years)}


def test_england_has_the_bank_holidays_that_its_government_lists_for_2027():
    found = names("GB-ENG", 2027)
    assert found["2027-03-26"] == "Good Friday"
    assert {"2027-01-01", "2027-03-29", "2027-05-03", "2027-05-31", "2027-08-30"} < found.keys()
    assert {"2027-12-27", "2027-12-28"} < found.keys()  # Christmas falls on a weekend: the days instead


def test_a_part_of_a_country_has_its_own_days_beside_those_of_all():
    bavaria, germany = names("DE-BY", 2026), names("DE", 2026)
    assert germany["2026-10-03"] == bavaria["2026-10-03"] == "German Unity Day"
    assert "2026-01-06" in bavaria and "2026-01-06" not in germany


def test_several_years_come_in_order():
    days = [each.day for each in publicholidays.proposed("NO", [2027, 2026])]
    assert days == sorted(days)
    assert date(2026, 5, 17) in days and date(2027, 5, 17) in days


@pytest.mark.parametrize("place", ["", "XX", "GB-XYZ", "gb", "HolidayBase", "DE-BY-"])
def test_a_place_that_is_not_known_is_refused(place):
    with pytest.raises(ValueError, match="no holidays"):
        publicholidays.proposed(place, [2027])


def test_every_place_on_offer_is_known():
    places = [f"{country}-{part}" for country in publicholidays.countries() for part in publicholidays.parts(country)]
    assert "GB-ENG" in places
    assert publicholidays.countries()["DE"] == "Germany"
    for place in ("GB-ENG", "DE-BY", "CH-ZH", "US-CA"):
        assert place in places and names(place, 2027)
