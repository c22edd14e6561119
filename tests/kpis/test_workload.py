"""The limits up to which targets hold: counted in their windows, beside the targets, and when they were passed."""

from types import SimpleNamespace

import pytest
from django.urls import reverse

from agreements import terms as t
from kpis import actions, board, workload
from kpis.models import Period
from reports import happened
from tests.factories import make_member, make_terms
from tests.kpis.build import case, deliver, make_executed, stream, utc

pytestmark = pytest.mark.django_db
MAY, JUNE, JUNE_2, JUNE_9 = (utc(f"2026-{day}T00:00") for day in ("05-01", "06-01", "06-02", "06-09"))
OPENED = ["2026-05-01T00:00", "2026-05-04T10:00", "2026-05-31T23:59:59", "2026-06-01T00:00"]


def limit(most=2, unit="Incidents", period="month", key="w"):
    return t.WorkloadLimit(key, "Incidents a month", most, unit, period)


def measured(*limits, now=JUNE_9):
    agreement, person = make_executed(make_terms(workload=list(limits)), now=now)
    rows = [case(f"INC-{number}", at) for number, at in enumerate(OPENED)]
    deliver(stream(agreement, "desk-cases"), rows, person, at=JUNE_2)
    return agreement, person, agreement.versions.get()


def test_what_was_opened_in_the_window_and_when_the_limit_was_passed():
    _agreement, _person, version = measured(limit(2), limit(3, key="x"))

    passed, held = workload.volumes(version, MAY, JUNE, JUNE_9)

    assert (passed.count, passed.over, passed.passed_at, passed.window) == (3, True, utc(OPENED[2]), "May 2026")
    assert (held.count, held.over, held.passed_at) == (3, False, None)
    assert (passed.said, passed.limit) == ("3", "2\N{NO-BREAK SPACE}Incidents")


def test_a_limit_has_its_own_window_and_counts_what_is_over_of_it():
    _agreement, _person, version = measured(limit(3, period="quarter"))

    (in_may,) = workload.volumes(version, MAY, JUNE, JUNE_9)
    (until_may,) = workload.volumes(version, MAY, JUNE, JUNE)

    assert (in_may.label, in_may.count, until_may.count) == ("2026-Q2", 3, None)
    (quarter,) = workload.volumes(version, utc("2026-04-01T00:00"), utc("2026-07-01T00:00"), JUNE_9)
    assert (quarter.count, quarter.passed_at) == (4, utc(OPENED[3]))


@pytest.mark.parametrize("unit, period", [("GB", "month"), ("incidents", "trailing"), ("incidents", "contract_year")])
def test_what_no_delivery_counts_is_not_measured(unit, period):
    _agreement, _person, version = measured(limit(2, unit, period))

    (volume,) = workload.volumes(version, MAY, JUNE, JUNE_9)

    assert (volume.count, volume.over, volume.said) == (None, False, "–")


def test_one_case_known_to_two_sources_counts_once_and_one_that_was_changed_as_it_is():
    agreement, person, version = measured(limit())
    desk = stream(agreement, "desk-cases")
    deliver(desk, [case("INC-1", OPENED[1])], person, at=JUNE_2, source="mirror")
    deliver(desk, [case("INC-0", "2026-05-02T00:00")], person, at=JUNE_9, reason="Logged late")

    assert workload.volumes(version, MAY, JUNE, JUNE_9)[0].count == 3


def test_a_closed_period_keeps_what_was_known_at_its_close(client):
    agreement, person, _version = measured(limit(3))
    actions.close_due(now=utc("2026-06-03T00:00"))
    deliver(stream(agreement, "desk-cases"), [case("INC-9", "2026-05-20T00:00")], person, at=JUNE_9)
    client.force_login(person)

    page = client.get(reverse("kpis:kpi", args=[agreement.reference, "K2"]) + "?period=2026-05")

    assert [each.count for each in page.context["volumes"]] == [3]


def test_dashboard_and_kpi_page_show_them_beside_the_targets(client):
    agreement, _person, _version = measured(limit(2), limit(5, key="x"), limit(5, "GB", key="y"))
    client.force_login(make_member(agreement.client, "client"))

    board_ = client.get(reverse("kpis:dashboard", args=[agreement.reference]) + "?month=2026-05")
    page = client.get(reverse("kpis:kpi", args=[agreement.reference, "K1"]) + "?period=2026-05")

    for answer in (board_, page):
        text = answer.content.decode()
        assert all(words in text for words in ("limit passed", "within the limit", "not measured"))
    assert "Workload limit passed: Incidents a month, May 2026" in page.content.decode()
    assert "are promised up to that limit" in page.content.decode()


def test_a_report_tells_the_same():
    agreement, _person, version = measured(limit(2))
    actions.close_due(now=JUNE_9)
    readings = [board.read(each, JUNE_9) for each in Period.objects.filter(state="closed")]
    span = SimpleNamespace(version=version, lo=MAY, hi=JUNE)

    (row,) = happened.workload(span, readings)

    assert row["counts"] == [
        {"label": "2026-05", "name": "May 2026", "count": 3, "over": True, "passed_at": "2026-05-31T23:59:59+00:00"}
    ]


def test_no_limit_asks_nothing(django_assert_num_queries):
    _agreement, _person, version = measured()

    with django_assert_num_queries(0):
        assert workload.volumes(version, MAY, JUNE, JUNE_9) == []
