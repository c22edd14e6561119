"""From a figure down to the rows of a day, and the files of what is shown."""

import csv
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from django.urls import reverse

from kpis import actions, board, daily, roomchart
from kpis.intake.rows import Sample
from kpis.models import Period, PeriodResult
from tests.factories import make_member
from tests.kpis.build import case, deliver, make_bound, observed, outage, stream, utc
from tests.kpis.test_kinds import CALENDARS, JUNE_9, closed, kpi, signed, value

pytestmark = pytest.mark.django_db
MAY, JUNE = utc("2026-05-01T00:00"), utc("2026-06-01T00:00")


@pytest.fixture
def world(client):
    """May closed with an outage over midnight that was revised twice: before the close, and after it."""
    agreement, person = make_bound(now=JUNE_9)
    log = stream(agreement, "canvas-lms")
    at = utc("2026-06-02T09:00")
    down = "2026-05-07T20:00"
    rows = [observed(until="2026-06-01T00:00"), outage(down, "2026-05-08T02:00", external_id="O-1")]
    deliver(log, rows, person, at=at)
    deliver(log, [outage(down, "2026-05-08T01:00", external_id="O-1")], person, at=at, reason="Up again earlier")
    actions.close_due(now=JUNE_9)
    deliver(log, [outage(down, "2026-05-08T00:30", external_id="O-1")], person, at=JUNE_9, reason="Earlier still")
    agreement.person = person
    client.force_login(make_member(agreement.client, "client"))
    return agreement


def day(client, agreement, on, key="K1", query=""):
    return client.get(f"{reverse('kpis:day', args=[agreement.reference, key])}?day={on}{query}")


def test_a_day_shows_each_row_with_its_revisions_and_where_they_came_from(client, world):
    outages, watched = day(client, world, "2026-05-08").context["sheets"]

    assert [(line.fact.revision, line.newest, line.late) for line in outages.lines] == [
        (2, True, True), (1, False, False), (0, False, False),
    ]  # fmt: skip
    assert [line.delivery.reason for line in outages.lines] == ["Earlier still", "Up again earlier", ""]
    assert len(watched.lines) == 1
    text = day(client, world, "2026-05-07").content.decode()
    assert "came after the close" in text and "before, does not count" in text and world.person.name in text
    # 4 h of the seven lie on the 7th; the closed result knows 5 h in all.
    assert day(client, world, "2026-05-07").context["down"].replace("\N{NO-BREAK SPACE}", " ") == "4 h"


def test_a_day_without_rows_says_so(client, world):
    text = day(client, world, "2026-05-20").content.decode()
    assert "Nothing was delivered about this day." in text


@pytest.mark.parametrize("on", ["", "x", "2026-02-30", "2026-04-30", "0001-01-01", "9999-12-31", "2027-01-01", "%00"])
def test_a_day_that_is_none_or_not_measured_is_not_found(client, world, on):
    assert day(client, world, on).status_code == 404


def test_the_day_as_a_file_has_every_revision(client, world):
    answer = day(client, world, "2026-05-08", query="&csv=1")

    rows = [row for row in csv.reader(answer.content.decode().splitlines()) if not row[0].startswith("#")]
    assert [row[3] for row in rows if row[0] == "Outages"] == ["counts", "earlier", "earlier"]
    assert ["2026-05-07T20:00:00+00:00", "2026-05-08T00:30:00+00:00", "O-1"] in [row[6:] for row in rows]


def test_the_rows_of_a_period_as_a_file_are_those_that_the_result_knows(client, world):
    answer = client.get(reverse("kpis:rows_csv", args=[world.reference, "K1"]) + "?period=2026-05")

    lines = answer.content.decode().splitlines()
    rows = [row for row in csv.reader(lines) if not row[0].startswith("#")]
    assert rows == [
        ["from", "until", "lasted_seconds", "counted_seconds"],
        ["2026-05-07T20:00:00+00:00", "2026-05-08T01:00:00+00:00", "18000", "18000"],
    ]
    exact = PeriodResult.objects.get(period__target__key="K1", period__label="2026-05").outcome["value"]
    assert exact in lines[2] and "2026-05" in lines[1]
    assert answer["Content-Disposition"].endswith('-K1-2026-05.csv"')


