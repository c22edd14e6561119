"""A target tried on past data through the API."""

import pytest

from tests.slaportal.test_api import WHO, call

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world_once")]


def tried(client, world, person="provider", **body):
    return call(client, getattr(world, person), "backtest", world.agreement.reference, data={"key": "K1", **body})


def test_who_may_try(client, world):
    got = {who: tried(client, world, who).status_code for who in WHO}
    assert got == {who: 404 if who in ("stranger", "admin") else 200 for who in WHO}


def test_a_draft_target_gets_the_verdicts_of_the_past(client, world):
    signed = tried(client, world).json()
    easier = tried(client, world, changes={"target": "98"}).json()

    may = next(each for each in signed["periods"] if each["period"] == "2026-05")
    assert may["verdict"] == "breached" and may["value"].count("/") == 1
    assert (signed["missed"], easier["missed"], easier["met"]) == (1, 0, 1)
    assert easier["kpi"]["target"] == "98"
    assert easier["sentence"].startswith("Would have met")


def test_the_client_tries_no_draft_that_nobody_showed(client, world):
    assert tried(client, world, "client", version="v9.9").status_code == 404
    world.version.__class__.objects.create(
        agreement=world.agreement, major=1, minor=1, base=world.version, terms=world.version.terms,
        created_by=world.manager, created_at=world.version.created_at,
    )
    assert tried(client, world, "client", version="v1.1").status_code == 404
    assert tried(client, world, "manager", version="v1.1").status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"key": "K77"},
        {"key": 7.5, "changes": []},
        {"version": "2"},
        {"changes": {"target": 99.95}},
        {"changes": {"target": "soon"}},
        {"changes": {"calendar": "gone"}},
        {"changes": {"flavour": "sweet"}},
        {"changes": {"period": "week"}},
        {"changes": {"kind": "value"}},
    ],
)
def test_what_cannot_be_tried_is_refused(client, world, body):
    answer = tried(client, world, **body)
    assert answer.status_code == 422
    assert set(answer.json()) <= {"key", "version", "changes"}


def test_a_name_of_data_that_no_stream_can_have_is_no_past(client, world):
    assert tried(client, world, changes={"indicator": "a\0"}).json()["periods"] == []


@pytest.mark.parametrize("params", [{"minimum_answers": "x"}, {"minimum_answers": []}])
def test_parameters_that_mean_nothing_are_refused(client, world, params):
    assert tried(client, world, key="K4", changes={"params": params}).status_code in (200, 422)
