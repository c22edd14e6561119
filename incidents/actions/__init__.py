"""Everything that writes breaches, by topic: each act is one function, called alike by browser, API and sweeps."""

from incidents.actions.common import Refused
from incidents.actions.handling import acknowledge, close, document_outcome, reopen, rescue
from incidents.actions.running import acknowledge_by_link, acknowledge_run, raise_run
from incidents.actions.sweeping import log_breaches

__all__ = [
    "Refused",
    "acknowledge",
    "acknowledge_by_link",
    "acknowledge_run",
    "close",
    "document_outcome",
    "log_breaches",
    "raise_run",
    "reopen",
    "rescue",
]
