"""Everything that writes breaches and incidents, by topic: browser, API and sweeps call the same functions."""

from incidents.acting import Overtaken, Refused
from incidents.actions.by_hand import log_breach
from incidents.actions.by_mail import take_mail
from incidents.actions.following import (
    add_breach_action,
    drop_breach_action,
    finish_breach_action,
    hand_on,
    record_check,
)
from incidents.actions.handling import acknowledge, close, document_outcome, reopen, rescue
from incidents.actions.herding import acknowledge_herd
from incidents.actions.incident_linking import count_incident, exclude_incident, link_incident
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
from incidents.actions.owing import escalate_late_data
from incidents.actions.running import acknowledge_by_link, acknowledge_run, raise_run
from incidents.actions.sweeping import log_breaches
from incidents.actions.talking import remark_on
from incidents.actions.watching import watch_limits

__all__ = [
    "Overtaken",
    "Refused",
    "acknowledge",
    "acknowledge_by_link",
    "acknowledge_herd",
    "acknowledge_incident",
    "acknowledge_run",
    "add_breach_action",
    "assign_incident",
    "begin_incident",
    "change_priority",
    "close",
    "close_incident",
    "count_incident",
    "document_outcome",
    "drop_breach_action",
    "escalate_incident",
    "escalate_late_data",
    "exclude_incident",
    "finish_breach_action",
    "hand_on",
    "link_incident",
    "log_breach",
    "log_breaches",
    "log_incident",
    "raise_run",
    "record_check",
    "remark_on",
    "reopen",
    "reopen_incident",
    "rescue",
    "resolve_incident",
    "take_mail",
    "watch_limits",
]
