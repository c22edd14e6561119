"""An incident that counts for a KPI has a row of its own there, taken in like every measurement."""

from datetime import datetime

from accounts.models import User
from incidents.acting import Refused
from incidents.models import Incident
from kpis import actions as kpi_actions
from kpis.intake.rows import Case, Outage, Row
from kpis.models import Delivery, Indicator

SOURCE = "incidents"  # the log that these rows are kept under


def feed(incident: Incident, *, actor: User, at: datetime, reason: str = "") -> None:
    """Bring what a locked incident says of its end to each stream it counts for; `reason` for a change."""
    counted = Indicator.objects.filter(targets__incident_links__in=incident.links.filter(counts=True))
    for indicator in counted.distinct().order_by("pk"):
        take_in(incident, indicator, reason, actor, at)


def take_in(incident: Incident, indicator: Indicator, reason: str, actor: User, at: datetime) -> None:
    """Its row as it stands. Raises Refused where the intake refuses it."""
    said = f"{incident.number}: {reason}"[:200] if reason else ""
    try:
        kpi_actions.take_in(
            indicator, rows=[_row(incident, indicator)], source=SOURCE, door=Delivery.Door.PORTAL, by=actor,
            at=at, reason=said,
        )
    except kpi_actions.Refused as refused:
        raise Refused("target", "; ".join(error.reason for error in refused.errors)) from refused


def _row(incident: Incident, indicator: Indicator) -> Row:
    if indicator.kind == Indicator.Kind.OUTAGES:
        return Outage(incident.began_at, incident.resolved_at, external_id=incident.number)
    return Case(
        incident.number, incident.logged_at, incident.priority or 0, resolved_at=incident.resolved_at,
        closed_at=incident.resolved_at, responded_at=incident.acknowledged_at, facts={"incident": incident.number},
    )
