"""The API of the desk: breaches by hand and what follows them, complaints, incidents handed on."""

import pytest

from incidents.models import Breach, BreachAction, Incident
from reviews.models import Complaint
from tests.slaportal.test_api import WHO, call

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world_once")]
OUTCOME = {"root_cause": "A full disk", "corrective": "Made room"}


@pytest.fixture
def body(world):
    return {"agreement": world.agreement.reference, "title": "No report", "text": "It was due on the 5th"}


def statuses(client, world, name, *args, data):
    return {who: call(client, getattr(world, who), name, *args, data=data).status_code for who in WHO}


# Breaches


def test_who_logs_a_breach_by_hand(client, world, body):
    expected = {"client": 201, "provider": 201, "manager": 201, "escalation": 201, "auditor": 403}
    assert statuses(client, world, "breaches", data=body) == {who: expected.get(who, 422) for who in WHO}


def test_a_machine_logs_a_breach_once(client, world, body):
    first, again = (
        call(client, world.client, "breaches", data=body | {"external_id": "M-1", "kpi": "K1"}) for _ in range(2)
    )
    row = first.json()
    assert (first.status_code, row["state"], row["kpi"], row["text"], row["level"]) == (
        201, "open", "K1", "It was due on the 5th", -1
    )
    assert again.json()["number"] == row["number"]


@pytest.mark.parametrize(("given", "place"), [
    ({"title": ""}, "title"), ({"text": " "}, "text"), ({"kpi": "K99"}, "kpi"), ({"agreement": "SLA-0"}, "agreement"),
    ({"external_id": "x" * 81}, "external_id"), ({"title": ["x"]}, "title"),
])
def test_what_is_no_breach_is_named(client, world, body, given, place):
    before = Breach.objects.count()
    answer = call(client, world.client, "breaches", data=body | given)
    assert (answer.status_code, list(answer.json())) == (422, [place])
    assert Breach.objects.count() == before


def test_a_breach_from_its_acknowledgement_to_its_check(client, world):
    number = world.breach.number

    def act(person, name, **data):
        return call(client, person, "breach_act", number, name, data=data)

    assert act(world.manager, "acknowledge").json()["owner"] == "Ines Sommer"
    assert act(world.provider, "acknowledge").status_code == 409
    handed = act(world.manager, "hand-on", to=world.provider.email.upper(), note="Yours")
    assert handed.json()["owner"] == "Daniel Osei"
    assert act(world.manager, "hand-on", to=world.client.email).json() == {"to": ["Name somebody of them by e-mail."]}
    promised = act(
        world.provider, "promise", kind="preventive", text="Watch it", owner=world.client.email, due_on="2026-12-01"
    )
    (made,) = promised.json()["actions"]
    assert (made["owner"], made["state"]) == ("Amara Lindqvist", "open")
    done = call(client, world.client, "promise_end", number, made["id"], "done", data={})
    assert done.json()["actions"][0]["state"] == "done"
    assert call(client, world.client, "promise_end", number, made["id"], "done", data={}).status_code == 409

    assert act(world.client, "outcome", **OUTCOME).status_code == 403
    assert list(act(world.provider, "outcome", root_cause="A full disk").json()) == ["corrective"]
    assert act(world.provider, "outcome", **OUTCOME, check_days=5).json()["state"] == "outcome"
    assert act(world.provider, "close").status_code == 403
    closed = act(world.client, "close").json()
    assert (closed["state"], bool(closed["check_due_on"])) == ("closed", True)
    assert act(world.client, "close").status_code == 409
    assert act(world.client, "reopen", reason="It is back").json()["reason"] == "It is back"


def test_a_check_says_whether_it_helped(client, world):
    number = world.closed_breach.number
    early = call(client, world.escalation, "breach_act", number, "check", data={"effective": True, "note": "x"})
    assert early.status_code == 403  # the owner does not look at their own work
    said = call(client, world.manager, "breach_act", number, "check", data={"effective": False, "note": "It is back"})
    assert (said.json()["effective"], said.json()["state"], said.json()["checked_by"]) == (
        False, "acknowledged", "Ines Sommer"
    )


def test_a_promise_is_dropped_with_a_reason_by_the_provider(client, world):
    args = (world.acknowledged_breach.number, world.promise.pk, "drop")
    assert call(client, world.client, "promise_end", *args, data={"reason": "x"}).status_code == 403
    assert list(call(client, world.manager, "promise_end", *args, data={}).json()) == ["reason"]
    assert call(client, world.manager, "promise_end", *args, data={"reason": "Done otherwise"}).status_code == 200
    assert BreachAction.objects.get(pk=world.promise.pk).state == "dropped"
    assert call(client, world.manager, "promise_end", args[0], args[1], "eat", data={}).status_code == 404


