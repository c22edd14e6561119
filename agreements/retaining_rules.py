"""Who may hold and dispose of an agreement's files: predicates of (grants, agreement), no queries, no HTTP.

* The records officers of a party are those who speak for it: the provider's SLA managers; the client's, too, and its
  client's people. Either side holds for itself, and lifts its own holds alone.
* Auditors ask for a hold; the officers of their side answer. They change nothing themselves.
* An officer proposes a disposal after the term; one of the other party agrees. Where nobody of the other party is
  left, another officer of the same one does.
"""

from accounts.models import Role
from accounts.rules import Grants
from agreements.ending_rules import CONFIRMS
from agreements.models import Agreement, Party


def officer_for(grants: Grants, agreement: Agreement) -> str:
    """The party whose records this person keeps; empty for nobody's. Of both parties: the provider's."""
    for party in Party.values:
        if grants.has(agreement.organisation_of(party).pk, *CONFIRMS[party]):
            return party
    return ""


def asks_of(grants: Grants, agreement: Agreement) -> str:
    """The party whose officers an auditor asks; empty for anybody else."""
    for party in Party.values:
        if grants.has(agreement.organisation_of(party).pk, Role.AUDITOR):
            return party
    return ""


def can_keep(grants: Grants, agreement: Agreement, party: str) -> bool:
    """Answer what was asked of a party, lift what it holds."""
    return grants.has(agreement.organisation_of(party).pk, *CONFIRMS[party])
