"""Who may do what around signing and after it: predicates of (grants, object), no queries."""

from accounts.models import Role
from accounts.rules import Grants
from agreements.models import Agreement, Slot, Version

# Text that was never shown to the other side.
PRIVATE = (Version.State.DRAFT, Version.State.ABANDONED)


def can_manage(grants: Grants, agreement: Agreement) -> bool:
    """Send for signature, remind, withdraw, start a change: the SLA manager of who keeps it (keeping.py)."""
    return grants.has(agreement.keeper_id, Role.MANAGER)


def can_reassign(grants: Grants, agreement: Agreement, slot: Slot) -> bool:
    """The SLA manager of the agreement or of the slot's own party, and the person who was to sign."""
    own = grants.has(agreement.organisation_id_of(slot.party), Role.MANAGER)
    return can_manage(grants, agreement) or own or slot.person_id == grants.user_id


def can_place_people(grants: Grants, agreement: Agreement, party: str) -> bool:
    """Say who holds a position: the agreement's manager for both sides, the other party's people for their own."""
    other = party == agreement.other_party
    own_side = other and grants.has(agreement.organisation_id_of(party), Role.MANAGER, Role.CLIENT)
    return own_side or can_manage(grants, agreement)


def can_read(grants: Grants, version: Version) -> bool:
    """A text that was not sent to review yet is of who keeps it alone; everything later is both sides'."""
    agreement = version.agreement
    return version.state not in PRIVATE or grants.has(
        agreement.keeper_id, Role.MANAGER, Role.PROVIDER, Role.AUDITOR, Role.ESCALATION
    )
