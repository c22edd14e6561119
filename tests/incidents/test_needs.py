import pytest

from accounts.models import Role
from agreements.grants import load
from incidents import actions, escalation, needs
from tests.factories import make_member, make_user
from tests.incidents.rows import CLOSED, DAY, HOUR, make_breach, make_ladder

pytestmark = pytest.mark.django_db

OUTCOME = {"root_cause": "A switch failed.", "corrective": "Replaced.", "preventive": ""}


@pytest.fixture
def scene():
    version, people = make_ladder()
    breach = make_breach(version)
    breach.people = people
    breach.client = make_member(breach.agreement.client, Role.CLIENT)
    escalation.tick(now=CLOSED)
    return breach


def keys(user, now=CLOSED):
    return [need.key for need in needs.for_user(user, load(user, now), now)]


def test_who_was_told_and_the_owner_must_acknowledge_and_nobody_else(scene):
    wanted = [f"breach:{scene.pk}:acknowledge"]
    assert keys(scene.people["p-desk"]) == keys(scene.agreement.owner) == wanted
    assert keys(scene.people["p-head"]) == keys(scene.client) == keys(make_user()) == []

    escalation.tick(now=CLOSED + 4 * HOUR)

    assert keys(scene.people["p-head"]) == keys(scene.people["c-head"]) == wanted


def test_it_is_due_when_the_ladder_goes_on(scene):
    (need,) = needs.for_user(scene.people["p-desk"], load(scene.people["p-desk"], CLOSED), CLOSED)
    assert (need.due, need.lead, need.url, need.tone) == (
        CLOSED + 4 * HOUR, "Goes to Level 1, Management", "/breaches/BR-0001/", "bad"
    )


def test_each_need_is_gone_after_its_act(scene):
    desk = scene.people["p-desk"]
    actions.acknowledge(scene, actor=desk, at=CLOSED)
    assert keys(scene.agreement.owner) == []
    assert keys(desk) == [f"breach:{scene.pk}:document"]

    actions.document_outcome(scene, **OUTCOME, actor=desk, at=CLOSED)
    assert keys(desk) == []
    assert keys(scene.client) == [f"breach:{scene.pk}:confirm"]

    actions.close(scene, actor=scene.client, at=CLOSED)
    assert keys(scene.client) == keys(desk) == []


def test_a_lapsed_acknowledgement_asks_again(scene):
    head = scene.people["p-head"]
    escalation.tick(now=CLOSED + 4 * HOUR)
    actions.acknowledge(scene, actor=head, at=CLOSED + 4 * HOUR)
    later = CLOSED + 4 * HOUR + 3 * DAY
    escalation.tick(now=later)
    for person in (head, scene.people["p-board"], scene.agreement.owner):
        assert keys(person, later) == [f"breach:{scene.pk}:acknowledge"]


@pytest.mark.parametrize("count", [1, 3])
def test_query_count(django_assert_num_queries, count):
    version, people = make_ladder()
    for key in ("K1", "K2", "K4")[:count]:
        make_breach(version, key)
    escalation.tick(now=CLOSED)
    grants = load(people["p-desk"], CLOSED)
    with django_assert_num_queries(2):
        assert len(needs.for_user(people["p-desk"], grants, CLOSED)) == count
