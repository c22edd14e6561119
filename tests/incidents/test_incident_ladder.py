"""Where an incident meets the engine: told, acknowledged, sent up by hand, ended, begun again."""

import pytest

from agreements.grants import load
from incidents import actions, escalation, needs
from incidents.models import Incident, Run
from records.models import AuditEntry
from tests.factories import NOON
from tests.incidents.desk import log, make_scene, told, worked
from tests.incidents.rows import DAY, HOUR
from tests.race import race

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene():
    return make_scene()


def asked(user, at=NOON):
    return [need.url for need in needs.for_user(user, load(user, at), at) if need.key.endswith(":acknowledge")]


def run_of(incident):
    return Run.objects.filter(subject=f"incidents.incident:{incident.pk}").latest("pk")


def test_the_initial_contact_is_told_at_once_and_the_next_level_by_time_out(scene):
    incident = log(scene)
    escalation.tick(now=NOON)
    assert told(scene.people["p-desk"]) == ["INC-0001, Initial contact: Nobody can log in"]
    assert asked(scene.people["p-desk"]) == [incident.get_absolute_url()]
    assert asked(scene.people["p-head"]) == []
    escalation.tick(now=NOON + 4 * HOUR)
    assert told(scene.people["p-head"]) == ["INC-0001, Management: Nobody can log in"]
    assert run_of(incident).terms_sha256 == scene.version.terms_sha256


def test_acknowledging_stops_the_ladder(scene):
    incident = log(scene)
    escalation.tick(now=NOON)
    actions.acknowledge_incident(incident, actor=scene.staff, at=NOON)
    escalation.tick(now=NOON + 4 * HOUR)
    assert told(scene.people["p-head"]) == [] and run_of(incident).state == "acknowledged"
    assert "INC-0001 was acknowledged by Daniel Osei" in told(scene.people["p-desk"])


def test_the_link_of_a_mail_acknowledges_the_incident_too(scene):
    incident = log(scene)
    escalation.tick(now=NOON)
    actions.acknowledge_run(run_of(incident), actor=scene.people["p-desk"], at=NOON)
    incident = Incident.objects.get()
    assert (incident.state, incident.assignee) == ("acknowledged", scene.people["p-desk"])


def test_sent_up_by_hand_the_next_level_is_told_now_and_may_take_it(scene):
    incident = worked(scene, "in_progress")
    escalation.tick(now=NOON)
    actions.escalate_incident(incident, reason="Too slow", seen_level=-1, actor=scene.guest, at=NOON)
    escalation.tick(now=NOON)
    actions.escalate_incident(incident, reason="Still too slow", seen_level=0, actor=scene.guest, at=NOON)
    escalation.tick(now=NOON)
    head = scene.people["p-head"]
    assert told(head) == ["INC-0001, Management: Nobody can log in"]

    incident = actions.acknowledge_incident(incident, actor=head, at=NOON)

    assert (incident.state, incident.assignee, incident.acknowledged_by) == ("in_progress", head, scene.staff)
    assert run_of(incident).state == "acknowledged"


@pytest.mark.parametrize("seen", [0, 2])
def test_a_second_press_tells_nobody_twice(scene, seen):
    incident = log(scene)
    with pytest.raises(actions.Refused) as refused:
        actions.escalate_incident(incident, reason="Hurry", seen_level=seen, actor=scene.guest, at=NOON)
    assert refused.value.place == "reason"
    assert not AuditEntry.objects.filter(verb="incident.escalated").exists()


def test_above_the_top_there_is_nobody(scene):
    incident = log(scene)
    escalation.tick(now=NOON + 2 * DAY)
    with pytest.raises(actions.Refused):
        actions.escalate_incident(incident, reason="Hurry", seen_level=2, actor=scene.guest, at=NOON + 2 * DAY)
    with pytest.raises(actions.Refused) as refused:
        actions.escalate_incident(incident, reason=" ", seen_level=1, actor=scene.guest, at=NOON + 2 * DAY)
    assert refused.value.place == "reason"


def test_resolved_its_run_ends_and_taken_up_again_another_begins(scene):
    incident = worked(scene)
    first = run_of(incident)
    assert first.state == "resolved"
    with pytest.raises(actions.Refused):
        actions.escalate_incident(incident, reason="Hurry", seen_level=-1, actor=scene.guest, at=NOON)
    incident = actions.reopen_incident(incident, reason="It is back.", actor=scene.guest, at=NOON + HOUR)
    escalation.tick(now=NOON + HOUR)
    assert run_of(incident) != first and Run.objects.count() == 2
    incident = actions.acknowledge_incident(incident, actor=scene.staff, at=NOON + HOUR)
    assert (incident.state, run_of(incident).state) == ("in_progress", "acknowledged")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_eight_who_acknowledge_one_wins():
    scene = make_scene()
    incident = log(scene)
    escalation.tick(now=NOON)
    outcomes = race(lambda: actions.acknowledge_incident(incident, actor=scene.staff, at=NOON))
    assert sum(isinstance(each, Incident) for each in outcomes) == 1
    assert AuditEntry.objects.filter(verb="incident.acknowledged").count() == 1
