"""Each thing that makes a row wrong, and the border beside it that is right."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest

from kpis.intake import rows as r
from tests.kpis.build import JULY, case, observed, outage, sample, utc


def complaints(*rows, kind, **kwargs):
    return [(error.number, error.column) for error in r.errors(rows, kind=kind, now=JULY, **kwargs)]


@pytest.mark.parametrize("kind, row", [
    ("cases", case(closed="2026-05-04T15:00", resolved="2026-05-04T15:00")),
    ("cases", case(closed="2026-07-03T12:00")),
    ("cases", case("x" * 80)),
    ("outages", outage(up=None)),
    ("outages", observed()),
    ("values", sample(value="-12345.6789012345")),
    ("values", sample(value="99999999999999.9")),
    ("values", sample(value="1E+5")),
    ("scores", sample(value="0")),
])
def test_good_rows(kind, row):
    assert complaints(row, kind=kind) == []


@pytest.mark.parametrize("kind, row, column", [
    ("cases", case(closed="2026-07-03T12:00:01"), "closed_at"),
    ("cases", case(opened="2026-07-03T12:00:01"), "opened_at"),
    ("cases", case(resolved="2026-05-04T14:59:59"), "resolved_at"),
    ("cases", case(closed="2026-05-04T14:59:59"), "closed_at"),
    ("cases", case(opened="1026-05-04T15:00"), "opened_at"),
    ("cases", case(""), "external_id"),
    ("cases", case("x" * 81), "external_id"),
    ("cases", case("x\x00"), "external_id"),
    ("cases", case(priority=-1), "priority"),
    ("cases", replace(case(), at=datetime(2026, 5, 4, 15)), "opened_at"),  # noqa: DTZ001
    ("cases", outage(), ""),
    ("outages", outage(up="2026-05-07T20:50:59"), "up_at"),
    ("outages", observed(until="2026-05-01T00:00"), "observed_until"),
    ("outages", observed(until="2026-07-03T12:00:01"), "observed_until"),
    ("outages", sample(), ""),
    ("values", sample(value="NaN"), "value"),
    ("values", sample(value="Infinity"), "value"),
    ("values", sample(value="0.00000000001"), "value"),
    ("values", sample(value="123456789012345.6"), "value"),
    ("values", sample(value="1E+15"), "value"),
    ("values", sample(at="2026-07-03T12:00:01"), "at"),
    ("values", sample(evidence="x" * 2001), "evidence"),
])
def test_bad_rows(kind, row, column):
    assert complaints(row, kind=kind) == [(1, column)]


def test_a_priority_that_no_agreement_knows():
    assert complaints(case(priority=5), kind="cases", priorities={1, 2, 3, 4}) == [(1, "priority")]
    assert complaints(case(priority=4), kind="cases", priorities={1, 2, 3, 4}) == []


def test_a_wrong_unit():
    assert complaints(sample(unit="s"), kind="values", unit="ms") == [(1, "unit")]
    assert complaints(sample(unit="ms"), sample(who="8"), kind="values", unit="ms") == []


def test_the_same_key_twice_in_one_delivery():
    assert complaints(case(), case(priority=2), kind="cases") == [(2, "external_id")]
    assert complaints(sample(), sample(value="5"), kind="scores") == [(2, "external_id")]
    assert complaints(sample(), sample(at="2026-06-30T23:59:59"), sample(who="8"), kind="scores") == []


def test_errors_name_the_number_that_the_parser_gave():
    wrong = replace(case("INC-2", priority=100), number=17)

    assert complaints(case(), wrong, kind="cases") == [(17, "priority")]


@pytest.mark.parametrize("value, too_long", [
    ("1" * 15, False), ("1" * 16, True), ("0.1234567890", False), ("0.12345678901", True), ("0", False),
    ("0.000", False), ("12345678901234567890.123456789012", True), ("1E-10", False), ("1E-11", True),
])
def test_digits_are_counted_exactly(value, too_long):
    assert bool(complaints(r.Sample(utc("2026-05-01T00:00"), Decimal(value)), kind="values")) == too_long
