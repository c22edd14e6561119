from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django_fsm import TransitionNotAllowed

from kpis import actions, facts, results
from kpis.models import Credit, Period, PeriodResult, Standing
from records.models import AuditEntry
from tests.factories import make_member, make_terms, make_version
from tests.flush import triggers_off
from tests.kpis import real
from tests.kpis.build import (
    JULY,
    case,
    deliver,
    make_bound,
    make_executed,
    observed,
    outage,
    sample,
    stream,
    utc,
)

pytestmark = pytest.mark.django_db
JUNE_3 = utc("2026-06-03T00:00")


def deliver_may(agreement, person):
    """May of the real canvas-lms (99.1695 %), two cases in time, one late, and two answers."""
    at = utc("2026-06-02T09:00")
    log = real.outage_rows("canvas-lms", utc("2026-05-01T00:00"), utc("2026-06-01T00:00"))
    deliver(stream(agreement, "canvas-lms"), log, person, at=at)
    rows = [
        case("INC-1", closed="2026-05-06T15:00"),
        case("INC-2", closed="2026-05-30T15:00"),
        case("INC-3", closed="2026-05-06T15:00"),
        case("INC-4", priority=1, resolved="2026-05-06T15:00", closed="2026-05-06T15:00"),
    ]
    deliver(stream(agreement, "desk-cases"), rows, person, at=at)
    deliver(stream(agreement, "satisfaction"), [sample(value="4"), sample(value="5", who="8")], person, at=at)


@pytest.fixture
def may():
    agreement, person = make_bound(now=JUNE_3)
    deliver_may(agreement, person)
    return agreement


def result_of(agreement, key, label="2026-05"):
    return PeriodResult.objects.get(
        period__target__agreement=agreement, period__target__key=key, period__label=label
    )


def test_a_period_closes_when_its_grace_is_over(may):
    assert actions.close_due(now=JUNE_3 - timedelta(seconds=1)) == 0
    assert set(Period.objects.filter(label="2026-05").values_list("state", flat=True)) == {"grace"}

    assert actions.close_due(now=JUNE_3) == 4

    verdicts = {result.period.target.key: result.verdict for result in PeriodResult.objects.all()}
    assert verdicts == {"K1": "breached", "K2": "breached", "K3": "met", "K4": "met"}
    ended = Period.objects.filter(label="2026-05")
    assert set(ended.values_list("state", "closed_at")) == {("closed", JUNE_3)}
    assert set(Period.objects.filter(label="2026-06").values_list("state", flat=True)) == {"open"}


def test_ends_and_closings_are_in_the_audit_trail(may):
    actions.close_due(now=JUNE_3)

    assert AuditEntry.objects.filter(verb="period.ended").count() == 4
    entry = AuditEntry.objects.get(verb="period.closed", data__kpi="K1")
    assert entry.scope == may.reference
    assert (entry.data["verdict"], entry.data["sha256"]) == ("breached", result_of(may, "K1").sha256)


def test_closing_twice_closes_once(may):
    actions.close_due(now=JUNE_3)

    assert actions.close_due(now=JUNE_3) == 0
    assert PeriodResult.objects.count() == 4


def test_what_the_periods_of_a_batch_share_is_asked_for_once(django_assert_max_num_queries):
    """Four KPIs or twelve of three agreements: locks, marks, results and entries are not asked for one by one."""
    first, person = make_bound(now=JUNE_3)
    deliver_may(first, person)
    for _ in range(2):
        make_bound(now=JUNE_3)

    with django_assert_max_num_queries(70):
        assert actions.close_due(now=JUNE_3) == 12

    assert [results.problems(each) for each in PeriodResult.objects.all()] == [[]] * 12
    entries = AuditEntry.objects.filter(verb="period.closed").values_list("data__sha256", flat=True)
    assert set(entries) == set(PeriodResult.objects.values_list("sha256", flat=True))


def test_a_sweep_that_was_down_catches_up_oldest_first():
    agreement, _person = make_bound(now=utc("2026-10-05T00:00"))

    assert actions.close_due(now=utc("2026-10-05T00:00")) == 5 * 4

    closed = PeriodResult.objects.filter(period__target__key="K1").order_by("pk")
    assert [each.period.label for each in closed] == [f"2026-0{month}" for month in range(5, 10)]


def test_nothing_delivered_is_not_enough_data():
    agreement, _person = make_bound(now=JUNE_3)

    actions.close_due(now=JUNE_3)

    assert set(PeriodResult.objects.values_list("verdict", flat=True)) == {"insufficient_data"}
    assert not Credit.objects.exists()


