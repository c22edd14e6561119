"""Which party keeps an agreement of each kind: whose SLA manager writes and owns it, sends it and measures it.

An SLA or OLA is kept by who provides; a contract with a supplier by who receives it: the supplier signs what its
client's managers keep. Whatever asks "is it ours to manage?" asks here.
"""

from collections.abc import Collection

from django.db.models import Q

KEEPERS = {"sla": "provider", "ola": "provider", "uc": "client"}


def kept_by(organisations: Collection[int], at: str = "") -> Q:
    """The agreements that these organisations keep; `at` leads to an agreement ("version__agreement__")."""
    found = Q()
    for kind, party in KEEPERS.items():
        found |= Q(**{f"{at}kind": kind, f"{at}{party}__in": organisations})
    return found


def on_keepers_side(at: str, side: str) -> Q:
    """What belongs to the party that keeps the agreement: `side` is the column that names a party."""
    found = Q()
    for kind, party in KEEPERS.items():
        found |= Q(**{f"{at}kind": kind, side: party})
    return found
