"""Incidents that wait for a person: to work on, to confirm."""

from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Role, User
from accounts.needs import Need
from accounts.rules import Grants
from incidents import rules
from incidents.models import Incident

S = Incident.State


def for_user(user: User, grants: Grants, now: datetime) -> list[Need]:
    """Each is gone after its act; one query, whatever their number. Who shall answer is asked by the ladder."""
    client = Q(agreement__client__in=grants.organisations(Role.CLIENT)) | Q(logged_by=user)
    mine = (
        Q(state__in=[S.ACKNOWLEDGED, S.IN_PROGRESS], assignee=user)
        | Q(state=S.RESOLVED) & client
    )
    found = Incident.objects.filter(mine).select_related("agreement__client").order_by("pk")
    return [_need(incident) for incident in found]


def _need(incident: Incident) -> Need:
    if incident.state == S.RESOLVED:
        title, verb, icon = _("Is it over? %(title)s"), _("Read and confirm"), "hourglass"
        lead, due, tone = _("May be closed without you"), incident.resolved_at + rules.SILENCE, "warn"
    else:
        title, verb, icon = _("Resolve: %(title)s"), _("Open the incident"), "tool"
        lead, due, tone = _("Due"), incident.resolve_by, "warn"
    return Need(
        key=f"incident:{incident.pk}:{incident.state}",
        title=title % {"title": incident.title},
        text=f"{incident.number} · {incident.agreement.title}, {incident.agreement.client.name}",
        url=incident.get_absolute_url(),
        verb=verb,
        due=due,
        tone=tone,
        icon=icon,
        lead=lead,
    )
