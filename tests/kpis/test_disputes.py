import pytest
from django.db import IntegrityError, transaction
from django_fsm import TransitionNotAllowed

from accounts.models import Notice
from kpis import actions, claims
from kpis.actions import Declined
from kpis.models import Dispute, DisputeRemark, Exclusion, Period
from tests.kpis.claims import JUNE_2, JUNE_3, MAY_20, approved, make_excluding, may_outages, propose
from tests.race import race

pytestmark = pytest.mark.django_db


@pytest.fixture
def may():
    agreement, asker, other, client = make_excluding()
    may_outages(agreement, asker)
    return agreement, asker, other, client


def period_of(agreement):
    return Period.objects.get(target__agreement=agreement, target__key="K1", label="2026-05")


def test_a_dispute_of_an_exclusion_goes_to_and_fro(may):
    agreement, asker, other, client = may
    exclusion = approved(agreement, asker, other)

    dispute = actions.open_dispute(exclusion, reason="Nobody told us", actor=client, at=MAY_20)
    assert Exclusion.objects.get().state == "disputed"
    dispute = actions.answer_dispute(dispute, text="By mail on 5 May", stands=True, actor=asker, at=MAY_20)
    dispute = actions.insist_dispute(dispute, text="To the wrong address", actor=client, at=MAY_20)
    assert dispute.stands is None
    dispute = actions.answer_dispute(dispute, text="So it was", stands=False, actor=other, at=MAY_20)
    actions.settle_dispute(dispute, actor=client, at=MAY_20)

    exclusion = Exclusion.objects.get()
    assert (exclusion.state, exclusion.remark) == ("withdrawn", f"Agreed in {dispute}")
    said = [(each.what, each.by) for each in DisputeRemark.objects.all()]
    assert said == [
        ("opened", client), ("answered", asker), ("insisted", client), ("answered", other), ("settled", client),
    ]
    assert Notice.objects.filter(recipient=client, key__contains=":answered:").exists()


@pytest.mark.parametrize("how", ["stands", "withdrawn"])
def test_an_exclusion_that_stands_is_acknowledged(may, how):
    agreement, asker, other, client = may
    dispute = actions.open_dispute(approved(agreement, asker, other), reason="No", actor=client, at=MAY_20)
    if how == "stands":
        dispute = actions.answer_dispute(dispute, text="It was told", stands=True, actor=other, at=MAY_20)
        actions.settle_dispute(dispute, actor=client, at=MAY_20)
    else:
        actions.withdraw_dispute(dispute, actor=client, at=MAY_20)

    assert Exclusion.objects.get().state == "acknowledged"


def test_while_it_is_disputed_it_is_not_withdrawn_past_the_client(may):
    agreement, asker, other, client = may
    exclusion = approved(agreement, asker, other)
    actions.open_dispute(exclusion, reason="No", actor=client, at=MAY_20)

    with pytest.raises(Declined, match="disputed"):
        actions.withdraw_exclusion(exclusion, reason="x", actor=asker, at=MAY_20)


def test_only_what_counts_can_be_disputed_and_once(may):
    agreement, asker, other, client = may
    exclusion = propose(agreement, asker)
    with pytest.raises(TransitionNotAllowed):
        actions.open_dispute(exclusion, reason="No", actor=client, at=MAY_20)
    exclusion = actions.approve_exclusion(exclusion, actor=other, at=MAY_20)
    actions.open_dispute(exclusion, reason="No", actor=client, at=MAY_20)
    with pytest.raises(TransitionNotAllowed):
        actions.open_dispute(exclusion, reason="Still no", actor=client, at=MAY_20)
    assert Dispute.objects.count() == 1


def test_a_figure_and_a_pause_of_it_are_two_disputes(may):
    agreement, _asker, other, client = may
    period = period_of(agreement)
    figure = actions.open_dispute(period, reason="It was down longer", actor=client, at=JUNE_2)
    pause = actions.open_dispute(period, case="INC-7", reason="We had answered", actor=client, at=JUNE_2)
    with pytest.raises(TransitionNotAllowed):
        actions.open_dispute(period, case="INC-7", reason="Again", actor=client, at=JUNE_2)

    assert (figure.kind, pause.kind) == ("figure", "pause")
    actions.answer_dispute(figure, text="The log says no", stands=True, actor=other, at=JUNE_2)
    assert claims.disputed(agreement, [period]) == {period.pk: [figure, pause]}


def test_a_period_is_disputed_until_all_about_it_is_settled(may):
    agreement, asker, other, client = may
    period, june = period_of(agreement), Period(pk=0, target=period_of(agreement).target, lo=JUNE_2, hi=JUNE_3)
    assert claims.disputed(agreement, [period]) == {}

    dispute = actions.open_dispute(approved(agreement, asker, other), reason="No", actor=client, at=MAY_20)
    assert claims.disputed(agreement, [period, june]) == {period.pk: [dispute]}

    actions.withdraw_dispute(dispute, actor=client, at=MAY_20)
    assert claims.disputed(agreement, [period]) == {}


def test_words_are_asked_for(may):
    agreement, _asker, other, client = may
    with pytest.raises(Declined):
        actions.open_dispute(period_of(agreement), reason=" ", actor=client, at=JUNE_2)
    dispute = actions.open_dispute(period_of(agreement), reason="Why?", actor=client, at=JUNE_2)
    with pytest.raises(Declined):
        actions.answer_dispute(dispute, text="", stands=True, actor=other, at=JUNE_2)
    with pytest.raises(TransitionNotAllowed):
        actions.settle_dispute(dispute, actor=client, at=JUNE_2)


def test_what_was_said_stays(may):
    actions.open_dispute(period_of(may[0]), reason="Why?", actor=may[3], at=JUNE_2)

    with pytest.raises(IntegrityError), transaction.atomic():
        DisputeRemark.objects.update(text="I like it")
    with pytest.raises(IntegrityError), transaction.atomic():
        DisputeRemark.objects.all().delete()


def test_a_dispute_has_one_subject(may):
    agreement, asker, other, client = may
    dispute = actions.open_dispute(period_of(agreement), reason="Why?", actor=client, at=JUNE_2)

    with pytest.raises(IntegrityError), transaction.atomic():
        Dispute.objects.filter(pk=dispute.pk).update(exclusion=approved(agreement, asker, other))


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_disputes_are_one():
    agreement, asker, other, client = make_excluding()
    exclusion = approved(agreement, asker, other)

    found = race(lambda: actions.open_dispute(exclusion, reason="No", actor=client, at=MAY_20))

    assert {type(each) for each in found} == {Dispute, TransitionNotAllowed}
    assert Dispute.objects.count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_acknowledging_against_disputing_ends_in_a_dispute():
    agreement, asker, other, client = make_excluding()
    exclusion, acts = approved(agreement, asker, other), [0, 1] * 4

    def act():
        if acts.pop():
            return actions.acknowledge_exclusion(exclusion, actor=client, at=MAY_20)
        return actions.open_dispute(exclusion, reason="No", actor=client, at=MAY_20)

    found = race(act)

    assert {type(each) for each in found} <= {Exclusion, Dispute, TransitionNotAllowed}
    assert Exclusion.objects.get().state == "disputed"
    assert Dispute.objects.count() == 1
