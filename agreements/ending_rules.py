"""Who may do what when an agreement renews or ends: predicates of (grants, parties, ending), no queries.

* Only people with authority on record sign a notice or an end, each for their own party: `parties` are those
  that a person may sign for, loaded by the view; the acts check again under their lock.
* The other party's people confirm that a notice arrived.
* The owner or another SLA manager of who keeps it decides whether a term renews, and names a successor.
"""

from collections.abc import Collection

from accounts.models import Role
from accounts.rules import Grants
from agreements.models import Agreement, Ending, Party

CONFIRMS = {Party.PROVIDER: (Role.MANAGER,), Party.CLIENT: (Role.MANAGER, Role.CLIENT)}


def can_confirm(grants: Grants, ending: Ending) -> bool:
    organisation = ending.agreement.organisation_of(ending.other)
    waits = ending.state == Ending.State.STANDING and ending.received_at is None and not ending.is_mutual
    return waits and grants.has(organisation.pk, *CONFIRMS[ending.other])


def can_answer(parties: Collection[str], ending: Ending) -> bool:
    return ending.state == Ending.State.PROPOSED and ending.other in parties


def can_take_back(parties: Collection[str], ending: Ending) -> bool:
    open_ = ending.state in (Ending.State.PROPOSED, Ending.State.STANDING)
    return open_ and ending.recall_at is None and ending.party in parties


def can_answer_recall(parties: Collection[str], ending: Ending) -> bool:
    return ending.state == Ending.State.STANDING and ending.recall_at is not None and ending.other in parties


def decides(grants: Grants, agreement: Agreement) -> bool:
    return grants.has(agreement.keeper_id, Role.MANAGER)