def test_a_result_says_what_it_was_judged_by(may):
    actions.close_due(now=JUNE_3)

    inputs = result_of(may, "K2").inputs
    assert inputs == {
        "arithmetic": 2,
        "version": "v1.0",
        "terms_sha256": may.versions.get().terms_sha256,
        "target": "K2",
        "indicator": "desk-cases",
        "lo": "2026-05-01T00:00:00+00:00",
        "hi": "2026-06-01T00:00:00+00:00",
        "highest_delivery": facts.latest_delivery(stream(may, "desk-cases")),
        "already_missed": [],
        "earlier_terms": [],
    }


def test_recomputing_gives_the_same_hash_whatever_came_later(may):
    actions.close_due(now=JUNE_3)
    person = make_member(may.provider, "provider")
    late = [case("INC-2", closed="2026-05-06T15:00"), case("INC-9", closed="2026-05-30T15:00")]
    delivery = deliver(stream(may, "desk-cases"), late, person, reason="Closed by mistake")
    assert delivery.after_close == 2

    for result in PeriodResult.objects.all():
        assert results.recompute(result) == result.sha256
        assert results.problems(result) == []


def test_the_bytes_are_the_same_on_every_database(may):
    """Literals: SQLite and PostgreSQL must both give them. Of the inputs, only the delivery's id is local."""
    actions.close_due(now=JUNE_3)

    hashes = {}
    for result in PeriodResult.objects.all():
        inputs = result.inputs | {"highest_delivery": 1, "terms_sha256": ""}
        hashes[result.inputs["target"]] = results.sha256_of(inputs, result.outcome)[:16]
    assert hashes == HASHES


HASHES = {
    "K1": "cd4a333634311696",
    "K2": "903a1d60e5c886a7",
    "K3": "7f99cf58343d0d70",
    "K4": "92b93dc511c593d2",
}


def tamper(sql):
    with triggers_off(connection), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize("sql, words", [
    ("UPDATE kpis_periodresult SET outcome = '{\"verdict\": \"met\"}'", "not those that were hashed"),
    ("UPDATE kpis_periodresult SET verdict = 'met' WHERE verdict = 'breached'", "verdict"),
    ("UPDATE kpis_outage SET until = '2026-05-07 21:00:00+00:00'", "raw rows or the terms"),
])
def test_a_change_behind_our_back_is_found(may, sql, words):
    actions.close_due(now=JUNE_3)

    tamper(sql)

    found = results.problems(result_of(may, "K1"))
    assert len(found) >= 1 and words in " ".join(found)


def test_changed_terms_are_found(may):
    actions.close_due(now=JUNE_3)
    version = may.versions.get()
    version.terms["kpis"][0]["target"] = "99"
    with triggers_off(connection):
        version.save(update_fields=["terms"])

    assert results.problems(result_of(may, "K1")) == ["the raw rows or the terms give another result"]


def test_a_case_counted_as_missed_while_open_is_not_counted_again():
    agreement, person = make_bound(now=utc("2026-07-03T00:00"))
    desk = stream(agreement, "desk-cases")
    rows = [case("INC-1"), case("INC-2", closed="2026-05-06T15:00")]
    deliver(desk, rows, person, at=utc("2026-06-02T00:00"))
    actions.close_due(now=JUNE_3)
    assert result_of(agreement, "K2").outcome["figures"]["open_past_due"] == ["INC-1"]

    done = [case("INC-1", closed="2026-06-10T15:00"), case("INC-3", "2026-06-01T15:00", "2026-06-02T15:00")]
    deliver(desk, done, person, at=utc("2026-07-02T00:00"))
    actions.close_due(now=utc("2026-07-03T00:00"))

    june = result_of(agreement, "K2", "2026-06")
    assert (june.outcome["figures"]["total"], june.inputs["already_missed"]) == (1, ["INC-1"])
    assert results.recompute(june) == june.sha256


def test_a_missed_target_proposes_the_credit_of_its_tier(may):
    actions.close_due(now=JUNE_3)

    credit = Credit.objects.get()
    assert credit.period.target.key == "K1"
    assert (credit.percent, credit.amount, credit.currency) == (Decimal(5), Decimal(125), "EUR")
    assert credit.claim_until == JUNE_3 + timedelta(days=30)
    assert AuditEntry.objects.get(verb="credit.proposed").data["amount"] == "125.00"


def test_a_credit_is_agreed_or_refused_once(may):
    actions.close_due(now=JUNE_3)
    credit, person = Credit.objects.get(), make_member(may.client, "client")

    agreed = actions.agree_credit(credit, actor=person, at=JULY)

    assert (agreed.state, agreed.decided_by, agreed.decided_at) == ("agreed", person, JULY)
    with pytest.raises(TransitionNotAllowed):
        actions.refuse_credit(credit, reason="Not enough", actor=person, at=JULY)
    assert AuditEntry.objects.get(verb="credit.agreed").actor == person


