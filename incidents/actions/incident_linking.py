"""What an incident has to do with: a KPI it touched, a breach, an outage or case that was measured."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from incidents import feeding
from incidents.acting import Refused
from incidents.desk import lock_incident, note
from incidents.models import Breach, Incident, IncidentLink
from kpis import actions as kpi_actions
from kpis.models import Exclusion, Indicator, Target


@transaction.atomic
def link_incident(
    incident: Incident,
    *,
    target: Target | None = None,
    breach: Breach | None = None,
    exclusion: Exclusion | None = None,
    measured: tuple[Indicator, str, str] | None = None,
    actor: User,
    at: datetime,
) -> IncidentLink:
    """Link one thing; `measured` names a row of a stream as (indicator, source, external id).

    Linked before: nothing changes. Raises Refused for what belongs to another agreement, or for nothing.
    """
    incident = lock_incident(incident)
    own = Target.objects.filter(agreement=incident.agreement_id)
    fields: dict[str, Any]
    if target is not None and target.agreement_id == incident.agreement_id:
        fields, said = {"target": target}, {"kpi": target.key}
    elif breach is not None and breach.agreement_id == incident.agreement_id:
        fields, said = {"breach": breach}, {"breach": breach.number}
    elif exclusion is not None and exclusion.agreement_id == incident.agreement_id:
        fields, said = {"exclusion": exclusion}, {"exclusion": exclusion.number}
    elif measured is not None and own.filter(indicator=measured[0]).exists():
        indicator, source, external_id = measured
        fields = {"indicator": indicator, "source": source, "external_id": external_id}
        said = {"indicator": indicator.key, "source": source, "row": external_id}
    else:
        raise Refused("", _("Choose something of this agreement."))
    link, created = IncidentLink.objects.get_or_create(incident=incident, **fields, defaults={"by": actor, "at": at})
    if created:
        note("incident.linked", incident, actor=actor, at=at, **said)
    return link


@transaction.atomic
def exclude_incident(incident: Incident, *, actor: User, at: datetime, **asked: Any) -> Exclusion:
    """Ask that the time of an incident is excluded, and link the two; `asked` is what kpis.propose_exclusion takes.

    Somebody else of the provider decides on it. Raises kpis.claiming.Declined for what the terms do not let.
    """
    exclusion = kpi_actions.propose_exclusion(incident.agreement, **asked, actor=actor, at=at)
    link_incident(incident, exclusion=exclusion, actor=actor, at=at)
    return exclusion


@transaction.atomic
def count_incident(incident: Incident, target: Target, *, actor: User, at: datetime) -> IncidentLink:
    """Let it count for a KPI of outages or cases: its own row is taken in there, and kept up to date.

    Raises Refused: another agreement's KPI, one made of values or scores, or a row that the intake refuses.
    """
    incident = lock_incident(incident)
    if target.agreement_id != incident.agreement_id:
        raise Refused("target", _("Choose a KPI of this agreement."))
    if target.indicator.kind not in (Indicator.Kind.OUTAGES, Indicator.Kind.CASES):
        raise Refused("target", _("This KPI is not made of outages or cases."))
    link, created = IncidentLink.objects.get_or_create(
        incident=incident, target=target, defaults={"counts": True, "by": actor, "at": at}
    )
    if not created and link.counts:
        return link
    link.counts = True
    link.save(update_fields=["counts"])
    feeding.take_in(incident, target.indicator, "", actor, at)
    note("incident.counted", incident, actor=actor, at=at, kpi=target.key, version=target.version.label)
    return link
