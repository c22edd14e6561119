"""A breach, or an incident, as a line of CSV."""

from collections.abc import Iterable
from datetime import datetime

from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from incidents import finding
from incidents.queue import Row

HEADINGS = [
    _("Number"), _("Title"), _("Agreement"), _("Version"), _("Client"), _("State"), _("With"), _("Next step"),
    _("Due"), _("Opened"), _("Acknowledged"), _("Closed"), _("Cause"), _("What was done"), _("Prevention"),
]


def cells(row: Row) -> list[str]:
    breach = row.breach
    return [
        breach.number,
        breach.title,
        breach.agreement.reference,
        breach.figures.get("version", ""),
        breach.agreement.client.name,
        breach.get_state_display(),
        row.people,
        row.next,
        _moment(row.due),
        _moment(breach.opened_at),
        _moment(breach.acknowledged_at),
        _moment(breach.closed_at),
        breach.root_cause,
        breach.corrective,
        breach.preventive,
    ]


INCIDENT_HEADINGS = [
    _("Number"), _("Title"), _("Agreement"), _("Version"), _("Client"), _("Priority"), _("State"), _("With"),
    _("Logged by"), _("Began"), _("Logged"), _("Answer by"), _("Acknowledged"), _("Resolve by"), _("Resolved"),
    _("Closed"), _("What was done"),
]


def incident_cells(row: finding.Row) -> list[str]:
    incident = row.incident
    moments = [
        incident.began_at, incident.logged_at, incident.respond_by, incident.acknowledged_at,
        incident.resolve_by, incident.resolved_at, incident.closed_at,
    ]
    return [
        incident.number,
        incident.title,
        incident.agreement.reference,
        incident.version.label,
        incident.agreement.client.name,
        row.priority,
        incident.get_state_display(),
        row.person,
        incident.logged_by.name,
        *map(_moment, moments),
        incident.resolution,
    ]


def line(values: Iterable[str]) -> list[str]:
    """Values that no spreadsheet reads as a formula."""
    return [f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r")) else value for value in values]


def _moment(at: datetime | None) -> str:
    return localtime(at).isoformat(timespec="seconds") if at else ""
