"""KPIs that count or time outages: from the signed terms to a closed result, an exclusion of it, and its page."""

from fractions import Fraction

import pytest
from django.urls import reverse

from agreements.sentences import sentence
from kpis import backtest, method, periods
from kpis.models import Period
from kpis.reading import Reading
from tests.factories import make_member
from tests.kpis.build import deliver, observed, outage, stream, utc
from tests.kpis.claims import approved
from tests.kpis.test_kinds import JUNE_9, closed, figure, kpi, signed

pytestmark = pytest.mark.django_db
MAY_20 = utc("2026-05-20T12:00")
ROWS = [
    observed(until="2026-06-09T00:00"),
    outage("2026-04-30T23:00", "2026-05-01T01:00"),  # begins in April
    outage("2026-05-04T10:00", "2026-05-04T10:04:59"),  # too short
    outage("2026-05-05T10:00", "2026-05-05T11:00"),
    outage("2026-05-10T02:00", "2026-05-10T05:00"),
    outage("2026-05-31T23:00", "2026-06-01T02:00"),  # ends in June
]
NUMBER = {"of": "outages", "minimum_run": 300}


def number(target="2", **kwargs):
    return kpi("count", op="<=", target=target, unit="outages", params=NUMBER, calendar="always", **kwargs)


def longest(**kwargs):
    params = {"of": "outages", "aggregate": "max"}
    return kpi("value", "K2", op="<=", target="2", unit="h", params=params, calendar="always", **kwargs)


def test_outages_are_counted_and_timed_from_the_same_log():
    agreement, person = signed(number(), longest())
    deliver(stream(agreement, "it"), ROWS, person, at=JUNE_9)

    counted, timed = closed(agreement, "K1"), closed(agreement, "K2")

    assert (figure(counted), counted.verdict) == (3, "breached")
    assert (figure(timed), timed.verdict) == (3, "breached")
    assert Fraction(counted.outcome["coverage"]) == 1
    tried = backtest.run(agreement.versions.get().read_terms(), number(), stream(agreement, "it"), now=JUNE_9)
    assert tried.tried[-1].outcome.value == 3


def test_an_excluded_one_does_not_count():
    agreement, person = signed(number(exclusions=["maintenance"]), longest(exclusions=["maintenance"]), now=MAY_20)
    deliver(stream(agreement, "it"), ROWS[:-1], person, at=JUNE_9)
    approved(agreement, person, make_member(agreement.provider, "provider"), kpis=["K1", "K2"], minutes=180)

    counted, timed = closed(agreement, "K1"), closed(agreement, "K2")

    assert (figure(counted), counted.outcome["gross"], counted.verdict) == (1, "2", "met")
    assert (figure(timed), timed.outcome["gross"]) == (1, "3")


def test_one_too_many_is_lost_at_that_moment():
    agreement, person = signed(number("1"), now=MAY_20)
    deliver(stream(agreement, "it"), [observed(until="2026-05-20T12:00"), *ROWS[3:5]], person, at=MAY_20)
    period = Period.objects.get(target__agreement=agreement, label="2026-05")

    assert periods.lost(period, MAY_20).value == 2


def test_what_people_read(client):
    agreement, person = signed(number(), longest())
    deliver(stream(agreement, "it"), ROWS, person, at=JUNE_9)
    result = closed(agreement)
    client.force_login(person)

    page = client.get(result.period.get_absolute_url())

    assert page.status_code == 200
    for key, days in (("K1", {5, 10, 31}), ("K2", {4, 5, 10, 31})):
        shown = client.get(reverse("kpis:kpi", args=[agreement.reference, key]) + "?period=2026-05")
        assert {row["day"].day for row in shown.context["chart"]["rows"]} == days
        rows = client.get(reverse("kpis:rows_csv", args=[agreement.reference, key]) + "?period=2026-05")
        assert b"2026-05-10T02:00:00+00:00,2026-05-10T05:00:00+00:00,10800,10800" in rows.content
    assert b"What went down" in page.content and page.content.count(b"1\xc2\xa0h") >= 1
    reading = Reading(result.period, result.outcome, result, JUNE_9)
    assert reading.share == "3 outages"
    assert "begins" in " ".join(method.lines(result.period.target.spec))
    terms = agreement.versions.get().read_terms()
    assert sentence(terms, number()) == "At most 2 outages of 5 min or longer; one more is a miss at once."
    assert sentence(terms, longest()) == "No outage is longer: each lasts at most 2 h."
