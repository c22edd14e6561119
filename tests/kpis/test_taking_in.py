from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from kpis import actions, facts
from kpis.intake import rows as r
from kpis.intake.rows import RowError
from kpis.models import Case, Delivery, DirtyDay, ObservedSpan, Outage, Sample
from records.models import AuditEntry
from tests.kpis.build import JULY, case, deliver, make_bound, observed, outage, sample, stream, utc
from tests.race import race

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk():
    agreement, person = make_bound()
    return stream(agreement, "desk-cases"), person


@pytest.fixture
def log():
    agreement, person = make_bound()
    return stream(agreement, "canvas-lms"), person


def counts(delivery):
    return delivery.added, delivery.unchanged, delivery.revised, delivery.refused


def reasons(caught):
    return [(error.number, error.column) for error in caught.value.errors]


def test_rows_are_taken_in_with_their_delivery(desk):
    indicator, person = desk

    delivery = deliver(indicator, [case(closed="2026-05-06T16:30"), case("INC-2")], person)

    assert counts(delivery) == (2, 0, 0, 0)
    assert set(Case.objects.values_list("delivery_id", "revision")) == {(delivery.pk, 0)}
    entry = AuditEntry.objects.get(verb="data.taken_in")
    assert (entry.actor, entry.target_id, entry.data["added"]) == (person, delivery.pk, 2)
    assert entry.scope == indicator.targets.first().agreement.reference


def test_delivered_twice_is_unchanged(desk):
    indicator, person = desk
    rows = [case(closed="2026-05-06T16:30"), case("INC-2")]
    deliver(indicator, rows, person)
    DirtyDay.objects.all().delete()

    again = deliver(indicator, rows, person)

    assert counts(again) == (0, 2, 0, 0)
    assert (Case.objects.count(), DirtyDay.objects.count()) == (2, 0)


def test_another_value_needs_a_reason(desk):
    indicator, person = desk
    deliver(indicator, [case(closed="2026-05-06T16:30")], person)
    changed = case(closed="2026-05-06T17:30")

    with pytest.raises(actions.Refused) as caught:
        deliver(indicator, [changed], person)
    assert reasons(caught) == [(1, "closed_at")]

    assert counts(deliver(indicator, [changed], person, reason="Closed by mistake")) == (0, 0, 1, 0)
    assert Case.objects.count() == 2
    current = facts.cases_opened(indicator.pk, utc("2026-05-01T00:00"), JULY).get()
    assert current.closed_at == changed.closed_at


@pytest.mark.parametrize("change", [{"priority": 2}, {"at": utc("2026-05-04T15:01")}, {"closed_at": None}])
def test_each_figure_of_a_case_needs_a_reason(desk, change):
    indicator, person = desk
    known = case(closed="2026-05-06T16:30")
    deliver(indicator, [known], person)

    with pytest.raises(actions.Refused):
        deliver(indicator, [replace(known, **change)], person)
    deliver(indicator, [replace(known, **change)], person, reason="Corrected by the desk")

    current = facts.cases_opened(indicator.pk, utc("2026-05-01T00:00"), JULY).get()
    assert {name: getattr(current, name) for name in change} == change


def test_what_was_open_may_close_without_a_reason(desk, log):
    indicator, person = desk
    deliver(indicator, [case()], person)

    later = deliver(indicator, [case(closed="2026-05-06T16:30", facts={"reassignments": "2"})], person)

    assert counts(later) == (0, 0, 1, 0)


def test_an_outage_may_end_without_a_reason(log):
    indicator, person = log
    deliver(indicator, [outage(up=None)], person)

    assert counts(deliver(indicator, [outage()], person)) == (0, 0, 1, 0)
    with pytest.raises(actions.Refused):
        deliver(indicator, [outage(up="2026-05-08T04:00")], person)


def test_observation_grows_without_a_reason(log):
    indicator, person = log
    deliver(indicator, [observed(until="2026-06-01T00:00")], person)

    grown = deliver(indicator, [observed(until="2026-06-01T00:00"), observed()], person)

    assert counts(grown) == (1, 1, 0, 0)
    assert ObservedSpan.objects.count() == 2


def test_all_or_nothing(desk):
    indicator, person = desk

    with pytest.raises(actions.Refused) as caught:
        deliver(indicator, [case(), case("INC-2", priority=9), case("INC-3", priority=-1)], person)

    assert reasons(caught) == [(2, "priority"), (3, "priority")]
    assert not Case.objects.exists() and not Delivery.objects.exists() and not DirtyDay.objects.exists()


