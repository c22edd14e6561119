from decimal import Decimal

import pytest

from agreements import printing, tables
from agreements import terms as t
from tests.factories import make_terms

ALWAYS = {day: [["00:00", "24:00"]] for day in tables.DAYS}


@pytest.mark.parametrize(
    "seconds, words",
    [
        (0, "at once"),
        (1, "1 second"),
        (5400, "1 hour 30 minutes"),
        (86400, "24 hours"),
        (2 * 86400, "2 days"),
        (3 * 86400 + 3600, "3 days 1 hour"),
        (49 * 3600, "2 days 1 hour"),
    ],
)
def test_durations_in_whole_units(seconds, words):
    assert tables.duration(seconds) == words


@pytest.mark.parametrize(
    "amount, words",
    [
        ("125", "EUR\xa0125.00"),
        ("1234567.5", "EUR\xa01,234,567.50"),
        ("0.125", "EUR\xa00.125"),
        ("1E+3", "EUR\xa01,000.00"),
    ],
)
def test_money_is_never_rounded(amount, words):
    assert tables.money(Decimal(amount), "EUR") == words


def test_credits_carry_their_amounts():
    (row,) = tables.credits(make_terms())
    assert [(tier["range"], tier["amount"]) for tier in row["tiers"]] == [
        ("from 99\xa0% to below 99.5\xa0%", "EUR\xa0125.00"),
        ("from 0\xa0% to below 99\xa0%", "EUR\xa0250.00"),
    ]


def test_days_with_the_same_hours_stand_together():
    calendar = t.CalendarTerm("c", "Desk", "UTC", {
        "mon": [["08:00", "12:00"], ["13:00", "18:00"]], "tue": [["08:00", "18:00"]], "wed": [["08:00", "18:00"]],
    })
    assert list(tables.week(calendar)) == [
        ("Monday", "08:00–12:00, 13:00–18:00"),
        ("Tuesday to Wednesday", "08:00–18:00"),
        ("Thursday to Sunday", "closed"),
    ]


@pytest.mark.parametrize(
    "change, always",
    [
        ({}, True),
        ({"schedule": ALWAYS | {"sun": []}}, False),
        ({"holidays": ["2026-12-25"]}, False),
        ({"special_hours": {"2026-12-24": []}}, False),
    ],
)
def test_day_and_night_means_every_day(change, always):
    fields = {"key": "c", "name": "Always", "timezone": "UTC", "schedule": ALWAYS} | change
    assert tables.always_open(t.CalendarTerm(**fields)) is always


def test_a_level_shows_both_sides_and_who_holds_its_positions():
    first, second = tables.matrix(make_terms(), {"p-desk": "Daniel"})
    assert [(position.key, who) for position, who in first["provider"]] == [("p-desk", "Daniel")]
    assert first["told"] == "at once"
    assert [position.key for position, _who in second["client"]] == ["c-head"]
    assert (second["told"], second["ack"]) == ("after 4 hours", "3 days")


@pytest.mark.parametrize(
    "term, start",
    [
        (t.Term("2026-05-01", None, notice_days=1), "It has no fixed end; either party may end it with 1 day's"),
        (t.Term("2026-05-01", "2027-04-30", "automatic", 12, 90), "It renews by 12 months unless one party gives 90"),
        (t.Term("2026-05-01", "2027-04-30", "by_agreement"), "It renews only if both"),
        (t.Term("2026-05-01", "2027-04-30"), "It ends on that day"),
    ],
)
def test_the_end_of_the_term_in_a_sentence(term, start):
    assert tables.renewal(make_terms(term=term)).startswith(start)


def test_requirements_name_the_kpis_that_answer_them():
    (row,) = printing.requirements(make_terms())
    assert row["answered"] == ["K1"]
