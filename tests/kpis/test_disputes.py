from urllib.parse import quote

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django_fsm import TransitionNotAllowed

from accounts.models import Notice
from kpis import actions, claims
from kpis.actions import Declined
from kpis.intake.rows import Waited
from kpis.models import Dispute, DisputeRemark, Exclusion, Period
from tests.kpis.build import case, deliver, stream, utc
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


WAITED = utc("2026-05-05T16:00"), utc("2026-05-05T18:00")
MORE = utc("2026-05-06T15:00"), utc("2026-05-06T15:30")


def cases_of(agreement, person):
    """The cases of May: INC-7 waited once, INC-8 twice, INC-9 never for a reason that the terms name."""
    told = {
        "INC-7": [Waited(*WAITED, "client")],
        "INC-8": [Waited(*WAITED, "client"), Waited(*MORE, "client")],
        "INC-9": [Waited(*WAITED, "lunch")],
    }
    rows = [case(number, closed="2026-05-20T15:00", pauses=tuple(pauses)) for number, pauses in told.items()]
    deliver(stream(agreement, "desk-cases"), rows, person, at=JUNE_2)
    return Period.objects.get(target__agreement=agreement, target__key="K2", label="2026-05")


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
    period = cases_of(agreement, other)
    figure = actions.open_dispute(period, reason="It was late", actor=client, at=JUNE_2)
    pause = actions.open_dispute(period, case="INC-7", reason="We had answered", actor=client, at=JUNE_2)
    with pytest.raises(TransitionNotAllowed):
        actions.open_dispute(period, case="INC-7", pause=WAITED[0], reason="Again", actor=client, at=JUNE_2)

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


def test_a_dispute_of_a_pause_names_one_that_the_clock_had(may):
    agreement, _asker, other, client = may
    period = cases_of(agreement, other)

    def dispute(number, pause=None, about=period):
        return actions.open_dispute(about, case=number, pause=pause, reason="We had answered", actor=client, at=JUNE_2)

    with pytest.raises(Declined, match="Nothing of that number") as unknown:
        dispute("INC-77")
    with pytest.raises(Declined, match="Nothing of that number"):
        dispute("INC-7", about=period_of(agreement))  # an availability has no cases
    with pytest.raises(Declined, match="never waited"):
        dispute("INC-9")
    with pytest.raises(Declined, match="2026-05-05 16:00:00, 2026-05-06 15:00:00") as which:
        dispute("INC-8")
    with pytest.raises(Declined, match="Name the pause"):
        dispute("INC-8", utc("2026-05-05T16:00:01"))

    assert (unknown.value.place, which.value.place) == ("case", "pause")
    first, second = dispute("INC-8", WAITED[0]), dispute("INC-8", MORE[0])
    assert (first.began, second.began, dispute("INC-7").began) == (WAITED[0], MORE[0], WAITED[0])
    assert Dispute.objects.filter(kind="pause", state="open").count() == 3


def test_the_client_disputes_a_pause_from_the_page_of_its_case(client, may):
    agreement, _asker, other, reader = may
    period = cases_of(agreement, other)
    client.force_login(reader)
    page = client.get(reverse("kpis:case", args=[agreement.reference, "K2"]), {"case": "INC-8"})
    (_first, second) = page.context["disputable"]
    asked = f"?case=INC-8&amp;pause={quote(second['began'], safe='')}"
    link = reverse("kpis:open_dispute", args=["figure", period.pk])
    assert link + asked in page.content.decode()

    form = client.get(link, {"case": "INC-8", "pause": second["began"]})
    assert 'value="2026-05-06T15:00:00"' in form.content.decode()
    wrong = client.post(link, {"case": "INC-8", "pause": "soon", "reason": "We had answered"})
    nothing = client.post(link, {"case": "INC-8", "reason": "We had answered"})
    assert (wrong.status_code, nothing.status_code, Dispute.objects.count()) == (422, 422, 0)
    assert "Name the pause by its beginning" in nothing.content.decode()
    client.post(link, {"case": "INC-8", "pause": second["began"], "reason": "We had answered"})

    dispute = Dispute.objects.get()
    assert (dispute.case, dispute.began, dispute.period) == ("INC-8", MORE[0], period)
    assert "INC-8" in client.get(dispute.get_absolute_url()).content.decode()
    client.force_login(other)
    seen = client.get(reverse("kpis:case", args=[agreement.reference, "K2"]), {"case": "INC-8"})
    assert seen.context["disputable"] == []