@pytest.mark.parametrize("key, first", [("K2", "case"), ("K3", "case"), ("K4", "at")])
def test_every_kind_has_its_file(client, world, key, first):
    rows = [case("=1+1", "2026-05-04T15:00", "2026-05-25T16:30")]
    deliver(stream(world, "desk-cases"), rows, world.person, at=JUNE_9)

    answer = client.get(reverse("kpis:rows_csv", args=[world.reference, key]) + "?period=2026-05")

    found = [row for row in csv.reader(answer.content.decode().splitlines()) if not row[0].startswith("#")]
    assert found[0][0] == first
    assert all(not row[0].startswith("=") for row in found)


def test_where_the_allowed_downtime_went(client, world):
    period = Period.objects.get(target__agreement=world, target__key="K1", label="2026-05")
    found = roomchart.left(board.read(period, JUNE_9))

    allowed = Fraction(31 * 86400, 200)  # 0.5 % of May
    assert found.allowed == allowed
    assert [left for _at, left in found.corners][-1] == allowed - 5 * 3600
    assert found.gone_at - utc("2026-05-07T20:00") == timedelta(seconds=float(allowed))
    drawn = roomchart.picture(found)
    assert "used up on 7 May, 23:43" in drawn.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("aggregate, figure", [("avg", 20), ("max", 30), ("min", 10), ("sum", 60), ("percentile", 30)])
@pytest.mark.parametrize("rolled", [True, False])
def test_each_day_of_values_is_the_figure_of_its_own_rows(aggregate, figure, rolled):
    params = {"aggregate": aggregate} | ({"percentile": "95"} if aggregate == "percentile" else {})
    agreement, person = signed(
        kpi("value", op="<=", target="25", unit="ms", params=params, calendar="always"), zone="Europe/Brussels"
    )
    rows = [value("2026-05-03T22:30", 10), value("2026-05-04T12:00", 20), value("2026-05-04T21:59", 30)]
    deliver(stream(agreement, "it"), rows, person, at=JUNE_9)
    if rolled:
        actions.roll_up(now=JUNE_9)

    reading = board.read(closed(agreement).period, JUNE_9)

    found = {each.day: each.value for each in daily.measured(reading)}
    assert found.pop(date(2026, 5, 4)) == figure
    assert set(found.values()) == {None} and len(found) == 30


def test_the_day_of_a_share_and_of_service_hours():
    agreement, person = signed(kpi("ratio", target="95", params={"method": "sum"}, calendar="desk"))
    rows = [
        Sample(utc("2026-05-04T15:00"), Decimal(8), total=Decimal(10)),
        Sample(utc("2026-05-04T14:59"), Decimal(0), total=Decimal(10)),  # the desk is closed
    ]
    deliver(stream(agreement, "it"), rows, person, at=JUNE_9)
    assert "desk" in CALENDARS

    reading = board.read(closed(agreement).period, JUNE_9)

    assert {each.value for each in daily.measured(reading)} == {None, 80}


def test_late_cases_stand_on_the_day_they_ended(client, world):
    desk = stream(world, "desk-cases")
    rows = [case("A", "2026-05-25T15:00", "2026-06-08T15:00"), case("B", "2026-06-01T15:00")]
    deliver(desk, rows, world.person, at=JUNE_9 + timedelta(days=1))
    period = Period.objects.get(target__agreement=world, target__key="K2", label="2026-06")

    found = {each.day: each.value for each in daily.late(board.read(period, JUNE_9 + timedelta(days=2)))}

    assert {on.day: count for on, count in found.items() if count} == {8: 1, 10: 1}  # B is open still
