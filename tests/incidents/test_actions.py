from dataclasses import asdict

import pytest
from django.db import IntegrityError
from django_fsm import TransitionNotAllowed

from accounts.models import Message, Notice, Role
from incidents import actions, escalation
from incidents.models import Breach, Run
from kpis.models import Outage, Period
from records.models import AuditEntry
from tests.factories import MAY, make_member
from tests.incidents.rows import (
    CLOSED,
    DAY,
    HOUR,
    JUNE,
    make_breach,
    make_ladder,
    make_outage,
    make_period,
    make_result,
    stand,
)

pytestmark = pytest.mark.django_db

OUTCOME = {
    "root_cause": "A switch failed.",
    "corrective": "The switch was replaced.",
    "preventive": "A spare is kept on site.",
}


@pytest.fixture
def desk():
    """A breach with its version, a person of the provider and one of the client."""
    version, people = make_ladder()
    breach = make_breach(version)
    breach.people = people
    breach.provider = make_member(breach.agreement.provider, Role.PROVIDER)
    breach.client = make_member(breach.agreement.client, Role.CLIENT)
    return breach


def verbs():
    return list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))


# The sweep


def test_a_missed_target_becomes_one_breach_with_the_figures_that_judged_it():
    version, _ = make_ladder()
    period = make_period(version)
    result = make_result(period, outcome={"value": "99.1"})

    assert actions.log_breaches(now=CLOSED) == 1

    breach = Breach.objects.get()
    assert (breach.number, breach.cause, breach.state, breach.owner, breach.confirmed, breach.opened_at) == (
        "BR-0001", f"period:{period.pk}", "open", None, True, CLOSED
    )
    assert breach.title == "Availability missed in May 2026"
    assert breach.figures["kpi"]["target"] == "99.5"
    assert breach.figures["outcome"] == {"value": "99.1"}
    assert (breach.figures["version"], breach.figures["terms_sha256"]) == ("v1.0", version.terms_sha256)
    assert (breach.figures["edition"], breach.figures["result_sha256"]) == (1, result.sha256)
    run = Run.objects.get()
    assert (run.subject, run.breach, run.terms_sha256, run.state, run.level, run.top) == (
        f"incidents.breach:{breach.pk}", breach, version.terms_sha256, "active", -1, 2
    )
    assert [(step.level, step.due_at, step.state) for step in run.steps.all()] == [(0, CLOSED, "pending")]
    entry = AuditEntry.objects.get(verb="breach.logged")
    assert (entry.actor, entry.scope, entry.target_id) == (None, version.agreement.reference, breach.pk)
    assert entry.data["terms_sha256"] == version.terms_sha256


def test_the_sweep_twice_logs_once():
    version, _ = make_ladder()
    make_result(make_period(version))
    assert [actions.log_breaches(now=CLOSED), actions.log_breaches(now=CLOSED)] == [1, 0]
    assert verbs() == ["breach.logged"]


@pytest.mark.parametrize("verdict", ["met", "at_risk", "insufficient_data", "not_due", "waived"])
def test_any_other_verdict_is_no_breach(verdict):
    version, _ = make_ladder()
    make_result(make_period(version), verdict)
    assert actions.log_breaches(now=CLOSED) == 0


def test_only_a_closed_period_counts():
    version, _ = make_ladder()
    make_result(make_period(version, state="grace", closed_at=None))
    assert actions.log_breaches(now=CLOSED) == 0


def test_the_newest_edition_counts():
    version, _ = make_ladder()
    period = make_period(version)
    make_result(period)
    make_result(period, "met", edition=2)
    assert actions.log_breaches(now=CLOSED) == 0


def test_the_matrix_is_frozen_as_signed():
    version, _ = make_ladder()
    breach = make_breach(version)
    assert breach.run.matrix["escalation"] == asdict(version.read_terms().escalation)
    assert (breach.run.matrix["version"], breach.run.matrix["timezone"]) == ("v1.0", "UTC")


def test_oldest_period_first_gets_the_lowest_number():
    version, _ = make_ladder()
    for lo, hi in ((JUNE, JUNE + 30 * DAY), (MAY, JUNE)):
        make_result(make_period(version, lo=lo, hi=hi))
    assert actions.log_breaches(now=CLOSED + 40 * DAY) == 2
    assert [(breach.number, breach.period.label) for breach in Breach.objects.order_by("pk")] == [
        ("BR-0001", "2026-05"), ("BR-0002", "2026-06")
    ]