def test_remarks_of_a_side_stay_with_it(client, world):
    number = world.breach.number
    call(client, world.provider, "breach_act", number, "remark", data={"text": "Ours", "side": "provider"})
    call(client, world.provider, "breach_act", number, "remark", data={"text": "Both"})
    read = {who: call(client, getattr(world, who), "breach", number).json()["remarks"] for who in ("client", "manager")}
    assert [[each["text"] for each in said] for said in read.values()] == [["Both"], ["Ours", "Both"]]


def test_breaches_are_filtered(client, world):
    rows = call(client, world.client, "breaches", query="?state=acknowledged").json()["results"]
    assert {row["state"] for row in rows} == {"acknowledged"}
    assert call(client, world.client, "breaches", query="?state=x").json()["results"] == []
    assert call(client, world.client, "breaches", query="?agreement=SLA-0").json()["results"] == []
    # Without the scope to handle nothing is written.
    answer = call(client, world.manager, "breach_act", world.breach.number, "acknowledge", data={}, scopes=("read",))
    assert answer.status_code == 403
    assert call(client, world.manager, "breach_act", world.breach.number, "eat", data={}).status_code == 404


# Complaints


@pytest.fixture
def complaint(client, world):
    given = {"agreement": world.agreement.reference, "title": "No answer", "text": "Nobody calls", "external_id": "C-1"}
    first, again = (call(client, world.client, "complaints", data=given) for _ in range(2))
    assert (first.status_code, again.json()["number"]) == (201, first.json()["number"])
    return first.json()["number"]


def test_a_complaint_through_two_answers(client, world, complaint):
    def act(person, name, **data):
        return call(client, person, "complaint_act", complaint, name, data=data)

    assert act(world.client, "answer", answer="x").status_code == 403
    assert list(act(world.manager, "answer").json()) == ["answer"]
    assert act(world.manager, "answer", answer="We call").json()["state"] == "answered"
    assert act(world.manager, "answer", answer="We call").status_code == 409
    assert list(act(world.client, "disagree", reason=" ").json()) == ["reason"]
    refused = act(world.client, "disagree", reason="Nobody called").json()
    assert (refused["state"], refused["answer"], refused["rejoinders"][0]["answer"]) == ("received", "", "We call")
    act(world.provider, "answer", answer="Daniel calls at two")
    closed = act(world.client, "agree").json()
    assert (closed["state"], closed["closed_by"], closed["answer"]) == (
        "closed", "Amara Lindqvist", "Daniel calls at two"
    )
    assert act(world.client, "agree").status_code == 409
    assert call(client, world.client, "complaint", complaint).json()["number"] == complaint
    assert call(client, world.stranger, "complaint", complaint).status_code == 404


def test_who_complains(client, world):
    given = {"agreement": world.agreement.reference, "title": "Late", "text": "Always"}
    expected = {"client": 201, "provider": 403, "manager": 403, "escalation": 403, "auditor": 403}
    assert statuses(client, world, "complaints", data=given) == {who: expected.get(who, 422) for who in WHO}
    assert Complaint.objects.filter(title="Late").count() == 1
    rows = call(client, world.manager, "complaints", query="?state=received").json()["results"]
    assert "Late" in {row["title"] for row in rows}


# Incidents


def test_an_incident_is_handed_on_and_gets_another_priority(client, world):
    incident = world.incidents["acknowledged"]

    def act(person, name, **data):
        return call(client, person, "incident_act", incident.number, name, data=data)

    assert act(world.manager, "assign", to=world.escalation.email).json()["assignee"] == "Priya Raman"
    assert list(act(world.manager, "assign", to="nobody@example.org").json()) == ["to"]
    assert act(world.client, "assign", to=world.provider.email).status_code == 403
    assert list(act(world.manager, "priority", priority=9, reason="x").json()) == ["priority"]
    assert act(world.manager, "priority", priority=3, reason="Looked again").json()["priority"] == 3


def test_a_level_told_since_is_a_lost_race(client, world):
    incident = world.incidents["open"]
    given = {"reason": "x", "seen_level": 5}
    assert call(client, world.client, "incident_act", incident.number, "escalate", data=given).status_code == 409
    assert Incident.objects.get(pk=incident.pk).state == "open"
