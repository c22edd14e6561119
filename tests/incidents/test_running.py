"""Runs of any subject: start, repeat, rest during maintenance, go up by hand, acknowledge by the link of a mail."""

import re

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django_fsm import TransitionNotAllowed

from accounts.models import Message, Notice
from accounts.tokens import link_token
from agreements import terms as t
from agreements.models import PositionHolder
from incidents import actions, escalation
from incidents.models import AckLink, Run, Step
from incidents.subjects import Subject
from records.models import AuditEntry
from tests.factories import make_version
from tests.incidents.rows import CLOSED, DAY, HOUR, MATRIX, make_breach, make_ladder
from tests.race import race

pytestmark = pytest.mark.django_db


def begin(version, what="late", **kwargs):
    subject = Subject(f"agreements.agreement:{version.agreement.pk}:{what}", "Figures of May are late", "/data/", "")
    return escalation.start(subject, version, at=CLOSED, **kwargs)


def steps(run):
    return list(run.steps.order_by("round", "due_at", "level").values_list("kind", "level", "round", "state"))


def told(user):
    return list(Notice.objects.filter(recipient=user).order_by("created_at").values_list("key", flat=True))


@pytest.fixture
def scene():
    version, people = make_ladder()
    return begin(version), people, version


# Any subject


def test_late_data_climbs_the_signed_ladder(scene):
    run, people, version = scene
    escalation.tick(now=CLOSED)
    escalation.tick(now=CLOSED + 4 * HOUR)

    notice = Notice.objects.get(recipient=people["c-head"])
    assert (notice.title, notice.url) == (
        f"{version.agreement.reference}, Management: Figures of May are late", run.get_absolute_url()
    )
    entry = AuditEntry.objects.filter(verb="escalation.told").first()
    assert (entry.target_label, entry.target_id) == ("agreements.agreement", version.agreement.pk)


def test_what_the_contact_could_not_solve_begins_above_it():
    version, people = make_ladder()
    begin(version, above_contact=True)
    assert escalation.tick(now=CLOSED) == 1
    assert (told(people["p-desk"]), len(told(people["p-head"]))) == ([], 1)


def test_a_subject_has_one_run_at_a_time(scene):
    run, _people, version = scene
    with pytest.raises(IntegrityError), transaction.atomic():
        begin(version)
    begin(version, "another")

    escalation.resolve(run, at=CLOSED)

    assert escalation.open_run(run.subject) is None
    assert begin(version).pk != run.pk


def test_a_policy_changed_meanwhile_changes_nothing(scene):
    """An amendment's matrix tells nobody of the old one."""
    _run, people, version = scene
    escalation.tick(now=CLOSED)
    terms = version.read_terms()
    terms.escalation = t.Escalation(MATRIX.positions, [t.Level(0, "The other one", 0, ["c-head"])])
    make_version(version.agreement, minor=1, terms=terms)

    escalation.tick(now=CLOSED + 300 * DAY)

    assert len(told(people["p-board"])) == 1
    assert "Management" in Notice.objects.get(recipient=people["p-board"]).text


# Repeating


def repeating(repeats, **kwargs):
    levels = [t.Level(0, "Contact", 0, ["p-desk"]), t.Level(1, "Management", 4 * 3600, ["p-head"])]
    return make_ladder(t.Escalation(MATRIX.positions, levels, repeats=repeats, **kwargs))


@pytest.mark.parametrize("repeats", [0, 1, 3])
def test_repeated_n_times_is_one_and_n_rounds(repeats):
    version, people = repeating(repeats, repeat_seconds=7200)
    run = begin(version)
    for hours in range(60):
        escalation.tick(now=CLOSED + hours * HOUR)

    assert len(told(people["p-desk"])) == len(told(people["p-head"])) == 1 + repeats
    assert list(run.steps.filter(level=0).values_list("due_at", flat=True)) == [
        CLOSED + lap * 6 * HOUR for lap in range(1 + repeats)
    ]
    assert not run.steps.pending().exists()


def test_each_round_says_which_it_is():
    version, people = repeating(1)
    begin(version)
    for hours in (0, 4, 28):
        escalation.tick(now=CLOSED + hours * HOUR)
    texts = Notice.objects.filter(recipient=people["p-desk"]).order_by("created_at").values_list("text", flat=True)
    assert ["repetition 1 of 1" in text for text in texts] == [False, True]


def test_a_stop_over_several_rounds_is_one_message_each():
    version, people = repeating(3)
    run = begin(version)
    escalation.tick(now=CLOSED + 300 * DAY)

    assert len(told(people["p-desk"])) == len(told(people["p-head"])) == 1
    assert [state for *_rest, state in steps(run)] == ["coalesced"] * 7 + ["fired"]
    assert "Contact, Management." in Notice.objects.get(recipient=people["p-desk"]).text


def test_nobody_at_all_does_not_spin_through_the_rounds():
    version, _people = repeating(3)
    PositionHolder.objects.all().update(until=CLOSED)
    begin(version)
    assert escalation.tick(now=CLOSED) == 2
    assert Step.objects.pending().get().due_at == CLOSED + DAY


# Going up by hand


def test_a_person_tells_the_next_level_now(scene):
    run, people, _version = scene
    escalation.tick(now=CLOSED)
    actions.raise_run(run, seen_level=0, actor=people["p-desk"], at=CLOSED + HOUR)
    assert escalation.tick(now=CLOSED + HOUR) == 1
    assert len(told(people["p-head"])) == 1
    # The board counts from there, and level 1 is not told a second time when it would have been due.
    assert escalation.tick(now=CLOSED + 24 * HOUR) == 0
    assert escalation.tick(now=CLOSED + 25 * HOUR) == 1


