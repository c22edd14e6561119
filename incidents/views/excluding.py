"""Ask that the time of an incident is excluded: the form of kpis, filled with what the incident knows."""

from zoneinfo import ZoneInfo

from django.views.decorators.http import require_http_methods

from incidents import actions
from incidents.forms.incidents import LOCAL
from incidents.views.finding import find_incident, require
from kpis import rules
from kpis.views.excluding import asked


@require_http_methods(["GET", "HEAD", "POST"])
def exclude(request, number):
    incident = find_incident(request, number)
    require(rules.claims_for_provider(request.grants, incident.agreement))

    def propose(**said):
        actions.exclude_incident(incident, **said, actor=request.user, at=request.now)
        return incident

    return asked(request, incident.agreement, _known(incident), propose)


def _known(incident):
    """Its times in the zone of the agreement, its KPIs, and its number."""
    zone = ZoneInfo(incident.version.terms["agreement"]["timezone"])
    ends_at = incident.resolved_at
    return {
        "kpis": [link.target.key for link in incident.links.select_related("target") if link.target],
        "starts_at": incident.began_at.astimezone(zone).strftime(LOCAL),
        "ends_at": ends_at.astimezone(zone).strftime(LOCAL) if ends_at else "",
        "reason": f"{incident.number}: {incident.title}",
    }
