"""Legal holds and disposal by two persons: who, when, and what stands against it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django_fsm import TransitionNotAllowed

from accounts.models import Membership, Notice, Role
from agreements import actions, ending_needs
from agreements.grants import load
from agreements.models import Agreement
from agreements.signing import Refused
from records import actions as records
from records import vault
from records.models import AuditEntry, Disposal, Document, Hold, Tombstone
from tests.agreements.retaining import ENDED, FREE, a_file, agreed, disposed, ended_world, proposed
from tests.factories import make_member
from tests.race import race

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def held(who, *, actor=None, at=FREE):
    return actions.set_hold(who.agreement, reason="Case 4 O 12/20", actor=actor or who.manager, at=at)


def asked(who, party="client"):
    who.auditor = make_member(getattr(who.agreement, party), Role.AUDITOR, name="Otto Falk")
    return actions.ask_hold(who.agreement, party=party, reason="Inquiry", actor=who.auditor, at=FREE)


def needs(person, at=FREE):
    return [need.key.split(":")[0] for need in ending_needs.for_user(person, load(person, at), at)]


def test_two_persons_after_the_term_leave_tombstones():
    who = ended_world()
    disposal = disposed(who)
    assert (disposal.state, disposal.proposed_by, disposal.answered_by) == ("done", who.manager, who.client)
    assert "10 years after the end of the year" in disposal.rule
    for file in who.files:
        with pytest.raises(vault.Disposed):
            vault.read(file.sha256)
        left = Document.objects.get(pk=file.pk)
        assert (left.text, left.title, left.tombstone.disposal) == ("", file.title, disposal)
    entry = AuditEntry.objects.get(verb="disposal.agreed")
    assert entry.data["documents"] == [file.sha256 for file in who.files]
    assert Notice.objects.filter(recipient=who.manager, key=f"disposal:{disposal.pk}:agreed").exists()


def test_what_was_disposed_of_does_not_come_back():
    who = ended_world()
    disposed(who)
    with pytest.raises(vault.Disposed):
        a_file(who, "report", who.files[0].title)
    assert not vault.path(who.files[0].sha256).exists()


@pytest.mark.parametrize(
    "state, at, words",
    [
        ("active", FREE, "has ended"),
        ("abandoned", FREE, "has ended"),
        ("ended", FREE - SECOND, "kept until 31 December 2024"),
    ],
)
def test_nothing_goes_before_its_time(state, at, words):
    who = ended_world()
    Agreement.objects.filter(pk=who.agreement.pk).update(**{"state": state})
    with pytest.raises(Refused, match=words):
        proposed(who, at=at)
    assert not Disposal.objects.exists()


def test_a_later_file_begins_the_term_anew():
    who = ended_world()
    a_file(who, "report", "A late edition", at=datetime(2016, 3, 1, tzinfo=UTC))
    with pytest.raises(Refused, match="kept until 31 December 2026"):
        proposed(who)


def test_the_setting_is_the_term_and_no_past_decision(settings):
    who = ended_world()
    disposal = proposed(who)
    settings.RETENTION_YEARS = 30
    with pytest.raises(Refused, match="kept until 31 December 2044"):
        actions.agree_disposal(disposal, actor=who.client, at=FREE)
    assert Disposal.objects.get().kept_until == FREE


@pytest.mark.parametrize("by", ["manager", "colleague", "stranger"])
def test_one_party_alone_disposes_of_nothing(by):
    who = ended_world()
    who.colleague = make_member(who.agreement.provider, Role.MANAGER)
    who.stranger = make_member(ended_world().agreement.provider, Role.MANAGER)
    disposal = proposed(who)
    with pytest.raises(Refused, match="other party agrees"):
        actions.agree_disposal(disposal, actor=getattr(who, by), at=FREE)
    assert not Tombstone.objects.exists()


def test_a_colleague_agrees_where_the_other_party_has_nobody_left():
    who = ended_world()
    colleague = make_member(who.agreement.provider, Role.MANAGER)
    Membership.objects.filter(user=who.client).update(until=ENDED)
    disposal = proposed(who)
    with pytest.raises(Refused):
        actions.agree_disposal(disposal, actor=who.manager, at=FREE)
    assert actions.agree_disposal(disposal, actor=colleague, at=FREE).state == "agreed"


def test_the_database_asks_for_two_persons_and_the_term_too():
    who = ended_world()
    disposal = proposed(who)
    alone = {"answered_by": who.manager, "answered_at": FREE}
    early = {"answered_by": who.client, "answered_at": ENDED}
    for change in (alone, early):
        with pytest.raises(IntegrityError), transaction.atomic():
            Disposal.objects.filter(pk=disposal.pk).update(**{"state": "agreed"} | change)


@pytest.mark.parametrize("hold", [held, asked], ids=["standing", "asked for"])
def test_a_hold_keeps_everything(hold):
    who = ended_world()
    disposal = proposed(who)
    hold(who)
    with pytest.raises(Refused, match="legal hold"):
        actions.agree_disposal(disposal, actor=who.client, at=FREE)
    with pytest.raises(IntegrityError, match="records_disposal keeps its history"), transaction.atomic():
        Disposal.objects.filter(pk=disposal.pk).update(
            **{"state": "agreed", "answered_by": who.client, "answered_at": FREE}
        )
    actions.refuse_disposal(disposal, reason="Held", actor=who.manager, at=FREE)
    with pytest.raises(Refused, match="legal hold"):
        proposed(who)


def test_a_hold_is_lifted_by_the_party_that_set_it():
    who = ended_world()
    hold = held(who, actor=who.client)
    with pytest.raises(Refused, match="Only who speaks for"):
        actions.lift_hold(hold, reason="Over", actor=who.manager, at=FREE)
    with pytest.raises(Refused, match="no longer needed"):
        actions.lift_hold(hold, reason=" ", actor=who.client, at=FREE)
    actions.lift_hold(hold, reason="Settled", actor=who.client, at=FREE)
    with pytest.raises(TransitionNotAllowed):
        actions.lift_hold(hold, reason="Settled", actor=who.client, at=FREE)
    assert agreed(who).state == "agreed"


def test_an_auditor_asks_and_the_officer_of_that_side_answers():
    who = ended_world()
    hold = asked(who)
    assert (needs(who.client), needs(who.manager)) == (["hold"], [])
    with pytest.raises(Refused):
        actions.answer_hold(hold, grant=True, actor=who.manager, at=FREE)
    with pytest.raises(Refused, match="Say why"):
        actions.answer_hold(hold, grant=False, actor=who.client, at=FREE)
    assert actions.answer_hold(hold, grant=True, actor=who.client, at=FREE).state == "standing"
    assert needs(who.client) == []
    assert Notice.objects.filter(recipient=who.auditor, key=f"hold:{hold.pk}:standing").exists()
    other = actions.answer_hold(asked(who), grant=False, reason="No case", actor=who.client, at=FREE)
    assert (other.state, Notice.objects.filter(key=f"hold:{other.pk}:refused").get().recipient) == (
        "refused", who.auditor,
    )


def test_the_other_side_is_asked_to_agree():
    who = ended_world()
    proposed(who)
    assert (needs(who.client), needs(who.manager)) == (["disposal"], [])


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_hold_needs_a_reason(reason):
    who = ended_world()
    with pytest.raises(Refused):
        actions.set_hold(who.agreement, reason=reason, actor=who.manager, at=FREE)
    assert not Hold.objects.exists()


def test_only_officers_act():
    who = ended_world()
    engineer = make_member(who.agreement.provider, Role.PROVIDER)
    with pytest.raises(Refused, match="speaks for one of the parties"):
        held(who, actor=engineer)
    with pytest.raises(Refused, match="speaks for one of the parties"):
        proposed(who, actor=engineer)


def test_a_disposal_is_proposed_once():
    who = ended_world()
    proposed(who)
    with pytest.raises(TransitionNotAllowed):
        proposed(who, actor=who.client)


def test_it_goes_on_after_a_stop_and_touches_no_other_agreement():
    who, other = ended_world(), ended_world()
    agreed(who)
    vault.remove(who.files[0])
    assert records.remove_disposed(now=FREE) == 1
    assert records.remove_disposed(now=FREE) == 0
    assert [vault.path(file.sha256).exists() for file in who.files + other.files] == [False, False, True, True]


# The pages


def test_the_page_says_what_stands_and_offers_what_one_may(client):
    who = ended_world()
    page = f"/agreements/{who.agreement.reference}/files/"
    client.force_login(who.manager)
    assert "Propose to dispose of the files" in client.get(page).content.decode()
    client.post(page + "dispose/")
    disposal = Disposal.objects.get()
    mine = client.get(page).content.decode()
    assert "Agree that they go" not in mine and "Leave them" in mine
    client.force_login(who.client)
    assert "Agree that they go" in client.get(page).content.decode()
    assert client.post(f"/disposals/{disposal.pk}/agree/").status_code == 302
    records.remove_disposed(now=FREE)
    assert client.get(page).content.decode().count("Disposed of") >= 2
    # Somebody was faster.
    again = client.post(f"/disposals/{disposal.pk}/agree/", follow=True)
    assert "Somebody was faster" in again.content.decode()


def test_a_form_without_its_reason_comes_back_with_the_error(client):
    who = ended_world()
    hold = held(who)
    client.force_login(who.manager)
    answer = client.post(f"/holds/{hold.pk}/lift/", {"reason": ""})
    assert answer.status_code == 422
    assert f'id="hold-{hold.pk}-reason"' not in answer.content.decode()  # it is the form that came back, open
    assert "This field is required." in answer.content.decode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
def test_a_hold_and_the_second_person_at_the_same_moment():
    """Whichever comes first: never a hold over files that are gone, nor files that go under a hold."""
    who = ended_world()
    disposal = proposed(who)
    acts = iter([
        lambda: held(who, at=FREE), lambda: actions.agree_disposal(disposal, actor=who.client, at=FREE),
    ])
    outcomes = race(lambda: next(acts)(), runners=2)
    state = Disposal.objects.get().state
    refused = [each for each in outcomes if isinstance(each, Refused)]
    assert (state, len(refused)) in [("proposed", 1), ("agreed", 0)]
