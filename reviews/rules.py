"""Who may do what around reviews. Pure: no queries, no HTTP. Who sees a review sees its agreement.

* The SLA manager of who keeps the agreement plans, holds and writes; so does the agreement's owner.
* The client's people say how satisfied they are; everybody who sees the agreement reads it.
* Each side approves or disputes the minutes by its own people.
* An action is finished by its owner or the manager, dropped by the manager alone.
"""

from accounts.models import Role
from accounts.rules import Grants
from agreements.models import Agreement
from reviews.models import Action

CLIENT_ROLES = (Role.CLIENT, Role.MANAGER)


def can_manage(grants: Grants, agreement: Agreement) -> bool:
    return grants.has(agreement.keeper_id, Role.MANAGER)


def can_give_feedback(grants: Grants, agreement: Agreement) -> bool:
    return grants.has(agreement.client_id, *CLIENT_ROLES)


def can_answer(grants: Grants, agreement: Agreement) -> bool:
    """Answer a complaint: the provider's managers, escalation points and people of the service."""
    return grants.has(agreement.provider_id, Role.MANAGER, Role.ESCALATION, Role.PROVIDER)


def party_of(grants: Grants, agreement: Agreement) -> str | None:
    """The side for which this person approves or disputes minutes; None for everybody else."""
    if can_manage(grants, agreement):
        return agreement.keeping_party
    other = agreement.other_party
    return other if grants.has(agreement.organisation_id_of(other), *CLIENT_ROLES) else None


def can_finish(grants: Grants, action: Action) -> bool:
    return action.owner_id == grants.user_id or can_manage(grants, action.meeting.agreement)
