"""A complaint has a route to its closing: an answer, agreement or silence, and the ladder."""

import pytest
from django.db import IntegrityError, transaction
from django_fsm import TransitionNotAllowed

from agreements.grants import load
from agreements.signing import Refused
from incidents import escalation
from incidents.models import Run
from records.models import AuditEntry
from reviews import actions, needs
from reviews.models import Complaint
from tests.factories import NOON
from tests.incidents.desk import make_scene, told
from tests.incidents.rows import DAY, HOUR

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene():
    return make_scene()


def complain(scene, **kwargs):
    given = {"title": "No answer", "text": "Nobody calls back.", "actor": scene.guest, "at": NOON} | kwargs
    return actions.complain(scene, **given)


def answered(scene):
    return actions.answer_complaint(complain(scene), answer="We call today.", actor=scene.owner, at=NOON)


def waiting(user):
    return [need.key for need in needs.for_user(user, load(user, NOON), NOON) if need.key.startswith("complaint")]


def test_it_climbs_until_it_is_answered(scene):
    complaint = complain(scene)
    escalation.tick(now=NOON)
    escalation.tick(now=NOON + 4 * HOUR)
    assert told(scene.people["p-desk"]) == ["CMP-0001, Initial contact: No answer"]
    assert told(scene.people["p-head"]) == ["CMP-0001, Management: No answer"]
    actions.answer_complaint(complaint, answer="We call today.", actor=scene.owner, at=NOON + 5 * HOUR)
    assert Run.objects.get().state == "resolved"
    assert waiting(scene.guest) == [f"complaint:{complaint.pk}:answered"]
    assert "CMP-0001 was answered: do you agree?" in told(scene.guest)


def test_the_client_agrees(scene):
    complaint = actions.agree_to_answer(answered(scene), actor=scene.guest, at=NOON)
    assert (complaint.state, complaint.closed_by) == ("closed", scene.guest)
    for act in (
        lambda: actions.agree_to_answer(complaint, actor=scene.guest, at=NOON),
        lambda: actions.answer_complaint(complaint, answer="Again", actor=scene.owner, at=NOON),
    ):
        with pytest.raises(TransitionNotAllowed):
            act()


def test_ten_days_of_silence_close_it_once(scene):
    answered(scene)
    assert actions.close_silent(now=NOON + 10 * DAY - HOUR) == 0
    assert [actions.close_silent(now=NOON + 10 * DAY) for _ in range(2)] == [1, 0]
    complaint = Complaint.objects.get()
    assert (complaint.state, complaint.closed_by) == ("closed", None)
    assert AuditEntry.objects.get(verb="complaint.closed").data["silence"] is True


def test_an_answer_that_does_not_do_goes_above_the_initial_contact(scene):
    complaint = answered(scene)
    actions.disagree_with_answer(complaint, reason="Nobody called.", actor=scene.guest, at=NOON)
    escalation.tick(now=NOON)
    assert told(scene.people["p-head"]) == ["CMP-0001, Management: No answer"]
    # Silence closes nothing while it climbs; a second press tells nobody twice.
    assert actions.close_silent(now=NOON + 11 * DAY) == 0
    for act in (
        lambda: actions.disagree_with_answer(complaint, reason="Nobody called.", actor=scene.guest, at=NOON),
        lambda: actions.agree_to_answer(complaint, actor=scene.guest, at=NOON),
    ):
        with pytest.raises(TransitionNotAllowed):
            act()


def test_a_second_answer_counts_and_the_first_stays_with_what_was_missing(scene):
    complaint = answered(scene)
    actions.disagree_with_answer(complaint, reason="Nobody called.", actor=scene.guest, at=NOON + HOUR)
    again = actions.answer_complaint(complaint, answer="Ann calls at two.", actor=scene.staff, at=NOON + 2 * HOUR)
    assert (again.state, again.answer, again.answered_by) == ("answered", "Ann calls at two.", scene.staff)
    (first,) = complaint.rejoinders.all()
    assert (first.answer, first.reason, first.by) == ("We call today.", "Nobody called.", scene.guest)
    assert told(scene.guest).count("CMP-0001 was answered: do you agree?") == 2
    assert set(Run.objects.values_list("state", flat=True)) == {"resolved"}
    # The days of silence are those of the second answer.
    assert actions.close_silent(now=NOON + 10 * DAY + HOUR) == 0
    assert actions.close_silent(now=NOON + 10 * DAY + 2 * HOUR) == 1


def test_no_to_the_answer_after_the_end_of_the_agreement_is_heard_without_a_ladder(scene):
    complaint = answered(scene)
    scene.versions.update(ends_at=NOON + HOUR)
    gone = actions.disagree_with_answer(complaint, reason="Nobody called.", actor=scene.guest, at=NOON + 2 * HOUR)
    assert gone.state == "received" and not Run.objects.exclude(state="resolved").exists()
    assert told(scene.owner)[-1] == "CMP-0001: the answer does not do"


def test_a_machine_raises_it_once(scene):
    first, again = (complain(scene, external_id="T-1") for _ in range(2))
    assert first == again and Complaint.objects.count() == 1


@pytest.mark.parametrize("given", [{"title": " "}, {"text": ""}, {"at": NOON - 30 * DAY}])
def test_what_is_no_complaint(scene, given):
    with pytest.raises(Refused):
        complain(scene, **given)
    assert not Complaint.objects.exists()


def test_no_answer_without_words(scene):
    with pytest.raises(Refused):
        actions.answer_complaint(complain(scene), answer=" ", actor=scene.owner, at=NOON)
    for spoiled in ({"state": "answered"}, {"state": "elsewhere"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Complaint.objects.update(**spoiled)


def test_the_page_by_hand(client, scene, monkeypatch):
    monkeypatch.setattr("records.clock.now", lambda: NOON)
    client.force_login(scene.guest)
    page = client.post(
        f"/agreements/{scene.reference}/complaints/new/", {"title": "No answer", "text": "Nobody calls."}, follow=True
    )
    assert "CMP-0001 is received." in page.content.decode()
    client.force_login(scene.owner)
    page = client.post("/complaints/CMP-0001/answer/", {"answer": "We call today."}, follow=True)
    assert "We call today." in page.content.decode()
    client.force_login(scene.guest)
    assert b"CMP-0001" in client.get("/complaints/").content
    page = client.post("/complaints/CMP-0001/agree/", follow=True)
    assert "Amara Lindqvist agreed" in page.content.decode()
