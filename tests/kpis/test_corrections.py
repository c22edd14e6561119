from copy import deepcopy
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import IntegrityError, transaction
from django_fsm import TransitionNotAllowed

import incidents.actions
from accounts.models import Notice
from incidents.models import Breach
from kpis import actions, results
from kpis.actions import Declined
from kpis.models import Correction, Credit, ExclusionSpan, Period, PeriodResult
from records.models import AuditEntry
from tests.kpis.build import deliver, outage, stream, utc
from tests.kpis.claims import JUNE_3, approved, make_excluding, may_outages

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("closed_once")]
JUNE_5 = utc("2026-06-05T09:00")
MONTH = 31 * 24 * 60
OLD, NEW = Fraction(100 * (MONTH - 270), MONTH), Fraction(100 * (MONTH - 150), MONTH)


def make_closed(**kwargs):
    """May closed with a miss by 4 h 30 min down; then the outage turns out to have ended two hours earlier."""
    agreement, asker, other, client = make_excluding(**kwargs)
    delivery = may_outages(agreement, asker)
    actions.close_due(now=JUNE_3)
    row = outage("2026-05-10T02:00", "2026-05-10T04:30")
    later = deliver(stream(agreement, "canvas-lms"), [row], asker, at=JUNE_5, reason="Read from the wrong log")
    assert later.pk > delivery.pk
    return agreement, asker, other, client


@pytest.fixture(scope="module")
def closed_once(module_db):
    return make_closed()


@pytest.fixture
def closed(closed_once, db):
    return deepcopy(closed_once)


def period_of(agreement):
    return Period.objects.get(target__agreement=agreement, target__key="K1", label="2026-05")


def propose(agreement, asker, *, at=JUNE_5, reason="The outage ended at 04:30"):
    return actions.propose_correction(period_of(agreement), reason=reason, actor=asker, at=at)


def put_before_the_client(agreement, asker, other):
    return actions.approve_correction(propose(agreement, asker), actor=other, at=JUNE_5)


def editions(agreement):
    return list(PeriodResult.objects.filter(period=period_of(agreement)).order_by("edition"))


def test_late_data_change_nothing_before_both_sides_agreed(closed):
    agreement, asker, other, client = closed
    correction = put_before_the_client(agreement, asker, other)
    assert [each.edition for each in editions(agreement)] == [1]
    assert (Fraction(correction.base.outcome["value"]), Fraction(correction.outcome["value"])) == (OLD, NEW)

    correction = actions.accept_correction(correction, actor=client, at=JUNE_5)

    first, second = editions(agreement)
    assert (first.verdict, second.verdict, second.edition) == ("breached", "met", 2)
    assert second.reason == f"{correction}: The outage ended at 04:30"
    assert (second.sha256, correction.result, correction.state) == (correction.sha256, second, "accepted")
    assert [results.problems(each) for each in (first, second)] == [[], []]
    entry = AuditEntry.objects.get(verb="result.corrected")
    assert (entry.data["supersedes"], entry.data["value"]) == (first.sha256, [str(OLD), str(NEW)])


def test_what_is_delivered_after_the_proposal_is_not_in_the_edition(closed):
    """Both sides accept what they were shown."""
    agreement, asker, other, client = closed
    correction = put_before_the_client(agreement, asker, other)
    row = outage("2026-05-10T02:00", "2026-05-10T02:10")
    deliver(stream(agreement, "canvas-lms"), [row], asker, at=JUNE_5, reason="Once more")

    actions.accept_correction(correction, actor=client, at=JUNE_5)

    assert Fraction(editions(agreement)[1].outcome["value"]) == NEW


def test_an_exclusion_approved_after_the_close_needs_a_correction(closed):
    agreement, asker, other, client = closed
    exclusion = approved(agreement, asker, other, at=JUNE_5)

    correction = put_before_the_client(agreement, asker, other)
    actions.accept_correction(correction, actor=client, at=JUNE_5)

    second = editions(agreement)[1]
    assert second.inputs["exclusions"] == list(exclusion.spans.values_list("pk", flat=True))
    assert Fraction(second.outcome["value"]) == Fraction(100 * (MONTH - 150), MONTH - 120)
    assert results.recompute(second) == second.sha256


