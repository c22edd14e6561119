import pytest

from accounts.rules import Grants
from agreements.models import Agreement
from incidents import rules
from incidents.models import Breach
from tests.incidents.rows import CLOSED, DAY, HOUR

PROVIDER, CLIENT, OTHER = 1, 2, 3


def may(rule, role=None, organisation=PROVIDER, *, position=False, user=7, at=None):
    breach = Breach(agreement=Agreement(pk=9, provider_id=PROVIDER, client_id=CLIENT), outcome_at=CLOSED,
                    outcome_by_id=5)
    named = frozenset({(9, "position")} if position else {(8, "position"), (9, "reviewer")})
    grants = Grants(user, frozenset({(organisation, role)} if role else ()), named)
    return rule(grants, breach, at) if at else rule(grants, breach)


@pytest.mark.parametrize("role", ["manager", "provider", "escalation", "client", "auditor", "admin"])
def test_roles_of_the_provider(role):
    works = role in ("manager", "provider", "escalation")
    assert may(rules.can_acknowledge, role) == may(rules.can_document, role) == works
    assert may(rules.can_reopen, role) == (role == "manager")
    assert may(rules.can_close, role, at=CLOSED + 300 * DAY) == (role == "manager")


@pytest.mark.parametrize("role", ["manager", "provider", "escalation", "client", "auditor", "admin"])
def test_roles_of_the_client(role):
    assert not may(rules.can_acknowledge, role, CLIENT) and not may(rules.can_document, role, CLIENT)
    closes = may(rules.can_close, role, CLIENT, at=CLOSED)
    assert may(rules.can_reopen, role, CLIENT) == closes == (role == "client")


def test_a_role_elsewhere_gives_nothing():
    for rule in (rules.can_acknowledge, rules.can_document, rules.can_reopen):
        assert not may(rule, "manager", OTHER)


def test_who_stands_on_the_ladder_may_acknowledge_and_no_more():
    assert may(rules.can_acknowledge, position=True)
    assert not may(rules.can_document, position=True)
    assert not may(rules.can_acknowledge)  # a reviewer of this one, a position of another


@pytest.mark.parametrize("user, late, allowed", [
    (7, 10 * DAY - HOUR, False), (7, 10 * DAY, True), (5, 300 * DAY, False),
])
def test_a_manager_closes_after_silence_but_never_their_own_outcome(user, late, allowed):
    assert may(rules.can_close, "manager", user=user, at=CLOSED + late) == allowed
