"""An e-mail that comes in: a reply becomes a remark, one that names an agreement an incident."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import nudge
from accounts.models import User
from accounts.notifications import notify
from agreements.grants import load
from agreements.models import Agreement
from agreements.rules import working_for
from incidents import mailbox, reply_to, rules
from incidents.acting import Refused
from incidents.actions.incident_logging import log_incident
from incidents.actions.talking import remark_on
from incidents.mailbox import Mail
from incidents.models import Breach, Incident, Remark


def take_mail(raw: bytes, *, at: datetime) -> Incident | Remark | None:
    """Take an RFC 822 message in as its sender; the same message again changes nothing.

    It belongs to what its address (see `reply_to`), its thread or its subject names. A sender whom the
    portal does not know, or who may not see that, gets nothing, not even an answer: None. Who may is told what
    is missing. Raises mailbox.Unreadable for what nobody wrote.
    """
    mail = mailbox.read(raw)
    person = User.objects.filter(email__iexact=mail.sender, is_active=True).first()
    if person is None:
        return None
    try:
        with transaction.atomic():
            return _take(mail, person, at)
    except Refused as refused:
        notify(
            [person], key=f"mail:{mail.message_id}"[:120], text=str(refused), url="/incidents/", at=at,
            title=_("Your e-mail was not taken in: %s") % mail.subject[:120],
        )
        nudge.engine("accounts.deliver")
        return None


def _take(mail: Mail, person: User, at: datetime) -> Incident | Remark | None:
    seen, grants = Agreement.objects.visible_to(person, at), load(person, at)
    subject = _subject(mail)
    if subject is not None:
        allowed = subject.agreement in seen and rules.can_log(grants, subject.agreement)
        if not allowed:
            return None
        return remark_on(subject, text=mail.text, side="", actor=person, at=at, message_id=mail.message_id)
    agreement = seen.filter(reference=mail.reference).first() if mail.reference else None
    if agreement is None or not rules.can_log(grants, agreement):
        return None
    return log_incident(
        agreement, title=mailbox.title(mail), text=mail.text, priority=mail.priority, began_at=at,
        party=working_for(grants, agreement)[0], door=Incident.Door.MAIL, external_id=mail.message_id[:80],
        actor=person, at=at,
    )


def _subject(mail: Mail) -> Incident | Breach | None:
    """By the token of the address, then by the thread, then by the number in the subject."""
    number = next((known for address in mail.addresses if (known := reply_to.number_of(address))), "") or mail.number
    if number.startswith("BR-"):
        return Breach.objects.filter(number=number).select_related("agreement").first()
    incidents = Incident.objects.select_related("agreement")
    if number:
        return incidents.filter(number=number).first()
    earlier = Remark.objects.filter(message_id__in=mail.answers).select_related("incident__agreement").first()
    if earlier is not None and earlier.incident is not None:
        return earlier.incident
    return incidents.filter(external_id__in=[each[:80] for each in mail.answers]).first()
