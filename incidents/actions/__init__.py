"""Everything that writes breaches, by topic: each act is one function, called alike by browser, API and sweeps."""

from incidents.actions.common import Refused
from incidents.actions.handling import acknowledge, close, document_outcome, reopen, rescue
from incidents.actions.sweeping import log_breaches

__all__ = ["Refused", "acknowledge", "close", "document_outcome", "log_breaches", "reopen", "rescue"]
