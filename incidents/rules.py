"""Who may do what with a breach. Pure: no queries, no HTTP. Who sees one sees its agreement.

* Acknowledge: whoever stands on the ladder (holds a position of the matrix, of either party), and the
  provider's people who run the service.
* The outcome is written by the provider.
* The client confirms it and so closes the breach. After ten days of silence a manager of the provider may
  close it, but never the person who wrote the outcome.
* The client, or a manager of the provider, takes a breach up again with a reason.
* Auditors and administrators change nothing.
"""

from datetime import datetime, timedelta

from accounts.models import Role
from accounts.rules import Grants
from incidents.models import Breach

PROVIDER_ROLES = (Role.MANAGER, Role.PROVIDER, Role.ESCALATION)
SILENCE = timedelta(days=10)


def can_acknowledge(grants: Grants, breach: Breach) -> bool:
    agreement = breach.agreement
    return grants.is_named(agreement.pk, "position") or grants.has(agreement.provider_id, *PROVIDER_ROLES)


def acknowledges_somewhere(grants: Grants) -> bool:
    """Whether a list of breaches offers this person to tick and acknowledge."""
    on_a_ladder = any(capacity == "position" for _, capacity in grants.named)
    return on_a_ladder or grants.has_anywhere(*PROVIDER_ROLES)


def can_document(grants: Grants, breach: Breach) -> bool:
    return grants.has(breach.agreement.provider_id, *PROVIDER_ROLES)


def is_client(grants: Grants, breach: Breach) -> bool:
    return grants.has(breach.agreement.client_id, Role.CLIENT)


def can_close(grants: Grants, breach: Breach, now: datetime) -> bool:
    if is_client(grants, breach):
        return True
    silent = breach.outcome_at is not None and now - breach.outcome_at >= SILENCE
    manager = grants.has(breach.agreement.provider_id, Role.MANAGER)
    return manager and silent and breach.outcome_by_id != grants.user_id


def can_reopen(grants: Grants, breach: Breach) -> bool:
    return is_client(grants, breach) or grants.has(breach.agreement.provider_id, Role.MANAGER)