def test_an_exclusion_that_an_open_correction_rests_on_is_not_withdrawn(closed):
    agreement, asker, other, client = closed
    exclusion = approved(agreement, asker, other, at=JUNE_5)
    correction = propose(agreement, asker)
    with pytest.raises(Declined, match=correction.number):
        actions.withdraw_exclusion(exclusion, reason="Wrong", actor=asker, at=JUNE_5)

    actions.refuse_correction(correction, reason="Not so", actor=other, at=JUNE_5)

    actions.withdraw_exclusion(exclusion, reason="Wrong", actor=asker, at=JUNE_5)


def test_nothing_new_is_no_correction():
    agreement, asker, _other, _client = make_excluding()
    may_outages(agreement, asker)
    with pytest.raises(Declined, match="not closed"):
        propose(agreement, asker)
    actions.close_due(now=JUNE_3)

    with pytest.raises(Declined, match="Nothing would change"):
        propose(agreement, asker)
    assert not Correction.objects.exists()


def test_a_period_has_one_open_correction(closed):
    agreement, asker, other, _client = closed
    first = propose(agreement, asker)
    with pytest.raises(Declined, match="not decided"):
        propose(agreement, other)

    actions.refuse_correction(first, reason="Mine was wrong", actor=asker, at=JUNE_5)  # take one's own back

    assert propose(agreement, other).state == "proposed"


@pytest.mark.parametrize("text", ["", "  "])
def test_a_reason_is_asked_for(closed, text):
    with pytest.raises(Declined) as caught:
        propose(closed[0], closed[1], reason=text)
    assert caught.value.place == "reason"


def test_who_asked_does_not_approve(closed):
    agreement, asker, _other, _client = closed
    correction = propose(agreement, asker)

    with pytest.raises(Declined, match="Somebody else"):
        actions.approve_correction(correction, actor=asker, at=JUNE_5)
    with pytest.raises(IntegrityError), transaction.atomic():
        Correction.objects.filter(pk=correction.pk).update(decided_by=asker)


def test_the_order_of_acts_is_kept(closed):
    agreement, asker, other, client = closed
    correction = propose(agreement, asker)
    with pytest.raises(TransitionNotAllowed):
        actions.accept_correction(correction, actor=client, at=JUNE_5)
    actions.approve_correction(correction, actor=other, at=JUNE_5)
    with pytest.raises(TransitionNotAllowed):
        actions.approve_correction(correction, actor=other, at=JUNE_5)
    with pytest.raises(TransitionNotAllowed):
        actions.refuse_correction(correction, reason="Too late", actor=other, at=JUNE_5)
    assert Notice.objects.get(recipient=client).url == correction.get_absolute_url()


def test_silence_accepts_after_the_agreed_days_and_not_before(closed):
    agreement, asker, other, _client = closed
    correction = put_before_the_client(agreement, asker, other)
    until = JUNE_5 + timedelta(days=20)
    assert correction.accept_by == until

    assert actions.accept_silent_corrections(now=until - timedelta(seconds=1)) == 0
    assert actions.accept_silent_corrections(now=until) == 1
    assert actions.accept_silent_corrections(now=until) == 0

    correction.refresh_from_db()
    assert (correction.state, correction.answered_by, correction.result.edition) == ("accepted", None, 2)
    assert AuditEntry.objects.get(verb="correction.deemed").actor is None


def test_a_dispute_stops_the_silence_and_its_settlement_decides(closed):
    agreement, asker, other, client = closed
    correction = put_before_the_client(agreement, asker, other)
    dispute = actions.open_dispute(correction, reason="It was down longer", actor=client, at=JUNE_5)
    assert actions.accept_silent_corrections(now=JUNE_5 + timedelta(days=90)) == 0

    dispute = actions.answer_dispute(dispute, text="The log shows it", stands=True, actor=other, at=JUNE_5)
    assert len(editions(agreement)) == 1
    actions.settle_dispute(dispute, actor=client, at=JUNE_5)

    correction.refresh_from_db()
    assert (correction.state, correction.result) == ("settled", editions(agreement)[1])


