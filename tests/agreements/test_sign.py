"""Giving a signature: that person, their turn, in time, freshly proven, once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django_fsm import TransitionNotAllowed

from accounts.identity import FRESH, Proof
from accounts.models import Notice, User
from agreements import actions, consent
from agreements.models import Agreement, Round, Slot, Version
from agreements.signing import Reading, Refused
from records import clock, vault
from records.models import AuditEntry, Document
from tests.agreements.rounds import DEADLINE, SECOND, opened, prepared, sign, signed_by_all, slot
from tests.factories import NOON, make_terms
from tests.race import race

pytestmark = pytest.mark.django_db


def ready_to_sign(**kwargs):
    who = prepared(**kwargs)
    opened(who)
    return who


def test_opening_is_recorded_once_with_the_hash_shown():
    who = prepared()
    assert opened(who).state == opened(who, at=NOON + SECOND).state == "opened"
    entry = AuditEntry.objects.get(verb="slot.opened")
    assert (entry.actor, entry.at) == (who.director, NOON)
    assert entry.data["shown_sha256"] == who.round.version.terms_sha256


def test_only_the_person_asked_opens_it_and_in_their_turn():
    who = prepared()
    with pytest.raises(Refused):
        actions.open_slot(slot(who), actor=who.manager, at=NOON)
    with pytest.raises(TransitionNotAllowed):
        opened(who, "client-1")


def test_a_signature_leaves_evidence_and_a_new_revision_of_the_file():
    who = ready_to_sign()
    before = who.round.document
    signed = sign(who, at=NOON + SECOND)

    after = Round.objects.select_related("document").get(pk=who.round.pk).document
    assert (signed.state, signed.closed_at, signed.document) == ("signed", NOON + SECOND, after)
    assert vault.read(after.sha256).startswith(vault.read(before.sha256))
    authority = who.director.authorities.get()
    assert signed.evidence == {
        "at": (NOON + SECOND).isoformat(),
        "user": who.director.pk,
        "name": "Helen Marsh",
        "typed_name": "Helen Marsh",
        "email": who.director.email,
        "organisation": who.provider.name,
        "party": "provider",
        "capacity": "Managing director",
        "authority": authority.pk,
        "authority_source": "register extract",
        "proof": {"method": "password", "at": (NOON + SECOND).isoformat()},
        "consent": {"version": "2", "sha256": consent.sha256()},
        "sole_signatory": False,
        "shown_sha256": who.round.version.terms_sha256,
        "reading": None,
        "document_before": before.sha256,
        "address": "203.0.113.7",
        "agent": "test",
        "software": "0.1.0",
    }
    entry = AuditEntry.objects.get(verb="slot.signed")
    assert (entry.actor, entry.data["evidence"]) == (who.director, signed.evidence)


def test_the_evidence_says_which_sections_were_on_the_screen():
    who = ready_to_sign()
    read = Reading(["service", "clause-support", "annex-matrix"], ["top", "annex-matrix", "service"])
    assert sign(who, reading=read).evidence["reading"] == {"sections": 3, "seen": 2, "unseen": ["clause-support"]}


def test_the_next_step_is_asked_when_the_one_before_is_signed():
    who = ready_to_sign()
    sign(who)
    assert slot(who, "client-1").state == "invited"
    assert Notice.objects.get(key=f"slot:{slot(who, 'client-1').pk}:invited").recipient == who.head
    assert Round.objects.get().state == "open"


def test_the_last_signature_concludes_the_contract():
    who = signed_by_all()
    version = Version.objects.get()
    assert (Round.objects.get().state, version.state, version.concluded_at) == ("complete", "sealing", NOON)
    assert AuditEntry.objects.get(verb="version.concluded").scope == who.agreement.reference
    assert Agreement.objects.get().state == "preparing"


def test_two_of_one_step_sign_in_any_order():
    terms = make_terms()
    for seat in terms.signatories:
        seat.step = 1
    who = prepared(terms=terms)
    opened(who, "client-1")
    sign(who, "client-1")
    opened(who, "provider-1")
    sign(who, "provider-1")
    assert Version.objects.get().state == "sealing"


def test_signing_again_returns_the_first_result():
    who = ready_to_sign()
    first = sign(who)
    again = sign(who, at=NOON + timedelta(hours=1), consent=False, shown_sha256="x")
    assert (again.closed_at, again.document) == (first.closed_at, first.document)
    assert AuditEntry.objects.filter(verb="slot.signed").count() == 1


@pytest.mark.parametrize("change, place", [
    ({"consent": False}, "consent"),
    ({"typed_name": "Helen"}, "typed_name"),
    ({"typed_name": ""}, "typed_name"),
    ({"shown_sha256": "0" * 64}, ""),
    ({"shown_sha256": ""}, ""),
])
def test_what_a_signature_must_carry(change, place):
    who = ready_to_sign()
    with pytest.raises(Refused) as error:
        sign(who, **change)
    assert error.value.place == place
    assert slot(who).state == "opened"


def test_the_name_is_compared_without_case_and_spaces():
    who = ready_to_sign()
    assert sign(who, typed_name="  helen  MARSH ").evidence["typed_name"] == "  helen  MARSH "


@pytest.mark.parametrize("age, fresh", [(FRESH, True), (FRESH + SECOND, False), (-SECOND, False)])
def test_who_one_is_was_shown_within_five_minutes(age, fresh):
    who = ready_to_sign()
    proof = Proof(who.director.pk, "password", NOON - age)
    if fresh:
        assert sign(who, proof=proof).state == "signed"
        return
    with pytest.raises(Refused) as error:
        sign(who, proof=proof)
    assert error.value.place == "password"


def test_the_proof_is_the_signatory_s_own():
    who = ready_to_sign()
    with pytest.raises(Refused):
        sign(who, proof=Proof(who.manager.pk, "password", NOON))


def test_nobody_signs_for_another():
    who = ready_to_sign()
    with pytest.raises(Refused, match="Only Helen Marsh"):
        sign(who, actor=who.manager, proof=Proof(who.manager.pk, "password", NOON), typed_name="Ines Sommer")


def test_nobody_signs_what_they_did_not_open_or_out_of_turn():
    who = prepared()
    with pytest.raises(TransitionNotAllowed):
        sign(who)
    with pytest.raises(Refused, match="not your turn"):
        sign(who, "client-1")


@pytest.mark.parametrize("late, taken", [(-SECOND, True), (0 * SECOND, False), (SECOND, False)])
def test_the_deadline_is_judged_at_the_signature(late, taken):
    who = ready_to_sign()
    if taken:
        assert sign(who, at=DEADLINE + late).state == "signed"
        return
    with pytest.raises(Refused, match="time to sign is over"):
        sign(who, at=DEADLINE + late)


@pytest.mark.parametrize("spoil", [
    lambda who: User.objects.filter(pk=who.director.pk).update(is_active=False),
    lambda who: who.director.authorities.update(until=NOON),
    lambda who: who.director.authorities.all().delete(),
])
def test_account_and_authority_are_checked_again(spoil):
    who = ready_to_sign()
    spoil(who)
    with pytest.raises(Refused):
        sign(who)
    assert (slot(who).state, Document.objects.count()) == ("opened", 1)


def test_the_database_refuses_to_change_a_signature():
    who = ready_to_sign()
    sign(who)
    for change in ({"evidence": {}}, {"document": None}, {"person": who.manager}, {"state": "opened"}):
        with pytest.raises(DatabaseError, match="keeps its history"), transaction.atomic():
            Slot.objects.filter(pk=slot(who).pk).update(**change)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_clicks_are_one_signature():
    who = ready_to_sign()
    results = race(lambda: sign(who))
    assert {(result.state, result.document_id) for result in results} == {("signed", slot(who).document_id)}
    assert AuditEntry.objects.filter(verb="slot.signed").count() == 1
    assert Document.objects.count() == 2


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_people_of_one_step_sign_at_the_same_second():
    terms = make_terms()
    for seat in terms.signatories:
        seat.step = 1
    who = prepared(terms=terms)
    keys = ["provider-1", "client-1"]
    for key in keys:
        opened(who, key)
    waiting = iter(keys)
    results = race(lambda: sign(who, next(waiting)), runners=2)
    assert [result.state for result in results] == ["signed", "signed"]
    # The second signature lies on the bytes of the first, so none was lost.
    first, second = sorted((slot(who, key).document for key in keys), key=lambda each: each.size)
    assert vault.read(second.sha256).startswith(vault.read(first.sha256))
    assert Version.objects.get().state == "sealing"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_signature_that_waited_for_a_withdrawal_comes_too_late():
    who = ready_to_sign()
    outcome = while_it_waits(
        lambda: sign(who), lambda: actions.withdraw(who.round, reason="x", actor=who.manager, at=NOON)
    )
    assert isinstance(outcome, TransitionNotAllowed)
    round_ = Round.objects.get()
    assert (round_.state, round_.document, slot(who).state) == ("withdrawn", who.round.document, "cancelled")
    assert not AuditEntry.objects.filter(verb="slot.signed").exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_withdrawal_that_waited_for_a_signature_ends_the_round_and_keeps_it():
    who = ready_to_sign()
    outcome = while_it_waits(
        lambda: actions.withdraw(who.round, reason="x", actor=who.manager, at=NOON), lambda: sign(who)
    )
    assert outcome.state == "withdrawn"
    round_ = Round.objects.get()
    assert (slot(who).state, slot(who).document, slot(who, "client-1").state) == (
        "signed", round_.document, "cancelled",
    )
    assert Version.objects.get().state == "ready"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_withdrawal_that_waited_for_the_last_signature_is_refused():
    who = ready_to_sign()
    sign(who)
    opened(who, "client-1")
    outcome = while_it_waits(
        lambda: actions.withdraw(who.round, reason="x", actor=who.manager, at=NOON), lambda: sign(who, "client-1")
    )
    assert isinstance(outcome, TransitionNotAllowed)
    assert (Round.objects.get().state, Version.objects.get().state) == ("complete", "sealing")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("end, words", [
    (lambda who: User.objects.filter(pk=who.director.pk).update(is_active=False), "account of Helen Marsh is closed"),
    (lambda who: who.director.authorities.update(until=NOON), "no authority on record"),
])
def test_an_account_or_authority_that_ended_while_the_signature_waited_signs_nothing(end, words):
    who = ready_to_sign()
    outcome = while_it_waits(lambda: sign(who), lambda: end(who))
    assert isinstance(outcome, Refused) and words in str(outcome)
    assert (slot(who).state, Document.objects.count()) == ("opened", 1)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_signature_that_waited_past_the_deadline_is_too_late():
    """The lock is waited for; while it waits, the clock passes the deadline."""
    who = ready_to_sign()
    try:
        outcome = while_it_waits(
            lambda: sign(who, at=DEADLINE - SECOND), lambda: clock.shift(timedelta(seconds=5))
        )
    finally:
        clock.shift(None)
    assert str(outcome) == "The time to sign is over."


def while_it_waits(act, meanwhile):
    """Let `act` wait for the round in a thread of its own, do something else first; what it returned or raised."""
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Round.objects.select_for_update().get()
            waiting = pool.submit(closing, act)
            wait_until_somebody_waits(waiting)
            meanwhile()
        return waiting.result()


def closing(act):
    try:
        return act()
    except (Refused, TransitionNotAllowed) as error:
        return error
    finally:
        connection.close()


def wait_until_somebody_waits(act):
    query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with connection.cursor() as cursor:
        found = 0
        while not found:
            assert not act.done(), "it did not wait for the lock"
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(query)
            found = cursor.fetchone()[0]