def test_a_cause_opens_no_second_breach_even_behind_the_act(desk):
    with pytest.raises(IntegrityError):
        Breach.objects.create(
            number="BR-9999", agreement=desk.agreement, cause=desk.cause, title="again", opened_at=CLOSED
        )


def test_a_correction_that_meets_the_target_rescues_the_breach(desk):
    escalation.tick(now=CLOSED)
    make_result(desk.period, "met", edition=2, reason="EX-0003 approved")

    assert actions.log_breaches(now=CLOSED + DAY) == 1
    assert actions.log_breaches(now=CLOSED + DAY) == 0

    breach = Breach.objects.get()
    assert (breach.state, breach.run.state) == ("not_a_breach", "resolved")
    assert breach.reason == "May 2026 closed without a miss (edition 2): EX-0003 approved"
    assert escalation.tick(now=CLOSED + 40 * DAY) == 0
    assert "breach.rescued" in verbs()
    assert Notice.objects.filter(recipient=desk.people["p-desk"]).count() == 2


def test_a_correction_after_the_outcome_leaves_it_to_people(desk):
    actions.acknowledge(desk, actor=desk.provider, at=CLOSED)
    actions.document_outcome(desk, **OUTCOME, actor=desk.provider, at=CLOSED)
    make_result(desk.period, "met", edition=2)
    assert actions.log_breaches(now=CLOSED + DAY) == 0
    assert Breach.objects.get().state == "outcome"


def test_a_breach_seen_before_the_close_is_confirmed_by_it(desk):
    Breach.objects.update(confirmed=False, figures={})

    assert actions.log_breaches(now=CLOSED) == 1

    breach = Breach.objects.get()
    assert (breach.confirmed, breach.figures["edition"]) == (True, 1)
    assert verbs() == ["breach.logged", "breach.confirmed"]


def running(version, hours):
    """May, running, with one outage that lasts `hours`; the promise of 99.5 % allows 3.72."""
    period = make_period(version, state="open", closed_at=None)
    make_outage(period, MAY + DAY, MAY + DAY + hours * HOUR, MAY + 3 * DAY)
    return period


def test_a_certain_loss_is_a_breach_before_the_period_ends():
    version, _ = make_ladder()
    now = MAY + 3 * DAY
    period = running(version, 4)
    stand(period, now)

    assert [actions.log_breaches(now=now), actions.log_breaches(now=now)] == [1, 0]

    breach = Breach.objects.get()
    assert (breach.cause, breach.confirmed, breach.opened_at) == (f"period:{period.pk}", False, now)
    assert breach.figures["outcome"]["certain_loss"] is True
    assert breach.figures["result_sha256"] == ""
    assert AuditEntry.objects.get(verb="breach.logged").data["confirmed"] is False
    assert breach.run.steps.get().due_at == now


def test_what_can_still_be_met_is_no_breach():
    version, _ = make_ladder()
    stand(running(version, 3), MAY + 3 * DAY)
    assert actions.log_breaches(now=MAY + 3 * DAY) == 0


def test_a_standing_that_new_data_took_back_is_no_breach():
    version, _ = make_ladder()
    period = running(version, 4)
    stand(period, MAY + 3 * DAY)
    outage = Outage.objects.get()
    Outage.objects.create(
        indicator_id=outage.indicator_id, at=outage.at, source=outage.source, external_id=outage.external_id,
        revision=1, voided=True, until=outage.until, delivery_id=outage.delivery_id,
    )
    assert actions.log_breaches(now=MAY + 3 * DAY) == 0


@pytest.mark.parametrize("verdict, state", [("breached", "open"), ("met", "not_a_breach")])
def test_the_close_confirms_or_rescues_a_certain_loss(verdict, state):
    version, _ = make_ladder()
    period = running(version, 4)
    stand(period, MAY + 3 * DAY)
    actions.log_breaches(now=MAY + 3 * DAY)
    Period.objects.update(state="closed", closed_at=CLOSED)
    make_result(period, verdict)

    assert [actions.log_breaches(now=CLOSED), actions.log_breaches(now=CLOSED)] == [1, 0]

    breach = Breach.objects.get()
    assert (breach.state, breach.confirmed) == (state, verdict == "breached")
    assert Run.objects.count() == 1


def test_a_row_that_fails_stops_no_other_and_is_reported(monkeypatch):
    version, _ = make_ladder()
    bad, good = make_period(version), make_period(version, "K2")
    make_result(bad)
    make_result(good)
    monkeypatch.setattr(
        "incidents.breaches.title", lambda period: "Missed" if period.pk == good.pk else period.no_such_thing
    )

    with pytest.raises(AttributeError):
        actions.log_breaches(now=CLOSED)

    assert list(Breach.objects.values_list("period", flat=True)) == [good.pk]