@pytest.mark.parametrize("ending", ["given", "withdrawn"])
def test_how_a_disputed_correction_ends(closed, ending):
    agreement, asker, other, client = closed
    correction = put_before_the_client(agreement, asker, other)
    dispute = actions.open_dispute(correction, reason="It was down longer", actor=client, at=JUNE_5)

    if ending == "given":
        dispute = actions.answer_dispute(dispute, text="You are right", stands=False, actor=other, at=JUNE_5)
        actions.settle_dispute(dispute, actor=client, at=JUNE_5)
    else:
        actions.withdraw_dispute(dispute, actor=client, at=JUNE_5)

    correction.refresh_from_db()
    assert correction.state == "settled"
    assert (correction.result is None) == (ending == "given")
    assert len(editions(agreement)) == (1 if ending == "given" else 2)


def test_after_the_silence_nothing_is_disputed_any_more(closed):
    agreement, asker, other, client = closed
    correction = put_before_the_client(agreement, asker, other)

    with pytest.raises(TransitionNotAllowed):
        actions.open_dispute(correction, reason="Late", actor=client, at=correction.accept_by)


def test_a_credit_changes_by_the_difference(closed):
    agreement, asker, other, client = closed
    first = Credit.objects.get()
    assert first.amount == Decimal(125)
    actions.agree_credit(first, actor=client, at=JUNE_5)

    actions.accept_correction(put_before_the_client(agreement, asker, other), actor=client, at=JUNE_5)

    second = Credit.objects.get(result__edition=2)
    assert (second.amount, second.percent, second.state) == (Decimal(-125), Decimal(-5), "proposed")
    assert Credit.objects.get(result__edition=1).state == "agreed"


def test_a_refused_credit_gives_nothing_to_take_back(closed):
    agreement, asker, other, client = closed
    actions.refuse_credit(Credit.objects.get(), reason="No", actor=client, at=JUNE_5)

    actions.accept_correction(put_before_the_client(agreement, asker, other), actor=client, at=JUNE_5)

    assert not Credit.objects.filter(result__edition=2).exists()


def test_a_breach_is_none_by_the_correction_that_it_cites(closed):
    agreement, asker, other, client = closed
    incidents.actions.log_breaches(now=JUNE_5)
    breach = Breach.objects.get(period=period_of(agreement))

    correction = put_before_the_client(agreement, asker, other)
    actions.accept_correction(correction, actor=client, at=JUNE_5)
    incidents.actions.log_breaches(now=JUNE_5)

    breach.refresh_from_db()
    assert breach.state == "not_a_breach"
    assert correction.number in breach.reason


def test_a_second_correction_supersedes_the_first(closed):
    agreement, asker, other, client = closed
    actions.accept_correction(put_before_the_client(agreement, asker, other), actor=client, at=JUNE_5)
    row = outage("2026-05-10T02:00", "2026-05-10T08:00")
    deliver(stream(agreement, "canvas-lms"), [row], asker, at=JUNE_5, reason="And again")

    actions.accept_correction(put_before_the_client(agreement, asker, other), actor=client, at=JUNE_5)

    assert [each.verdict for each in editions(agreement)] == ["breached", "met", "breached"]
    amounts = Credit.objects.order_by("result__edition").values_list("amount", flat=True)
    assert list(amounts) == [Decimal(125), Decimal(-125), Decimal(125)]
    assert all(results.problems(each) == [] for each in editions(agreement))


def test_what_was_proposed_never_changes(closed):
    correction = propose(closed[0], closed[1])

    for change in ({"reason": "Else"}, {"sha256": "0" * 64}, {"outcome": {}}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Correction.objects.filter(pk=correction.pk).update(**change)


def test_a_result_cited_by_a_vanished_span_is_found(closed):
    """Whoever deletes an excluded span behind our back changes what a result was made of."""
    agreement, asker, other, client = closed
    approved(agreement, asker, other, at=JUNE_5)
    actions.accept_correction(put_before_the_client(agreement, asker, other), actor=client, at=JUNE_5)
    second = editions(agreement)[1]
    second.inputs = second.inputs | {"exclusions": [ExclusionSpan.objects.get().pk + 1]}

    assert results._differences(second) == [
        "it can't be worked out any more: an exclusion that the result cites is missing"
    ]
