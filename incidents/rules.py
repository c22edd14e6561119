"""Who may do what with a breach. Pure: no queries, no HTTP. Who sees one sees its agreement.

* Acknowledge: whoever stands on the ladder (holds a position of the matrix, of either party), and the
  provider's people who run the service.
* The outcome is written by the provider, or by a manager of who keeps the agreement: behind a supplier's contract
  it is the client's own managers who write down what the supplier did.
* The client confirms it and so closes the breach. After ten days of silence a manager of who keeps the agreement
  may close it. The person who wrote the outcome never does either.
* The client, or a manager of who keeps the agreement, takes a breach up again with a reason.
* Auditors and administrators change nothing.
"""

from datetime import datetime, timedelta

from accounts.models import Role
from accounts.rules import Grants
from incidents.models import Breach, Run

PROVIDER_ROLES = (Role.MANAGER, Role.PROVIDER, Role.ESCALATION)
SILENCE = timedelta(days=10)


def can_acknowledge(grants: Grants, breach: Breach | Run) -> bool:
    agreement = breach.agreement
    return grants.is_named(agreement.pk, "position") or can_document(grants, breach)


def acknowledges_somewhere(grants: Grants) -> bool:
    """Whether a list of breaches offers this person to tick and acknowledge."""
    on_a_ladder = any(capacity == "position" for _, capacity in grants.named)
    return on_a_ladder or grants.has_anywhere(*PROVIDER_ROLES)


def can_document(grants: Grants, breach: Breach) -> bool:
    return grants.has(breach.agreement.provider_id, *PROVIDER_ROLES) or _keeps(grants, breach)


def is_client(grants: Grants, breach: Breach) -> bool:
    return grants.has(breach.agreement.client_id, Role.CLIENT)


def can_close(grants: Grants, breach: Breach, now: datetime) -> bool:
    if breach.outcome_by_id == grants.user_id:
        return False
    if is_client(grants, breach):
        return True
    silent = breach.outcome_at is not None and now - breach.outcome_at >= SILENCE
    return _keeps(grants, breach) and silent


def _keeps(grants: Grants, breach: Breach) -> bool:
    return grants.has(breach.agreement.keeper_id, Role.MANAGER)


def can_reopen(grants: Grants, breach: Breach) -> bool:
    return is_client(grants, breach) or _keeps(grants, breach)
