"""Who may do what with a breach or an incident. Pure: no queries, no HTTP. Who sees one sees its agreement.

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
from agreements.models import Agreement
from agreements.rules import working_for
from incidents.models import Breach, Herd, Incident, Run

PROVIDER_ROLES = (Role.MANAGER, Role.PROVIDER, Role.ESCALATION)
SILENCE = timedelta(days=10)


def can_acknowledge(grants: Grants, breach: Breach | Run | Herd) -> bool:
    agreement = breach.agreement
    return grants.is_named(agreement.pk, "position") or can_document(grants, breach)


def acknowledges_somewhere(grants: Grants) -> bool:
    """Whether a list of breaches offers this person to tick and acknowledge."""
    on_a_ladder = any(capacity == "position" for _, capacity in grants.named)
    return on_a_ladder or grants.has_anywhere(*PROVIDER_ROLES)


def can_document(grants: Grants, breach: Breach | Run | Herd) -> bool:
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


def _keeps(grants: Grants, breach: Breach | Run | Herd) -> bool:
    return grants.has(breach.agreement.keeper_id, Role.MANAGER)


def can_reopen(grants: Grants, breach: Breach) -> bool:
    return is_client(grants, breach) or _keeps(grants, breach)


def can_check(grants: Grants, breach: Breach, now: datetime) -> bool:
    """Say whether it helped: from its day on, one of the provider's people or a keeper, neither owner nor writer."""
    waits = breach.state == Breach.State.CLOSED and breach.effective is None and breach.check_due_on is not None
    if not waits or now.date() < breach.check_due_on or grants.user_id in (breach.owner_id, breach.outcome_by_id):
        return False
    return can_document(grants, breach)


# Incidents. Both parties' people log and talk; the provider's people do the work; the client confirms.

def can_log(grants: Grants, agreement: Agreement) -> bool:
    """Log an incident, remark on one, send it up the ladder."""
    return bool(working_for(grants, agreement))


def can_answer(grants: Grants, incident: Incident) -> bool:
    """Acknowledge: whoever stands on the ladder, of either party, and the provider's people."""
    agreement = incident.agreement
    return grants.is_named(agreement.pk, "position") or can_work(grants, incident)


def can_work(grants: Grants, incident: Incident) -> bool:
    """Assign, work on, resolve, and say which KPI it counts for."""
    agreement = incident.agreement
    return grants.has(agreement.provider_id, *PROVIDER_ROLES) or grants.has(agreement.keeper_id, Role.MANAGER)


def can_confirm(grants: Grants, incident: Incident, now: datetime) -> bool:
    """The client closes, or whoever logged it; a manager of the keeper after ten days of silence."""
    agreement = incident.agreement
    if grants.has(agreement.client_id, Role.CLIENT) or incident.logged_by_id == grants.user_id:
        return True
    silent = incident.resolved_at is not None and now - incident.resolved_at >= SILENCE
    return silent and grants.has(agreement.keeper_id, Role.MANAGER)


def can_take_up(grants: Grants, incident: Incident) -> bool:
    return can_log(grants, incident.agreement)