def test_a_refusal_keeps_its_reason(may):
    actions.close_due(now=JUNE_3)
    person = make_member(may.client, "client")

    actions.refuse_credit(Credit.objects.get(), reason="Not enough", actor=person, at=JULY)

    assert Credit.objects.get().reason == "Not enough"
    assert AuditEntry.objects.get(verb="credit.refused").data["reason"] == "Not enough"


def test_an_answer_for_a_closed_period_is_refused(may):
    actions.close_due(now=JUNE_3)
    person = make_member(may.client, "client")

    with pytest.raises(actions.Refused) as caught:
        deliver(stream(may, "satisfaction"), [sample(value="1", who="9")], person)
    assert [error.column for error in caught.value.errors] == ["at"]


def test_closing_takes_the_standing_away(may):
    period = Period.objects.get(target__key="K1", label="2026-05")
    Standing.objects.create(
        period=period, verdict="met", outcome={}, delivery_id=0, known_at=JUNE_3
    )

    actions.close_due(now=JUNE_3)

    assert not Standing.objects.exists()


def test_terms_that_cannot_be_computed_stop_no_other(may):
    """A case of a priority without a row: the month of that KPI stays open and is named."""
    other, person = make_bound(now=JUNE_3)
    version = other.versions.get()
    version.terms["priorities"] = []
    with triggers_off(connection):
        version.save(update_fields=["terms"])
    desk = stream(other, "desk-cases")
    deliver(desk, [case(closed="2026-05-06T15:00")], person, at=utc("2026-06-02T00:00"))

    with pytest.raises(actions.NotComputable, match=f"{other.reference} K2 2026-05"):
        actions.close_due(now=JUNE_3)

    assert Period.objects.filter(label="2026-05").exclude(state="closed").count() == 1


def test_later_periods_wait_for_the_earlier_one_of_their_kpi(may):
    actions.bind_executed(now=JULY)
    first = Period.objects.get(target__key="K2", label="2026-05")
    first.grace_until = JULY + timedelta(days=9)
    first.save(update_fields=["grace_until"])

    actions.close_due(now=utc("2026-07-03T00:00"))

    assert not PeriodResult.objects.filter(period__target__key="K2").exists()
    assert PeriodResult.objects.filter(period__target__key="K1").count() == 2


def test_each_side_of_a_versions_edge_is_judged_by_its_own_version():
    agreement, person = make_bound(now=JUNE_3)
    version, edge = agreement.versions.get(), utc("2026-05-15T00:00")
    version.effective_to = edge
    version.save(update_fields=["effective_to"])
    successor = make_version(agreement, state="executed", minor=1, effective_from=edge, base=version)
    actions.bind_executed(now=JUNE_3)
    deliver_may(agreement, person)

    actions.close_due(now=JUNE_3)

    judged = PeriodResult.objects.filter(period__target__key="K1").order_by("period__lo")
    verdicts = [(each.inputs["version"], each.verdict) for each in judged]
    assert verdicts == [("v1.0", "breached"), ("v1.1", "met")]
    assert judged[1].inputs["terms_sha256"] == successor.terms_sha256


def test_a_case_that_straddles_two_versions_is_judged_by_the_one_at_its_start():
    """10 hours under v1.0; v1.1 allows 49."""
    terms = make_terms()
    terms.priorities[0].resolution_seconds = 10 * 3600
    agreement, person = make_executed(terms, now=JUNE_3)
    version, edge = agreement.versions.get(), utc("2026-05-15T00:00")
    version.effective_to = edge
    version.save(update_fields=["effective_to"])
    make_version(agreement, state="executed", minor=1, effective_from=edge, base=version)
    actions.bind_executed(now=JUNE_3)
    rows = [
        case("INC-1", "2026-05-14T18:00", "2026-05-18T16:00"),
        case("INC-2", "2026-05-15T15:00", "2026-05-20T15:00"),
    ]
    deliver(stream(agreement, "desk-cases"), rows, person, at=utc("2026-06-02T00:00"))

    actions.close_due(now=JUNE_3)

    judged = PeriodResult.objects.filter(period__target__key="K2").order_by("period__lo")
    result = judged[1]
    missed = [(row["id"], row["limit"]) for row in result.outcome["figures"]["missed"]]
    assert missed == [("INC-1", 10 * 3600)]
    assert result.inputs["earlier_terms"] == [version.terms_sha256]
    assert results.recompute(result) == result.sha256


def test_intake_after_the_closing_lies_above_the_mark(may):
    actions.close_due(now=JUNE_3)
    mark = result_of(may, "K1").inputs["highest_delivery"]

    later = deliver(
        stream(may, "canvas-lms"), [observed(), outage("2026-05-20T10:00", "2026-05-20T11:00")],
        make_member(may.provider, "provider"),
    )

    assert later.pk > mark
