"""Who may do what before an agreement is signed: predicates of (grants, object), no queries, no HTTP.

* SLA managers keep the catalogue of their organisation, ask for requirements, draft, edit and send to review what
  it keeps (keeping.py: as provider an SLA or OLA, as client a contract with a supplier).
* Whoever was asked states a requirement; a manager of the service decides on it.
* The people named as reviewers approve or ask for changes; they and both sides' working roles comment.
* A blocking comment is settled by who raised it: it is theirs to say that they were heard.
* What one party says among its own is read by its people alone, whoever owns the agreement.
* Auditors read; administrators need another role for anything here.
Signing and what comes after are in signing_rules.py.
"""

from accounts.models import Role
from accounts.rules import Grants
from agreements.models import Agreement, Comment, Party, Requirement, Service, Version

READERS = (Role.MANAGER, Role.PROVIDER, Role.ESCALATION, Role.AUDITOR)
# Whoever works for a party reads what it says among its own; administrators need another role.
OWN = (*READERS, Role.CLIENT)
# Who acts for a party from day to day; auditors only read.
WORKING = (Role.MANAGER, Role.PROVIDER, Role.ESCALATION, Role.CLIENT)
EDITABLE = (Version.State.DRAFT, Version.State.IN_REVIEW, Version.State.READY)


def can_read_catalogue(grants: Grants) -> bool:
    return grants.has_anywhere(*READERS)


def can_plan_duty(grants: Grants, organisation_id: int) -> bool:
    """Make rosters of an organisation and say who is on duty, for anybody of it."""
    return grants.has(organisation_id, Role.MANAGER, Role.ESCALATION, Role.CLIENT)


def can_stand_in(grants: Grants, organisation_id: int) -> bool:
    """Take a duty over oneself, or swap one's own."""
    return grants.has(organisation_id, *WORKING)


def can_keep_catalogue(grants: Grants, organisation_id: int | None = None) -> bool:
    """Add and change services: of one organisation, or (none named) of any."""
    if organisation_id is None:
        return grants.has_anywhere(Role.MANAGER)
    return grants.has(organisation_id, Role.MANAGER)


def can_ask(grants: Grants, service: Service) -> bool:
    return grants.has(service.organisation_id, Role.MANAGER)


def can_read_requirement(grants: Grants, requirement: Requirement) -> bool:
    return requirement.asked_of_id == grants.user_id or grants.has(
        requirement.service.organisation_id, *READERS
    )


def can_state(grants: Grants, requirement: Requirement) -> bool:
    return requirement.asked_of_id == grants.user_id


def can_decide(grants: Grants, requirement: Requirement) -> bool:
    return grants.has(requirement.service.organisation_id, Role.MANAGER)


def can_draft(grants: Grants, organisation_id: int | None = None) -> bool:
    """Start an agreement that an organisation keeps, or (none named) any."""
    return can_keep_catalogue(grants, organisation_id)


def can_edit(grants: Grants, version: Version) -> bool:
    """Change the text. Whether it still may be changed is the version's state, which the act checks."""
    return grants.has(version.agreement.keeper_id, Role.MANAGER)


def can_read_draft(grants: Grants, version: Version) -> bool:
    """The text as it is being written, before it was sent to review."""
    return grants.has(version.agreement.keeper_id, *READERS)


def can_read_support(grants: Grants, agreement: Agreement) -> bool:
    """What stands behind an agreement: its provider's own contracts, never shown to the client."""
    return grants.has(agreement.provider_id, *READERS)


def can_link_support(grants: Grants, agreement: Agreement) -> bool:
    return grants.has(agreement.provider_id, Role.MANAGER)


def can_review(grants: Grants, agreement: Agreement) -> bool:
    """Approve or ask for changes: whoever is named as a reviewer."""
    return grants.is_named(agreement.pk, "reviewer")


def can_comment(grants: Grants, agreement: Agreement) -> bool:
    return (
        can_review(grants, agreement)
        or grants.has(agreement.keeper_id, Role.MANAGER, Role.PROVIDER)
        or grants.has(agreement.provider_id, Role.MANAGER, Role.PROVIDER)
        or grants.has(agreement.client_id, Role.MANAGER, Role.CLIENT)
    )


def sides(grants: Grants, agreement: Agreement) -> list[str]:
    """The parties whose notes among themselves this person reads and writes."""
    of = {Party.PROVIDER.value: agreement.provider_id, Party.CLIENT.value: agreement.client_id}
    return [party for party, organisation in of.items() if grants.has(organisation, *OWN)]


def working_for(grants: Grants, agreement: Agreement) -> list[str]:
    """The sides of the agreement that this person works for, the provider first."""
    of = {Party.PROVIDER.value: agreement.provider_id, Party.CLIENT.value: agreement.client_id}
    return [party for party, organisation in of.items() if grants.has(organisation, *WORKING)]


def can_settle(grants: Grants, comment: Comment) -> bool:
    """The author of the comment; one that does not block, also a manager of who keeps the agreement."""
    if comment.author_id == grants.user_id:
        return True
    return not comment.blocking and grants.has(comment.version.agreement.keeper_id, Role.MANAGER)
