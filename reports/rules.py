"""Who may do what with a report. Pure: no queries, no HTTP. Who sees the agreement sees its reports.

* The client's people acknowledge or dispute it.
* A manager of who keeps the agreement shares it again and issues a corrected edition.
* Auditors and administrators change nothing.
"""

from accounts.models import Role
from accounts.rules import Grants
from reports.models import Report

CLIENT_ROLES = (Role.CLIENT, Role.MANAGER)


def can_answer(grants: Grants, report: Report) -> bool:
    """Acknowledge or dispute."""
    return grants.has(report.agreement.client_id, *CLIENT_ROLES)


def can_issue(grants: Grants, report: Report) -> bool:
    """Issue a corrected edition."""
    return grants.has(report.agreement.keeper_id, Role.MANAGER)
