"""OLAs and UCs for tests, made past the state machine: what stands behind an agreement."""

from dataclasses import replace

from agreements import terms as t
from tests.factories import MAY, make_agreement, make_organisation, make_terms, make_version


def make_supplier(client, *, kind="uc", target="99.9", state="executed", **kwargs):
    """A supplier's contract with the provider: signed, unless told."""
    supplier = kwargs.pop("supplier", None) or make_organisation()
    contract = make_agreement(
        supplier, client, kind=kind, title="Hosting", state="active" if state == "executed" else "preparing", **kwargs
    )
    terms = make_terms(term=t.Term("2026-05-01", None))
    terms.kpis = [replace(terms.kpis[0], target=target)]
    make_version(contract, terms=terms, state=state, **({"executed_at": MAY} if state == "executed" else {}))
    return contract