def test_good_rows_only(desk):
    indicator, person = desk
    unread = [RowError(9, "opened_at", "Is not a time")]

    delivery = deliver(
        indicator, [case(), case("INC-2", priority=9)], person, only_good=True, unread=unread
    )

    assert counts(delivery) == (1, 0, 0, 2)
    assert delivery.rows == 3


@pytest.mark.parametrize("rows", [[], [case(priority=9)]])
def test_good_rows_only_without_a_good_row(desk, rows):
    indicator, person = desk

    with pytest.raises(actions.Refused):
        deliver(indicator, rows, person, only_good=True, unread=[RowError(9, "opened_at", "Is not a time")])


@pytest.mark.parametrize("wrong", [{"source": "x" * 81}, {"source": "\x00"}, {"reason": "x" * 201}])
def test_a_wrong_source_refuses_every_row(desk, wrong):
    indicator, person = desk

    with pytest.raises(actions.Refused) as caught:
        deliver(indicator, [case()], person, only_good=True, **wrong)
    assert caught.value.errors[0].number == 0


def test_sources_do_not_overwrite_each_other(log):
    indicator, person = log
    deliver(indicator, [outage()], person, source="probe")

    deliver(indicator, [outage(up="2026-05-08T04:00")], person, source="log")

    assert Outage.objects.count() == 2


def test_the_days_that_a_row_touches_are_dirty(log):
    indicator, person = log

    deliver(indicator, [outage()], person)

    assert [day.isoformat() for day in DirtyDay.objects.values_list("day", flat=True)] == [
        "2026-05-07", "2026-05-08",
    ]


def test_a_late_row_makes_only_its_day_dirty(desk):
    indicator, person = desk
    deliver(indicator, [case(f"INC-{n}", f"2026-05-{n:02}T15:00") for n in range(1, 29)], person)
    DirtyDay.objects.all().delete()

    deliver(indicator, [case("INC-99", "2026-05-12T10:00")], person)

    assert [str(day) for day in DirtyDay.objects.values_list("day", flat=True)] == ["2026-05-12"]


def test_a_correction_makes_the_old_day_dirty_too(desk):
    indicator, person = desk
    deliver(indicator, [case(closed="2026-05-06T16:30")], person)
    DirtyDay.objects.all().delete()

    deliver(indicator, [case(closed="2026-05-08T16:30")], person, reason="Reopened")

    assert {str(day) for day in DirtyDay.objects.values_list("day", flat=True)} == {
        "2026-05-04", "2026-05-06", "2026-05-08",
    }


def test_the_facts_of_an_earlier_delivery_can_still_be_read(desk):
    indicator, person = desk
    first = deliver(indicator, [case(closed="2026-05-06T16:30")], person)
    deliver(indicator, [case(closed="2026-05-07T16:30"), case("INC-2")], person, reason="Reopened")

    before = facts.cases_opened(indicator.pk, utc("2026-05-01T00:00"), JULY, first.pk)

    assert [(each.external_id, each.closed_at) for each in before] == [("INC-1", utc("2026-05-06T16:30"))]
    assert facts.latest_delivery(indicator) > first.pk


@pytest.mark.parametrize("value", ["4", "0.1234567891", "-99999999999999.9", "123456789012345", "1E+3"])
def test_a_value_comes_back_exactly(value):
    agreement, person = make_bound()
    indicator = stream(agreement, "satisfaction")

    deliver(indicator, [sample(value=value)], person)

    assert Sample.objects.get().value == Decimal(value)
    assert counts(deliver(indicator, [sample(value=value)], person)) == (0, 1, 0, 0)


def test_seventeen_thousand_rows_take_seconds(desk, django_assert_max_num_queries):
    """The limit is on statements: SQLite takes 999 values in one, PostgreSQL 2,000 rows."""
    indicator, person = desk
    rows = [
        r.Case(f"INC-{n}", utc("2026-05-01T00:00") + timedelta(seconds=n), 3, facts={"made_sla": "1"})
        for n in range(17_000)
    ]

    with django_assert_max_num_queries(300 if connection.vendor == "sqlite" else 60):
        delivery = deliver(indicator, rows, person)

    assert delivery.added == 17_000


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_deliver_the_same_rows_at_once():
    """Red without the lock on the indicator: somebody's insert meets the other's key."""
    agreement, person = make_bound()
    indicator = stream(agreement, "desk-cases")

    results = race(lambda: deliver(indicator, [case(), case("INC-2")], person))

    assert [result for result in results if isinstance(result, Exception)] == []
    assert sorted(counts(result) for result in results) == [(0, 2, 0, 0)] * 7 + [(2, 0, 0, 0)]
