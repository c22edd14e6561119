"""The API of claims: read by a machine, asked for by one; deciding is for people."""

import pytest

from kpis import actions
from kpis.models import Correction, Dispute, Exclusion
from records import clock
from tests.kpis.access_claims import AT, approved_exclusion, period
from tests.slaportal.test_api import WHO, call

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world_once")]
NIGHT = {
    "category": "maintenance", "kpis": ["K1"], "starts_at": "2026-07-05T02:00:00Z", "ends_at": "2026-07-05T04:00:00Z",
    "rule": "FREQ=WEEKLY;COUNT=2", "notice_at": "2026-07-01T09:00:00Z", "reason": "New database",
}


def statuses(client, world, name, **kwargs):
    reference = world.agreement.reference
    return {who: call(client, getattr(world, who), name, reference, **kwargs).status_code for who in WHO}


@pytest.mark.parametrize("name", ["exclusions", "corrections", "disputes"])
def test_who_sees_the_agreement_reads_its_claims(client, world, name):
    hidden = {"stranger": 404, "admin": 404}
    assert statuses(client, world, name) == {who: hidden.get(who, 200) for who in WHO}


def test_the_provider_asks_to_exclude_time(client, world):
    expected = {"stranger": 404, "admin": 404, "provider": 201, "manager": 201}
    assert statuses(client, world, "exclusions", data=NIGHT) == {who: expected.get(who, 403) for who in WHO}
    row = call(client, world.auditor, "exclusions", world.agreement.reference).json()["results"][0]
    assert (row["state"], row["kpis"], row["spans"], row["rule"]) == ("proposed", ["K1"], [], NIGHT["rule"])


def test_what_counts_is_told_span_by_span(client, world):
    approved_exclusion(world)

    (row,) = call(client, world.client, "exclusions", world.agreement.reference).json()["results"]

    assert row["spans"] == [
        {"lo": "2026-05-10T02:00:00Z", "hi": "2026-05-10T04:00:00Z", "counted_until": "2026-05-10T04:00:00Z", "why": ""}
    ]


@pytest.mark.parametrize(("given", "place"), [
    ({"category": "weather"}, "category"), ({"kpis": ["K2"]}, "kpis"), ({"kpis": []}, "kpis"),
    ({"rule": "FREQ=WEEKLY"}, "rule"), ({"notice_at": "2026-07-04T09:00:00Z", "rule": ""}, "notice_at"),
    ({"starts_at": "soon"}, "starts_at"), ({"reason": ""}, "reason"), ({"category": "\x00"}, "category"),
])
def test_what_the_terms_decline_is_named(client, world, given, place):
    answer = call(client, world.provider, "exclusions", world.agreement.reference, data=NIGHT | given)

    assert (answer.status_code, list(answer.json())) == (422, [place])
    assert not Exclusion.objects.exists()


def test_a_token_without_the_scope_asks_for_nothing(client, world):
    answer = call(client, world.provider, "exclusions", world.agreement.reference, data=NIGHT, scopes=["read"])
    assert answer.status_code == 403


def test_a_correction_is_asked_for_once(client, world):
    period(world)
    data = {"kpi": "K1", "period": "2026-05", "reason": "It was shorter"}
    reference = world.agreement.reference

    assert call(client, world.client, "corrections", reference, data=data).status_code == 403
    made = call(client, world.provider, "corrections", reference, data=data)
    assert (made.status_code, made.json()["edition"]) == (201, None)
    assert made.json()["sha256"] == Correction.objects.get().sha256
    assert call(client, world.provider, "corrections", reference, data=data).status_code == 422
    assert list(call(client, world.provider, "corrections", reference, data=data | {"kpi": "K9"}).json()) == ["period"]


@pytest.mark.parametrize("about", ["figure", "exclusion", "correction"])
def test_the_client_disputes(client, world, about):
    subject = {"kpi": "K1", "period": "2026-05"}
    if about == "exclusion":
        subject = {"exclusion": approved_exclusion(world).number}
    if about == "correction":
        made = actions.propose_correction(period(world), reason="Shorter", actor=world.provider, at=AT)
        subject = {"correction": made.number}
        # By the clock that the API reads: silence must not have accepted it yet.
        actions.approve_correction(made, actor=world.manager, at=clock.now())
    data = subject | {"reason": "We see it otherwise"}

    assert call(client, world.provider, "disputes", world.agreement.reference, data=data).status_code == 403
    made = call(client, world.client, "disputes", world.agreement.reference, data=data)
    assert (made.status_code, made.json()["kind"], made.json()["remarks"][0]["text"]) == (201, about, data["reason"])
    assert call(client, world.client, "disputes", world.agreement.reference, data=data).status_code == 409
    assert Dispute.objects.count() == 1


@pytest.mark.parametrize(("given", "place"), [
    ({"exclusion": "EXC-9999"}, "exclusion"), ({"correction": "COR-9999"}, "correction"), ({}, "period"),
])
def test_a_dispute_names_its_subject(client, world, given, place):
    answer = call(client, world.client, "disputes", world.agreement.reference, data=given | {"reason": "No"})
    assert (answer.status_code, list(answer.json())) == (422, [place])
