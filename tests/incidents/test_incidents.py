"""The acts on incidents."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django_fsm import TransitionNotAllowed

from accounts.models import Role
from agreements import terms as t
from incidents import actions
from incidents.models import Incident, IncidentLink, Remark
from kpis.models import Case, Outage
from records.models import AuditEntry
from tests.factories import MAY, NOON, make_agreement, make_member, make_terms, make_version
from tests.incidents.desk import log, make_scene, told, worked
from tests.incidents.rows import HOUR, make_breach, make_ladder, make_target

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene():
    return make_scene()


# Logging


def test_an_incident_is_judged_by_the_version_in_force_when_it_began(scene):
    incident = log(scene)
    assert (incident.number, incident.state, incident.version, incident.party) == (
        "INC-0001", "open", scene.version, "client"
    )
    # 49 hours of a desk that is open 15 to 22 on workdays, from Wednesday noon on.
    assert incident.resolve_by.isoformat() == "2026-05-14T22:00:00+00:00"
    assert incident.respond_by is None
    entry = AuditEntry.objects.get(verb="incident.logged")
    assert (entry.actor, entry.scope, entry.data["terms_sha256"]) == (
        scene.guest, scene.reference, scene.version.terms_sha256
    )


@pytest.mark.parametrize("place, given", [
    ("title", {"title": "  "}),
    ("priority", {"priority": 1}),
    ("priority", {"priority": None}),
    ("began_at", {"began_at": NOON + timedelta(seconds=1)}),
    ("began_at", {"began_at": MAY - timedelta(seconds=1)}),
    ("", {"party": "elsewhere"}),
])
def test_what_cannot_be_logged(scene, place, given):
    with pytest.raises(actions.Refused) as refused:
        log(scene, **given)
    assert refused.value.place == place
    assert not Incident.objects.exists()


def test_the_same_external_id_logs_once(scene):
    first, again = log(scene, external_id="T-1"), log(scene, external_id="T-1", title="Other words")
    assert first == again and Incident.objects.get().title == "Nobody can log in"
    assert log(scene, external_id="T-2") != first


# The states


def test_the_road_to_closed(scene):
    incident = worked(scene, "closed")
    assert (incident.state, incident.assignee, incident.acknowledged_by, incident.resolved_by, incident.closed_by) == (
        "closed", scene.staff, scene.staff, scene.staff, scene.guest
    )
    verbs = AuditEntry.objects.filter(verb__startswith="incident.").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == [
        "incident.logged", "incident.acknowledged", "incident.begun", "incident.resolved", "incident.closed",
    ]
    assert "INC-0001 is resolved: please confirm" in told(scene.guest)


ACTS = {
    "acknowledge": lambda i, who: actions.acknowledge_incident(i, **who),
    "begin": lambda i, who: actions.begin_incident(i, **who),
    "resolve": lambda i, who: actions.resolve_incident(i, resolution="Done.", **who),
    "close": lambda i, who: actions.close_incident(i, **who),
    "reopen": lambda i, who: actions.reopen_incident(i, reason="It is back.", **who),
}
ALLOWED = {
    ("open", "acknowledge"), ("acknowledged", "begin"), ("in_progress", "resolve"), ("resolved", "close"),
    ("resolved", "reopen"), ("closed", "reopen"),
}


@pytest.mark.parametrize("state", ["open", "acknowledged", "in_progress", "resolved", "closed"])
def test_transitions_not_listed_are_refused(scene, state):
    incident = log(scene) if state == "open" else worked(scene, state)
    for act, call in ACTS.items():
        point = transaction.savepoint()
        if (state, act) in ALLOWED:
            call(incident, {"actor": scene.staff, "at": NOON})
        else:
            with pytest.raises(TransitionNotAllowed):
                call(incident, {"actor": scene.staff, "at": NOON})
        transaction.savepoint_rollback(point)


def test_the_database_knows_no_resolved_incident_without_words(scene):
    incident = log(scene)
    with pytest.raises(IntegrityError), transaction.atomic():
        Incident.objects.filter(pk=incident.pk).update(state="resolved")
    with pytest.raises(IntegrityError), transaction.atomic():
        Incident.objects.filter(pk=incident.pk).update(state="elsewhere")


def test_taken_up_again_its_clock_never_stopped(scene):
    incident = worked(scene)
    incident = actions.reopen_incident(incident, reason="It is back.", actor=scene.guest, at=NOON + HOUR)
    assert (incident.state, incident.resolved_at, incident.reason) == ("in_progress", None, "It is back.")
    assert "INC-0001 was taken up again" in told(scene.staff)
    with pytest.raises(actions.Refused):
        actions.reopen_incident(worked(scene), reason=" ", actor=scene.guest, at=NOON)


def test_handing_on_tells_the_new_one_and_only_the_providers_people(scene):
    other = make_member(scene.provider, Role.PROVIDER, name="Nora Falk")
    incident = actions.assign_incident(log(scene), to=other, actor=scene.staff, at=NOON)
    assert incident.assignee == other and "Yours: INC-0001 Nobody can log in" in told(other)
    with pytest.raises(actions.Refused) as refused:
        actions.assign_incident(incident, to=scene.guest, actor=scene.staff, at=NOON)
    assert refused.value.place == "to"


def test_a_resolved_incident_is_not_handed_on(scene):
    incident = worked(scene)
    for act in (
        lambda: actions.assign_incident(incident, to=scene.staff, actor=scene.staff, at=NOON),
        lambda: actions.change_priority(incident, priority=3, reason="Hurry", actor=scene.staff, at=NOON),
    ):
        with pytest.raises(actions.Refused):
            act()


# What it counts for


@pytest.mark.parametrize("key, model", [("K1", Outage), ("K2", Case)])
def test_what_counts_has_a_row_in_the_stream_that_ends_with_it(scene, key, model):
    target, who = make_target(scene.version, key), {"actor": scene.staff, "at": NOON}
    incident = log(scene)
    actions.count_incident(incident, target, **who)
    row = model.objects.get()
    assert (row.external_id, row.source) == ("INC-0001", "incidents")
    assert row.at == (incident.began_at if model is Outage else incident.logged_at)

    later = {"actor": scene.staff, "at": NOON + HOUR}
    actions.acknowledge_incident(incident, **later)
    actions.begin_incident(incident, **later)
    actions.resolve_incident(incident, resolution="Restarted.", **later)

    current = model.objects.current(target.indicator_id).get()
    assert (current.until if model is Outage else current.closed_at) == NOON + HOUR

    actions.reopen_incident(incident, reason="It is back.", actor=scene.guest, at=NOON + 2 * HOUR)
    current = model.objects.current(target.indicator_id).get()
    assert (current.until if model is Outage else current.closed_at) is None


def test_counting_twice_is_counting_once(scene):
    target, incident = make_target(scene.version), log(scene)
    for _ in range(2):
        actions.count_incident(incident, target, actor=scene.staff, at=NOON)
    assert Outage.objects.count() == IncidentLink.objects.count() == 1


@pytest.mark.parametrize("key", ["K4"])
def test_a_score_is_not_made_of_incidents(scene, key):
    with pytest.raises(actions.Refused) as refused:
        actions.count_incident(log(scene), make_target(scene.version, key), actor=scene.staff, at=NOON)
    assert refused.value.place == "target"


def test_another_agreements_things_are_not_linked(scene):
    other, _people = make_ladder()
    breach, incident = make_breach(other), log(scene)
    who = {"actor": scene.staff, "at": NOON}
    target = make_target(other)
    for call in (
        lambda: actions.count_incident(incident, target, **who),
        lambda: actions.link_incident(incident, target=target, **who),
        lambda: actions.link_incident(incident, breach=breach, **who),
        lambda: actions.link_incident(incident, measured=(target.indicator, "log", "o1"), **who),
        lambda: actions.link_incident(incident, **who),
    ):
        with pytest.raises(actions.Refused):
            call()


def test_links_stand_once(scene):
    breach, incident, who = make_breach(scene.version), log(scene), {"actor": scene.staff, "at": NOON}
    indicator = make_target(scene.version).indicator
    for _ in range(2):
        actions.link_incident(incident, breach=breach, **who)
        actions.link_incident(incident, measured=(indicator, "log", "o1"), **who)
    assert IncidentLink.objects.count() == 2
    assert AuditEntry.objects.filter(verb="incident.linked").count() == 2


def test_another_priority_keeps_the_start_and_corrects_the_case(scene):
    rows = [t.Priority(3, "Normal", 7200, "always", response_seconds=600), t.Priority(1, "Critical", 3600, "always")]
    agreement = make_agreement(state="active")
    version = make_version(agreement, state="executed", terms=make_terms(priorities=rows), concluded_at=MAY)
    agreement.guest = scene.guest
    incident, target = log(agreement), make_target(version, "K2")
    who = {"actor": scene.staff, "at": NOON + HOUR}
    actions.count_incident(incident, target, **who)

    incident = actions.change_priority(incident, priority=1, reason="Everybody is hit", **who)

    assert (incident.priority, incident.respond_by, incident.resolve_by) == (1, None, NOON + HOUR)
    assert Case.objects.current(target.indicator_id).get().priority == 1
    with pytest.raises(actions.Refused) as refused:
        actions.change_priority(incident, priority=2, reason="Why not", **who)
    assert refused.value.place == "priority"


# Remarks


def test_an_internal_remark_is_for_one_side(scene):
    incident = log(scene)
    who = {"actor": scene.staff, "at": NOON}
    actions.remark_on(incident, text="We look into it.", side="", **who)
    actions.remark_on(incident, text="Again the switch.", side="provider", **who)
    assert [each.text for each in incident.remarks.for_sides(["client"])] == ["We look into it."]
    assert incident.remarks.for_sides(["provider"]).count() == 2
    # The client logged it and is told of the first alone.
    assert told(scene.guest) == ["Daniel Osei about INC-0001"]
    assert "switch" not in str(list(AuditEntry.objects.values_list("data", flat=True)))


def test_remarks_about_a_breach_reach_its_owner(scene):
    breach = actions.acknowledge(make_breach(scene.version), actor=scene.staff, at=NOON)
    actions.remark_on(breach, text="When is it over?", side="", actor=scene.guest, at=NOON)
    assert "Amara Lindqvist about BR-0001" in told(scene.staff)


def test_the_same_mail_is_one_remark(scene):
    incident = log(scene)
    for _ in range(2):
        actions.remark_on(incident, text="Hello", side="", actor=scene.guest, at=NOON, message_id="<1@example>")
    assert Remark.objects.count() == 1


@pytest.mark.parametrize("given, place", [({"text": "  "}, "text"), ({"side": "auditor"}, "side")])
def test_what_is_no_remark(scene, given, place):
    fields = {"text": "Hello", "side": ""} | given
    with pytest.raises(actions.Refused) as refused:
        actions.remark_on(log(scene), **fields, actor=scene.guest, at=NOON)
    assert refused.value.place == place
