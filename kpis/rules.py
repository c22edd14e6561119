"""Who may do what with figures. Pure: no queries, no HTTP."""

from accounts.models import Role
from accounts.rules import Grants
from agreements.models import Agreement
from kpis.models import Correction, Credit, Exclusion, Indicator

# Everybody who works for a party reads how figures are worked out; administrators need another role.
LIBRARY_READERS = (Role.MANAGER, Role.PROVIDER, Role.CLIENT, Role.ESCALATION, Role.AUDITOR)


def can_read_library(grants: Grants) -> bool:
    return grants.has_anywhere(*LIBRARY_READERS)


def can_deliver(grants: Grants, indicator: Indicator) -> bool:
    """The provider's people bring the data of their own streams."""
    return grants.has(indicator.organisation_id, Role.PROVIDER, Role.MANAGER)


def can_see_deliveries(grants: Grants, indicator: Indicator) -> bool:
    """A stream may serve several clients, so its files are for the provider's house and its auditors."""
    return can_deliver(grants, indicator) or grants.has(
        indicator.organisation_id, Role.AUDITOR, Role.ESCALATION
    )


def can_recompute(grants: Grants, agreement: Agreement) -> bool:
    """Everybody of the two parties may check a figure, and so may who holds a position."""
    parties = (agreement.provider_id, agreement.client_id)
    inside = any(
        grants.has(party, Role.MANAGER, Role.PROVIDER, Role.CLIENT, Role.ESCALATION, Role.AUDITOR)
        for party in parties
    )
    return inside or grants.is_named(agreement.pk, "position", "signatory", "reviewer")


def decides_credits(grants: Grants, agreement: Agreement) -> bool:
    """The portal proposes what the terms say; the client agrees to it or refuses it."""
    return grants.has(agreement.client_id, Role.CLIENT, Role.MANAGER)


def can_decide_credit(grants: Grants, credit: Credit) -> bool:
    """Whether this credit still waits for this person."""
    return credit.state == Credit.State.PROPOSED and decides_credits(grants, credit.period.target.agreement)


def claims_for_provider(grants: Grants, agreement: Agreement) -> bool:
    """Propose, decide on and answer claims: the provider's people."""
    return grants.has(agreement.provider_id, Role.PROVIDER, Role.MANAGER)


def claims_for_client(grants: Grants, agreement: Agreement) -> bool:
    """Acknowledge, accept and dispute: the client's people."""
    return grants.has(agreement.client_id, Role.CLIENT, Role.MANAGER)


def can_decide_claim(grants: Grants, claim: Exclusion | Correction) -> bool:
    """Who asks does not approve."""
    return claims_for_provider(grants, claim.agreement) and claim.proposed_by_id != grants.user_id
