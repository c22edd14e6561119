"""An agreement with people at its desk, and incidents led to a state by the acts."""

from accounts.models import Notice, Role
from incidents import actions
from tests.factories import NOON, make_member
from tests.incidents.rows import HOUR, make_ladder


def make_scene():
    """A signed agreement with the holders of its ladder, one of the provider's people and one of the client."""
    version, people = make_ladder()
    agreement = version.agreement
    agreement.version, agreement.people = version, people
    agreement.staff = make_member(agreement.provider, Role.PROVIDER, name="Daniel Osei")
    agreement.guest = make_member(agreement.client, Role.CLIENT, name="Amara Lindqvist")
    return agreement


def log(agreement, **kwargs):
    given = {
        "title": "Nobody can log in", "text": "Since the morning", "priority": 3, "began_at": NOON - HOUR,
        "party": "client", "door": "portal", "actor": agreement.guest, "at": NOON,
    } | kwargs
    return actions.log_incident(agreement, **given)


def worked(agreement, until="resolved", at=NOON):
    """An incident led to a state by the acts."""
    incident, who = log(agreement), {"actor": agreement.staff, "at": at}
    steps = [
        ("acknowledged", lambda: actions.acknowledge_incident(incident, **who)),
        ("in_progress", lambda: actions.begin_incident(incident, **who)),
        ("resolved", lambda: actions.resolve_incident(incident, resolution="Restarted.", **who)),
        ("closed", lambda: actions.close_incident(incident, actor=agreement.guest, at=at)),
    ]
    for state, step in steps:
        incident = step()
        if state == until:
            return incident
    return incident


def told(user):
    """The titles in a person's inbox, oldest first."""
    return list(Notice.objects.filter(recipient=user).order_by("pk").values_list("title", flat=True))
