"""Everything that writes breaches and incidents, by topic: browser, API and sweeps call the same functions."""

from incidents.acting import Refused
from incidents.actions.handling import acknowledge, close, document_outcome, reopen, rescue
from incidents.actions.incident_linking import count_incident, link_incident
from incidents.actions.incident_logging import log_incident
from incidents.actions.incident_working import (
    acknowledge_incident,
    assign_incident,
    begin_incident,
    change_priority,
    close_incident,
    escalate_incident,
    reopen_incident,
    resolve_incident,
)
from incidents.actions.running import acknowledge_by_link, acknowledge_run, raise_run
from incidents.actions.sweeping import log_breaches
from incidents.actions.talking import remark_on

__all__ = [
    "Refused",
    "acknowledge",
    "acknowledge_by_link",
    "acknowledge_incident",
    "acknowledge_run",
    "assign_incident",
    "begin_incident",
    "change_priority",
    "close",
    "close_incident",
    "count_incident",
    "document_outcome",
    "escalate_incident",
    "link_incident",
    "log_breaches",
    "log_incident",
    "raise_run",
    "remark_on",
    "reopen",
    "reopen_incident",
    "rescue",
    "resolve_incident",
]
