"""The ways an incident comes in: a person of either party, a machine, an e-mail, an outage that was measured."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from agreements.locking import locked
from agreements.models import Agreement, Party, Version
from incidents import climbing, deadlines, desk
from incidents.acting import Refused
from incidents.desk import demand, note
from incidents.models import Incident
from records import numbers


@transaction.atomic
def log_incident(
    agreement: Agreement,
    *,
    title: str,
    text: str,
    priority: int | None,
    began_at: datetime,
    party: str,
    door: str,
    actor: User,
    at: datetime,
    external_id: str = "",
) -> Incident:
    """Log what touched the service, by the signed version in force when it began; the initial contact is told.

    `priority` is a row of that version, None only where it has none. The same `external_id` again returns the
    incident of the first time. Raises Refused: no title, a future beginning, no version then, no such priority.
    """
    if external_id:
        locked(Agreement.objects.all(), agreement.pk)  # the same machine may ask twice at once
        known = Incident.objects.filter(agreement=agreement, external_id=external_id).first()
        if known is not None:
            return known
    title = demand("title", title, _("Say in a few words what happened."))
    version = _version(agreement, began_at, at)
    terms = version.read_terms()
    priority = desk.row_of(terms, priority)
    if party not in Party.values:
        raise Refused("", _("Only people of the two parties log incidents."))
    incident = Incident.objects.create(
        number=f"INC-{numbers.following('INC'):04}", agreement=agreement, version=version, title=title[:200],
        text=text.strip(), priority=priority, party=party, door=door, external_id=external_id,
        began_at=began_at, logged_at=at, logged_by=actor, **deadlines.due_dates(terms, priority, at),
    )
    run = climbing.begin(incident, at=at)
    note("incident.logged", incident, actor=actor, at=at, number=incident.number, title=title, priority=priority,
         began_at=began_at.isoformat(), party=party, door=door, external_id=external_id,
         version=version.label, terms_sha256=version.terms_sha256, run=run.pk)
    return incident


def _version(agreement: Agreement, began_at: datetime, at: datetime) -> Version:
    if began_at > at:
        raise Refused("began_at", _("This lies in the future."))
    version = Version.objects.in_force(began_at).filter(agreement=agreement).first()
    if version is None:
        raise Refused("began_at", _("No signed version of this agreement was in force then."))
    return version