# What people do


def test_acknowledge_records_and_takes_over(desk):
    escalation.tick(now=CLOSED)

    actions.acknowledge(desk, actor=desk.provider, at=CLOSED + HOUR)

    breach = Breach.objects.get()
    assert (breach.state, breach.owner, breach.acknowledged_by, breach.acknowledged_at) == (
        "acknowledged", desk.provider, desk.provider, CLOSED + HOUR
    )
    assert (breach.run.state, breach.run.acknowledged_at) == ("acknowledged", CLOSED + HOUR)
    entry = AuditEntry.objects.get(verb="breach.acknowledged")
    assert (entry.actor, entry.data) == (desk.provider, {"level": 0})
    # Who was told learns that it is taken: in the inbox, without a mail.
    assert Notice.objects.filter(recipient=desk.people["p-desk"]).count() == 2
    assert Message.objects.count() == 1


def test_acknowledge_twice_is_refused_and_leaves_no_trace(desk):
    actions.acknowledge(desk, actor=desk.provider, at=CLOSED)
    before = verbs()

    with pytest.raises(TransitionNotAllowed):
        actions.acknowledge(desk, actor=desk.client, at=CLOSED)  # a stale object

    assert verbs() == before
    assert Breach.objects.get().owner == desk.provider


def test_a_lapsed_acknowledgement_can_be_given_again_by_another(desk):
    for hours in (0, 4):
        escalation.tick(now=CLOSED + hours * HOUR)
    actions.acknowledge(desk, actor=desk.provider, at=CLOSED + 5 * HOUR)
    later = CLOSED + 4 * DAY
    escalation.tick(now=later)

    actions.acknowledge(desk, actor=desk.people["p-board"], at=later)

    breach = Breach.objects.get()
    assert (breach.owner, breach.acknowledged_by, breach.run.state) == (
        desk.people["p-board"], desk.provider, "acknowledged"
    )


def test_document_outcome_asks_the_client_and_stops_all_clocks(desk):
    for hours in (0, 4):
        escalation.tick(now=CLOSED + hours * HOUR)
    actions.acknowledge(desk, actor=desk.provider, at=CLOSED + 5 * HOUR)

    actions.document_outcome(desk, **OUTCOME, actor=desk.provider, at=CLOSED + 6 * HOUR)

    breach = Breach.objects.get()
    assert (breach.state, breach.outcome_by, breach.outcome_at) == (
        "outcome", desk.provider, CLOSED + 6 * HOUR
    )
    assert (breach.root_cause, breach.corrective, breach.preventive) == tuple(OUTCOME.values())
    assert breach.run.steps.filter(state="pending").count() == 0
    assert escalation.tick(now=CLOSED + 300 * DAY) == 0
    notice = Notice.objects.get(recipient=desk.client)
    assert (notice.title, notice.url) == ("BR-0001: please confirm the outcome", "/breaches/BR-0001/")
    assert Message.objects.filter(recipient=desk.client, state="pending").count() == 1
    assert AuditEntry.objects.get(verb="breach.outcome_documented").data == OUTCOME


def test_an_outcome_after_a_lapse_stops_the_ladder_too(desk):
    for hours in (0, 4):
        escalation.tick(now=CLOSED + hours * HOUR)
    actions.acknowledge(desk, actor=desk.provider, at=CLOSED + 5 * HOUR)
    escalation.tick(now=CLOSED + 4 * DAY)

    actions.document_outcome(desk, **OUTCOME, actor=desk.provider, at=CLOSED + 4 * DAY)

    assert Run.objects.get().state == "acknowledged"
    assert escalation.tick(now=CLOSED + 300 * DAY) == 0


@pytest.mark.parametrize("missing", ["root_cause", "corrective"])
def test_an_outcome_without_cause_or_correction_is_refused(desk, missing):
    actions.acknowledge(desk, actor=desk.provider, at=CLOSED)
    with pytest.raises(actions.Refused) as refused:
        actions.document_outcome(desk, **OUTCOME | {missing: "  "}, actor=desk.provider, at=CLOSED)
    assert refused.value.place == missing
    assert Breach.objects.get().state == "acknowledged"


