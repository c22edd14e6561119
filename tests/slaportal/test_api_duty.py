"""The API of duty rosters and of the escalation matrix with its holders."""

from datetime import time, timedelta

import pytest
from django.urls import reverse

from agreements import actions
from tests.factories import NOON
from tests.slaportal.test_api import call

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world_once")]
DAY = timedelta(days=1)


@pytest.fixture
def roster(world):
    who = {"actor": world.manager, "at": NOON}
    made = actions.create_roster(world.provider_org, name="On call", timezone="UTC", **who)
    actions.add_rotation(
        made, people_in_order=[world.provider, world.escalation], days=7, starts_on=NOON.date(), handover=time(12),
        schedule={}, replaces=None, **who,
    )
    actions.hold_position(world.agreement, position="p-desk", roster=made, **who)
    return made


def test_a_roster_says_who_is_on_duty_now_and_in_a_span(client, world, roster):
    (listed,) = [row for row in call(client, world.client, "rosters").json()["results"] if row["name"] == "On call"]
    assert (listed["organisation"], listed["next_gap"]) == ("Northgate Hosting", None)
    assert listed["on_duty"]["person"] in ("Daniel Osei", "Priya Raman")

    span = f"?from={NOON:%Y-%m-%dT%H:%M}Z&until={NOON + 14 * DAY:%Y-%m-%dT%H:%M}Z"
    turns = call(client, world.client, "roster", roster.pk, query=span).json()["turns"]
    assert [(turn["start"], turn["person"], turn["why"]) for turn in turns] == [
        ("2026-05-06T12:00:00Z", "Daniel Osei", "turn"), ("2026-05-13T12:00:00Z", "Priya Raman", "turn"),
    ]


@pytest.mark.parametrize("query", [
    "?from=soon", "?until=1999-01-01T00:00:00Z", "?from=2026-05-06T12:00Z&until=2026-05-06T12:00Z",
    "?from=2026-05-06T12:00Z&until=2028-05-06T12:00Z", "?from=9999-12-31T23:59:59Z", "?from=%00",
])
def test_a_span_that_is_none_is_named(client, world, roster, query):
    answer = call(client, world.client, "roster", roster.pk, query=query)
    assert answer.status_code == 400 and list(answer.json())[0] in ("from", "until")


def test_a_stranger_finds_no_roster(client, world, roster):
    assert call(client, world.stranger, "roster", roster.pk).status_code == 404
    assert call(client, world.stranger, "rosters").json()["results"] == []
    assert call(client, world.stranger, "matrix", world.agreement.reference).status_code == 404


def test_the_matrix_names_who_holds_each_position(client, world, roster):
    said = call(client, world.client, "matrix", world.agreement.reference).json()
    first, second = said["levels"]
    (desk,) = first["holders"]
    assert (desk["position"], desk["roster"], desk["party"]) == ("p-desk", roster.pk, "provider")
    assert desk["person"] in ("Daniel Osei", "Priya Raman") and desk["until"]
    assert {each["position"]: each["roster"] for each in second["holders"]} == {"p-head": None, "c-head": None}
    assert said["version"] == "v1.0" and len(said["terms_sha256"]) == 64


def test_the_schema_knows_them(client):
    schema = client.get(reverse("schema"), headers={"accept": "application/json"}).json()
    assert {"/api/v1/rosters/", "/api/v1/rosters/{id}/"} & set(schema["paths"])
