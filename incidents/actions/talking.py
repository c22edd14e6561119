"""What people say beside the acts: a remark for both sides, or for one's own."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import nudge
from accounts.models import User
from accounts.notifications import notify
from agreements.models import Party
from agreements.people import members
from incidents import reply_to
from incidents.acting import Refused
from incidents.models import Breach, Incident, Remark
from records import audit

LONGEST = 8000


@transaction.atomic
def remark_on(
    subject: Incident | Breach, *, text: str, side: str, actor: User, at: datetime, message_id: str = ""
) -> Remark:
    """Say something about an incident or a breach; with a `side` only that party's people read it.

    The same e-mail (`message_id`) again changes nothing. Raises Refused without a word, or for an unknown side.
    """
    if not text.strip():
        raise Refused("text", _("Write something."))
    if side not in ("", *Party.values):
        raise Refused("side", _("Choose who reads it."))
    about = _about(subject)
    known = Remark.objects.filter(message_id=message_id).first() if message_id else None
    if known is not None:
        return known
    said = Remark.objects.create(
        **about, text=text.strip()[:LONGEST], side=side, by=actor, at=at, message_id=message_id
    )
    # Without the words: the trail of the agreement is read by both sides.
    audit.record("remark.made", subject, actor=actor, at=at, scope=subject.agreement.reference, remark=said.pk,
                 side=side, mail=bool(message_id))
    _tell(subject, said)
    return said


def _about(subject: Incident | Breach) -> dict[str, Any]:
    return {"incident" if isinstance(subject, Incident) else "breach": subject}


def _tell(subject: Incident | Breach, said: Remark) -> None:
    """Who works on it, who logged it and who took part in the talk, as far as they may read it."""
    agreement, about = subject.agreement, _about(subject)
    people: set[User | None] = {each.by for each in Remark.objects.filter(**about, side="").select_related("by")}
    people |= {subject.assignee, subject.logged_by} if isinstance(subject, Incident) else {subject.owner}
    readers = [person for person in people if person is not None and person != said.by]
    if said.side:
        house = agreement.provider if said.side == Party.PROVIDER else agreement.client
        inside = members(house, at=said.at)
        readers = [person for person in readers if person in inside]
    notify(
        readers, key=f"remark:{said.pk}",
        title=_("%(name)s about %(what)s") % {"name": said.by.name, "what": subject.number},
        text=f"{subject.title}\n\n{said.text}", url=subject.get_absolute_url(), at=said.at,
        scope=agreement.reference, reply_to=reply_to.reply_address(subject.number),
    )
    nudge.engine("accounts.deliver")
