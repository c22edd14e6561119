"""The API before a signature: requirements, templates, and what stands behind an agreement."""

import pytest

from agreements import actions
from agreements.models import Question, Requirement, Support
from records.models import AuditEntry
from tests.agreements.drafts import make_templates
from tests.agreements.suppliers import make_supplier
from tests.factories import NOON
from tests.slaportal.test_api import WHO, call

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world_once")]


@pytest.fixture
def canvas(world):
    return world.agreement.services.get()


@pytest.fixture
def stated(world, canvas):
    asked = actions.ask_requirement(
        canvas, client=world.client_org, asked_of=world.client, actor=world.manager, at=NOON
    )
    return actions.state_requirement(
        asked, text="Reachable at night", why="Hand-ins", priority="must", actor=world.client, at=NOON
    )


@pytest.fixture
def contract(world):
    return make_supplier(world.provider_org, reference="UC-2026-001")


def statuses(client, world, name, *args, **kwargs):
    return {who: call(client, getattr(world, who), name, *args, **kwargs).status_code for who in WHO}


def test_who_reads_a_requirement(client, world, stated):
    seen = {"client": 200, "provider": 200, "manager": 200, "escalation": 200, "auditor": 200}
    assert statuses(client, world, "requirement", stated.number) == {who: seen.get(who, 404) for who in WHO}
    row = call(client, world.auditor, "requirement", stated.number).json()
    said = {"service": "canvas", "client": "Fennmarket", "person": "Amara Lindqvist", "state": "stated", "due_on": None}
    assert said.items() <= row.items()


def test_requirements_are_paged_and_filtered(client, world, canvas, stated):
    actions.ask_requirement(canvas, client=world.client_org, asked_of=world.client, actor=world.manager, at=NOON)

    def numbers(query):
        found = call(client, world.manager, "requirements", query=query).json()
        return found["count"], [row["number"] for row in found["results"]]

    count, (first,) = numbers("?limit=1")
    assert count == 2 and first != stated.number
    assert numbers("?state=stated&service=canvas") == (1, [stated.number])
    assert numbers("?state=nonsense") == numbers("?service=mail%00") == (0, [])
    assert call(client, world.stranger, "requirements").json()["count"] == 0


ASK = {"service": "canvas", "client": "Fennmarket", "name": "Rosa Lindt", "email": "rosa@example.org"}


def test_a_machine_asks_somebody_by_a_link(client, world):
    answer = call(client, world.manager, "requirements", data=ASK | {"due_on": "2027-03-01"})
    assert (answer.status_code, answer.json()["state"], answer.json()["person"]) == (201, "asked", "Rosa Lindt")
    assert Question.objects.get().by_link
    assert AuditEntry.objects.filter(verb="requirement.asked", actor=world.manager).count() == 1


@pytest.mark.parametrize(("changes", "field"), [
    ({"service": "none"}, "service"), ({"client": "Elsewhere"}, "client"), ({"email": "x"}, "email"),
    ({"due_on": "2020-01-01"}, "due_on"),
])  # fmt: skip
def test_a_wrong_question_says_which_field(client, world, changes, field):
    answer = call(client, world.manager, "requirements", data=ASK | changes)
    assert (answer.status_code, list(answer.json())) == (422, [field])
    assert not Requirement.objects.exists()


def test_asking_is_for_managers_with_a_token_that_prepares(client, world):
    assert call(client, world.provider, "requirements", data=ASK).status_code == 403
    assert call(client, world.manager, "requirements", data=ASK, scopes=("read", "samples")).status_code == 403
    # Who sees no such service is told no more than that.
    assert call(client, world.stranger, "requirements", data=ASK).status_code == 422


def test_a_requirement_is_decided_once(client, world, stated):
    refused = call(client, world.manager, "decline_requirement", stated.number, data={"reason": " "})
    assert (refused.status_code, list(refused.json())) == (422, ["reason"])
    assert call(client, world.client, "accept_requirement", stated.number, data={}).status_code == 403
    assert call(client, world.stranger, "accept_requirement", stated.number, data={}).status_code == 404

    done = call(client, world.manager, "accept_requirement", stated.number, data={})
    assert (done.status_code, done.json()["state"], done.json()["decided_by"]) == (200, "accepted", "Ines Sommer")
    late = call(client, world.manager, "decline_requirement", stated.number, data={"reason": "No"})
    assert late.status_code == 409


def test_the_portals_templates_are_for_everybody(client, world):
    make_templates()
    found = call(client, world.client, "templates").json()
    assert (found["count"], [row["kind"] for row in found["results"]]) == (3, ["ola", "sla", "uc"])
    one = call(client, world.client, "template", found["results"][1]["id"]).json()
    assert len(one["terms"]["clauses"]) == 20 and one["organisation"] == ""


def test_what_stands_behind_it_is_the_providers_own(client, world, contract):
    actions.link_support(world.agreement, by=contract, kpi="K1", actor=world.manager, at=NOON)
    own = {"provider": 200, "manager": 200, "escalation": 200, "auditor": 200, "client": 403}
    for name in ("supports", "feasibility"):
        assert statuses(client, world, name, world.agreement.reference) == {who: own.get(who, 404) for who in WHO}
    (row,) = call(client, world.provider, "supports", world.agreement.reference).json()["results"]
    assert (row["by"], row["kind"], row["kpi"]) == ("UC-2026-001", "uc", "K1")
    lines = call(client, world.provider, "feasibility", world.agreement.reference).json()
    assert ("holds", "K1 Availability", "kpis.0.target") in [
        (line["verdict"], line["about"], line["place"]) for line in lines
    ]


def test_a_machine_links_and_unlinks(client, world, contract):
    reference = world.agreement.reference

    def link(person=world.manager, **body):
        return call(client, person, "supports", reference, data={"by": "UC-2026-001", "kpi": "K1"} | body)

    assert link(world.provider).status_code == 403
    assert [link(**body).status_code for body in ({"by": reference}, {"service": "canvas"})] == [422, 422]
    made = link()
    assert made.status_code == 201
    again = link()
    assert (again.status_code, again.json()) == (422, {"by": ["UC-2026-001 is linked already."]})

    def unlink(person):
        pk = made.json()["id"]
        return call(client, person, "unlink_support", reference, pk, data={}, method="delete").status_code

    assert [unlink(world.stranger), unlink(world.client), unlink(world.provider)] == [404, 403, 403]
    assert [unlink(world.manager), unlink(world.manager)] == [204, 204]
    assert Support.objects.get().unlinked_by == world.manager


@pytest.mark.parametrize("kpi", ["K9", "x" * 20])
def test_a_link_names_what_the_terms_have(client, world, contract, kpi):
    answer = call(client, world.manager, "supports", world.agreement.reference, data={"by": "UC-2026-001", "kpi": kpi})
    assert (answer.status_code, list(answer.json())) == (422, ["kpi"])