def test_a_second_press_does_not_skip_a_level(scene):
    run, people, _version = scene
    escalation.tick(now=CLOSED)
    actions.raise_run(run, seen_level=0, actor=people["p-desk"], at=CLOSED)
    escalation.tick(now=CLOSED)
    with pytest.raises(escalation.Faster):
        actions.raise_run(run, seen_level=0, actor=people["p-desk"], at=CLOSED)
    assert Run.objects.get().level == 1


def test_above_the_top_there_is_nobody(scene):
    run, people, _version = scene
    escalation.tick(now=CLOSED + 30 * DAY)
    with pytest.raises(actions.Refused, match="last level"):
        actions.raise_run(run, seen_level=2, actor=people["p-board"], at=CLOSED)


def test_going_up_takes_an_acknowledgement_back(scene):
    run, people, _version = scene
    escalation.tick(now=CLOSED)
    actions.acknowledge_run(run, actor=people["p-desk"], at=CLOSED)
    actions.raise_run(run, seen_level=0, actor=people["p-desk"], at=CLOSED)
    assert escalation.tick(now=CLOSED) == 1
    assert Run.objects.get().state == "active"


# The link in the mail


def link_of(user):
    mail = Message.objects.filter(recipient=user).latest("pk")
    assert link_token(mail.key) not in mail.body  # the outbox does not hold it
    return reverse("incidents:acknowledge_by_link", args=[link_token(mail.key)])


@pytest.fixture
def linked(scene):
    escalation.tick(now=CLOSED)
    run, people, version = scene
    AckLink.objects.update(expires_at=CLOSED + 10_000 * DAY)  # PostgreSQL says its own time
    return run, people["p-desk"], link_of(people["p-desk"])


def test_opening_the_link_changes_nothing_and_says_as_whom(linked, client):
    _run, person, link = linked
    for _ in range(3):
        page = client.get(link)
        assert page.status_code == 200
        assert f"Acknowledge as {person.name}" in page.content.decode()
    assert Run.objects.get().state == "active"


def test_the_button_acknowledges_as_its_person_without_signing_in_and_once(linked, client):
    run, person, link = linked
    assert client.post(link).status_code == 200
    run = Run.objects.get()
    assert (run.state, run.acknowledged_by) == ("acknowledged", person)
    assert AuditEntry.objects.get(verb="escalation.acknowledged").actor == person
    assert client.get(link).status_code == client.post(link).status_code == 404
    assert "_auth_user_id" not in client.session


def test_a_breach_is_taken_up_by_its_own_act(client):
    version, people = make_ladder()
    breach = make_breach(version)
    escalation.tick(now=CLOSED)
    AckLink.objects.update(expires_at=CLOSED + 10_000 * DAY)
    assert client.post(link_of(people["p-desk"])).status_code == 200
    breach.refresh_from_db()
    assert (breach.state, breach.owner) == ("acknowledged", people["p-desk"])


@pytest.mark.parametrize("spoil", ["lapsed", "left"])
def test_a_link_that_works_no_more(linked, client, spoil):
    _run, person, link = linked
    if spoil == "lapsed":
        AckLink.objects.update(expires_at=CLOSED)
    else:
        type(person).objects.filter(pk=person.pk).update(is_active=False)
    assert client.get(link).status_code == client.post(link).status_code == 404
    assert Run.objects.get().state == "active"


def test_somebody_was_faster_than_the_link(linked, client):
    run, person, link = linked
    actions.acknowledge_run(run, actor=person, at=CLOSED)
    answer = client.post(link)
    assert answer.status_code == 409
    assert "Somebody was faster" in answer.content.decode()


def test_who_lost_the_position_cannot_use_the_link(linked, client):
    run, person, link = linked
    run.agreement.involvements.filter(user=person).delete()
    answer = client.post(link)
    assert answer.status_code == 409
    assert re.search("may not acknowledge", answer.content.decode())
    assert Run.objects.get().state == "active"


def test_the_page_of_a_run(scene, client):
    run, people, _version = scene
    escalation.tick(now=CLOSED)
    client.force_login(people["p-desk"])
    page = client.get(run.get_absolute_url()).content.decode()
    assert "Figures of May are late" in page and "Tell the next level now" in page
    client.post(reverse("incidents:raise_run", args=[run.pk]), {"seen_level": 5})
    assert Run.objects.get().steps.filter(level=1, state="pending").get().round == 1  # nothing happened
    client.post(reverse("incidents:acknowledge_run", args=[run.pk]))
    page = client.get(run.get_absolute_url()).content.decode()
    assert "Tell the next level now" in page and "acknowledged it" in page


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_presses_of_one_link_acknowledge_once():
    version, people = make_ladder()
    begin(version)
    escalation.tick(now=CLOSED)
    token = link_token(Message.objects.get().key)

    outcomes = race(lambda: actions.acknowledge_by_link(token, at=CLOSED))

    assert sum(isinstance(outcome, Run) for outcome in outcomes) == 1
    assert all(isinstance(each, (Run, actions.Refused, TransitionNotAllowed)) for each in outcomes)
    assert AuditEntry.objects.filter(verb="escalation.acknowledged").count() == 1
