"""Where an incident meets the engine: its run begins when it is logged and ends when it is resolved.

The run is locked before the incident, as the engine locks it: whoever changes both takes them in this order.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from incidents import escalation, subjects
from incidents.acting import Overtaken, Refused
from incidents.models import Incident, Run


def begin(incident: Incident, *, at: datetime, above_contact: bool = False) -> Run:
    """Start the ladder of the incident's version: level 0, the initial contact, is told at once."""
    subject = subjects.of_incident(incident)
    return escalation.start(subject, incident.version, at=at, above_contact=above_contact)


def lock_run(incident: Incident) -> Run | None:
    """The incident's run, locked; None once it is resolved."""
    return escalation.open_run(subjects.incident_key(incident))


def climb(incident: Incident, run: Run | None, *, seen_level: int, actor: User, at: datetime) -> None:
    """Tell the next level now. Raises Refused at the top, and when a level was told since the page was read."""
    if run is None:
        begin(incident, at=at, above_contact=True)
        return
    try:
        escalation.go_up(run, seen_level=seen_level, actor=actor, at=at)
    except LookupError as error:
        raise Refused("reason", str(error)) from error
    except escalation.Faster as error:
        raise Overtaken("reason", _("Somebody was faster: another level is told already.")) from error
