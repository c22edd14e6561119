"""The API of the desk: incidents and breaches."""

import pytest

from incidents.models import Breach, Incident
from tests.factories import NOON
from tests.slaportal.test_api import WHO, call

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world_once")]


@pytest.fixture
def body(world):
    return {"agreement": world.agreement.reference, "title": "Slow", "priority": 3, "began_at": NOON.isoformat()}


def statuses(client, world, name, *args, **kwargs):
    found = {}
    for who in WHO:
        answer = call(client, getattr(world, who), name, *args, **kwargs)
        found[who] = answer.status_code
    return found


def test_who_logs_an_incident(client, world, body):
    expected = {"client": 201, "provider": 201, "manager": 201, "escalation": 201, "auditor": 403}
    assert statuses(client, world, "incidents", data=body) == {who: expected.get(who, 422) for who in WHO}


def test_a_machine_logs_once_and_reads_its_deadlines(client, world, body):
    first = call(client, world.client, "incidents", data=body | {"external_id": "T-17"})
    again = call(client, world.client, "incidents", data=body | {"external_id": "T-17"})
    row = first.json()
    assert (first.status_code, row["door"], row["party"], row["version"]) == (201, "api", "client", "v1.0")
    assert again.json()["number"] == row["number"] and row["resolve_by"]
    assert Incident.objects.filter(external_id="T-17").count() == 1


@pytest.mark.parametrize("given, place", [
    ({"agreement": "SLA-0"}, "agreement"), ({"title": ""}, "title"), ({"priority": 9}, "priority"),
    ({"priority": "x"}, "priority"), ({"began_at": "2999-01-01T00:00:00Z"}, "began_at"),
    ({"began_at": "soon"}, "began_at"), ({"agreement": "\x00"}, "agreement"),
])
def test_what_is_refused_is_named(client, world, body, given, place):
    before = Incident.objects.count()
    answer = call(client, world.client, "incidents", data=body | given)
    assert (answer.status_code, list(answer.json())) == (422, [place])
    assert Incident.objects.count() == before


@pytest.mark.parametrize("state, act, data, expected", [
    ("open", "acknowledge", {}, "acknowledged"),
    ("acknowledged", "begin", {}, "in_progress"),
    ("in_progress", "resolve", {"resolution": "Restarted."}, "resolved"),
    ("resolved", "close", {}, "closed"),
    ("resolved", "reopen", {"reason": "It is back."}, "in_progress"),
])
def test_the_road_of_an_incident(client, world, state, act, data, expected):
    number = world.incidents[state].number
    answer = call(client, world.manager, "incident_act", number, act, data=data)
    assert (answer.status_code, answer.json().get("state")) == (200, expected)
    # Once more: somebody was faster.
    assert call(client, world.manager, "incident_act", number, act, data=data).status_code == 409


def test_acts_are_for_who_may(client, world):
    number = world.incidents["in_progress"].number
    data = {"resolution": "Done."}
    allowed = {"client": 403, "auditor": 403, "provider": 200}
    got = {who: call(client, getattr(world, who), "incident_act", number, "resolve", data=data).status_code
           for who in ("stranger", *allowed)}
    assert got == allowed | {"stranger": 404}
    assert call(client, world.provider, "incident_act", number, "dance", data={}).status_code == 404
    assert call(client, world.provider, "incident_act", number, "reopen", data={}).status_code == 422
    reading = call(client, world.provider, "incident_act", number, "close", data={}, scopes=("read",))
    assert reading.status_code == 403


def test_a_remark_of_one_side_is_not_read_by_the_other(client, world):
    number = world.incidents["open"].number
    data = {"text": "Again the switch.", "side": "provider"}
    assert call(client, world.provider, "incident_act", number, "remark", data=data).status_code == 200
    assert [row["text"] for row in call(client, world.manager, "incident", number).json()["remarks"]] == [data["text"]]
    assert call(client, world.client, "incident", number).json()["remarks"] == []


def test_the_list_is_filtered(client, world):
    def numbers(query):
        return [row["number"] for row in call(client, world.client, "incidents", query=query).json()["results"]]

    assert numbers("?state=resolved") == [world.incidents["resolved"].number]
    assert len(numbers(f"?agreement={world.agreement.reference}")) == len(world.incidents)
    assert numbers("?state=nonsense") == numbers("?agreement=x%00") == []
    assert call(client, world.stranger, "incidents").json()["count"] == 0


def test_a_breach_is_acknowledged(client, world):
    number = world.breach.number
    assert call(client, world.stranger, "breach_act", number, "acknowledge", data={}).status_code == 404
    assert call(client, world.auditor, "breach_act", number, "acknowledge", data={}).status_code == 403
    assert call(client, world.manager, "breach_act", number, "acknowledge", data={}).json()["state"] == "acknowledged"
    assert call(client, world.provider, "breach_act", number, "acknowledge", data={}).status_code == 409
    assert Breach.objects.get(number=number).owner == world.manager