def test_close_ends_the_run(desk):
    actions.acknowledge(desk, actor=desk.provider, at=CLOSED)
    actions.document_outcome(desk, **OUTCOME, actor=desk.provider, at=CLOSED)

    actions.close(desk, actor=desk.client, at=CLOSED + DAY)

    breach = Breach.objects.get()
    assert (breach.state, breach.closed_by, breach.closed_at) == ("closed", desk.client, CLOSED + DAY)
    assert (breach.run.state, breach.run.resolved_at) == ("resolved", CLOSED + DAY)
    assert AuditEntry.objects.get(verb="breach.closed").actor == desk.client
    titles = Notice.objects.filter(recipient=desk.provider).values_list("title", flat=True)
    assert list(titles) == [f"BR-0001 was closed by {desk.client.name}"]


def test_the_writer_of_an_outcome_does_not_confirm_it(desk):
    actions.acknowledge(desk, actor=desk.provider, at=CLOSED)
    actions.document_outcome(desk, **OUTCOME, actor=desk.provider, at=CLOSED)
    with pytest.raises(actions.Refused):
        actions.close(desk, actor=desk.provider, at=CLOSED)
    assert Breach.objects.get().state == "outcome"


def test_a_breach_without_outcome_cannot_close(desk):
    with pytest.raises(TransitionNotAllowed):
        actions.close(desk, actor=desk.client, at=CLOSED)
    with pytest.raises(IntegrityError):
        Breach.objects.filter(pk=desk.pk).update(state="closed")


def test_reopen_sets_the_clock_of_the_outcome_again(desk):
    for hours in (0, 4):
        escalation.tick(now=CLOSED + hours * HOUR)
    at = CLOSED + 5 * HOUR
    actions.acknowledge(desk, actor=desk.provider, at=at)
    actions.document_outcome(desk, **OUTCOME, actor=desk.provider, at=at)

    actions.reopen(desk, reason="Failover is missing.", actor=desk.client, at=at + DAY)

    breach = Breach.objects.get()
    assert (breach.state, breach.reason, breach.run.state) == (
        "acknowledged", "Failover is missing.", "acknowledged"
    )
    step = breach.run.steps.get(state="pending")
    assert (step.kind, step.due_at) == ("ack_timeout", at + 4 * DAY)
    assert Message.objects.filter(recipient=desk.provider, subject="BR-0001 was taken up again").count() == 1
    assert AuditEntry.objects.get(verb="breach.reopened").data == {"reason": "Failover is missing."}
    # And round again: a second outcome, confirmed.
    actions.document_outcome(desk, **OUTCOME, actor=desk.provider, at=at + 2 * DAY)
    actions.close(desk, actor=desk.client, at=at + 3 * DAY)
    actions.reopen(desk, reason="It came back.", actor=desk.client, at=at + 4 * DAY)
    assert (Breach.objects.get().state, Run.objects.get().state) == ("acknowledged", "resolved")
    actions.document_outcome(desk, **OUTCOME, actor=desk.provider, at=at + 5 * DAY)
    actions.close(desk, actor=desk.client, at=at + 6 * DAY)
    assert Breach.objects.get().state == "closed"


@pytest.mark.parametrize("act", [actions.reopen, actions.rescue])
def test_a_reason_is_asked_for(desk, act):
    with pytest.raises(actions.Refused) as refused:
        act(desk, reason=" ", actor=desk.client, at=CLOSED)
    assert refused.value.place == "reason"


def test_rescue_by_hand_cites_its_reason(desk):
    actions.rescue(desk, reason="EX-0007 was approved", actor=desk.agreement.owner, at=CLOSED)
    breach = Breach.objects.get()
    assert (breach.state, breach.run.state, breach.reason) == (
        "not_a_breach", "resolved", "EX-0007 was approved"
    )
    assert AuditEntry.objects.get(verb="breach.rescued").actor == desk.agreement.owner


STATES = ["open", "acknowledged", "outcome", "closed", "not_a_breach"]
ALLOWED = {
    "acknowledge": {"open"},
    "document_outcome": {"acknowledged"},
    "close": {"outcome"},
    "reopen": {"outcome", "closed"},
    "rescue": {"open", "acknowledged"},
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("act", ALLOWED)
def test_each_act_is_allowed_in_its_states_only(desk, act, state):
    run_states = {"open": "active", "acknowledged": "acknowledged", "outcome": "acknowledged"}
    Breach.objects.update(state=state, root_cause="x", corrective="y")
    Run.objects.update(state=run_states.get(state, "resolved"))
    inputs = {"document_outcome": OUTCOME, "reopen": {"reason": "r"}, "rescue": {"reason": "r"}}.get(act, {})

    def run():
        return getattr(actions, act)(desk, **inputs, actor=desk.client, at=CLOSED)

    if state in ALLOWED[act]:
        assert run().state != state
    else:
        with pytest.raises(TransitionNotAllowed):
            run()
