"""What every act on an incident needs: the lock, the audit entry, the people to tell."""

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _

from accounts import nudge
from accounts.models import Role, User
from accounts.notifications import notify
from agreements.models import Agreement
from agreements.people import members
from agreements.terms import Terms
from incidents import reply_to
from incidents.acting import Refused
from incidents.models import Incident
from records import audit


def lock_incident(incident: Incident) -> Incident:
    """The incident as it is now, locked."""
    rows = Incident.objects.select_for_update(of=("self",))
    related = rows.select_related("agreement__provider", "agreement__client", "version", "assignee", "logged_by")
    return related.get(pk=incident.pk)


def note(verb: str, incident: Incident, *, actor: User | None, at: datetime, **data) -> None:
    audit.record(verb, incident, actor=actor, at=at, scope=incident.agreement.reference, **data)


def demand(place: str, text: str, message: str) -> str:
    """The text without spaces around it. Raises Refused when nothing is left."""
    if not text.strip():
        raise Refused(place, message)
    return text.strip()


def row_of(terms: Terms, priority: int | None) -> int | None:
    """The priority, checked: a row missing in the signed version is an error, never a silent default."""
    known = {row.priority: row.name for row in terms.priorities}
    if known and priority not in known:
        said = ", ".join(f"{number} {name}" for number, name in known.items())
        raise Refused("priority", _("Choose a priority of the signed version: %(known)s.") % {"known": said})
    return priority if known else None


def staff(agreement: Agreement, at: datetime) -> list[User]:
    """The provider's people who do the work."""
    return members(agreement.provider, Role.PROVIDER, Role.MANAGER, Role.ESCALATION, at=at)


def inform(
    people: Iterable[User | None],
    incident: Incident,
    what: str,
    *,
    title: str,
    text: str,
    actor: User,
    at: datetime,
    mail: bool = True,
) -> None:
    """Tell people once each, never the one who did it."""
    told = {person.pk: person for person in people if person is not None and person != actor}
    # The moment is part of the key: what is taken up again may be resolved again.
    notify(told.values(), key=f"incident:{incident.pk}:{what}:{at.isoformat()}", title=title[:200], text=text,
           url=incident.get_absolute_url(), at=at, scope=incident.agreement.reference,
           group=f"incident:{incident.pk}", mail=mail, reply_to=reply_to.reply_address(incident.number))
    nudge.engine("accounts.deliver")
