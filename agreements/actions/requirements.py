"""Everything that writes requirements: asked, stated, accepted or declined."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import nudge
from accounts.models import Organisation, User
from accounts.notifications import notify
from agreements import people
from agreements.locking import lock
from agreements.models import Requirement, Service
from agreements.signing import Refused
from records import audit
from records.numbers import following


@transaction.atomic
def ask_requirement(
    service: Service, *, client: Organisation, asked_of: User, actor: User, at: datetime
) -> Requirement:
    """Ask a person of the client what they need of a service; they get a link in inbox and mail.

    Raises Refused ("asked_of") when the person does not belong to the client.
    """
    if asked_of not in people.members(client, at=at):
        raise Refused(
            _("%(person)s does not belong to %(client)s.") % {"person": asked_of, "client": client}, "asked_of"
        )
    requirement = Requirement.objects.create(
        number=f"R{following('R')}", service=service, client=client, asked_of=asked_of, asked_by=actor, asked_at=at
    )
    audit.record(
        "requirement.asked",
        requirement,
        actor=actor,
        at=at,
        number=requirement.number,
        service=service.key,
        client=client.name,
        person=asked_of.email,
    )
    words = {"actor": actor, "service": service}
    _tell(
        requirement,
        asked_of,
        "asked",
        at,
        _("What do you need of %s?") % service,
        _("%(actor)s prepares an agreement about %(service)s and asks what you need, and why.") % words,
    )
    return requirement


@transaction.atomic
def state_requirement(
    requirement: Requirement, *, text: str, why: str, priority: str, actor: User, at: datetime
) -> Requirement:
    """Say what is needed; can be said again until it is decided. Raises Refused, TransitionNotAllowed."""
    if not text.strip():
        raise Refused(_("Say what you need."), "text")
    requirement, at = lock(Requirement.objects.select_related("service", "asked_by"), requirement.pk, at)
    if actor.pk != requirement.asked_of_id:
        raise Refused(_("Only the person who was asked can answer."))
    first = requirement.state == Requirement.State.ASKED
    requirement.state_it(text=text, why=why, priority=priority, at=at)
    requirement.save(update_fields=["state", "text", "why", "priority", "stated_at"])
    audit.record(
        "requirement.stated",
        requirement,
        actor=actor,
        at=at,
        number=requirement.number,
        text=text,
        why=why,
        priority=priority,
    )
    if first:
        words = {"actor": actor, "number": requirement.number}
        title = _("%(actor)s stated requirement %(number)s") % words
        _tell(requirement, requirement.asked_by, "stated", at, title, text)
    return requirement


@transaction.atomic
def accept_requirement(requirement: Requirement, *, actor: User, at: datetime) -> Requirement:
    """Take a stated requirement up: agreements about the service answer it. Raises TransitionNotAllowed."""
    requirement, at = lock(Requirement.objects.select_related("service", "asked_of"), requirement.pk, at)
    requirement.accept(by=actor)
    requirement.save(update_fields=["state", "decided_by"])
    audit.record("requirement.accepted", requirement, actor=actor, at=at, number=requirement.number)
    title = _("Your requirement %s was accepted") % requirement.number
    _tell(requirement, requirement.asked_of, "decided", at, title, requirement.text, mail=False)
    return requirement


@transaction.atomic
def decline_requirement(requirement: Requirement, *, reason: str, actor: User, at: datetime) -> Requirement:
    """Say why a stated requirement is not taken up. Raises Refused ("reason"), TransitionNotAllowed."""
    if not reason.strip():
        raise Refused(_("Say why it is declined; the person who asked reads it."), "reason")
    requirement, at = lock(Requirement.objects.select_related("service", "asked_of"), requirement.pk, at)
    requirement.decline(by=actor, reason=reason)
    requirement.save(update_fields=["state", "decided_by", "decision_reason"])
    audit.record("requirement.declined", requirement, actor=actor, at=at, number=requirement.number, reason=reason)
    title = _("Your requirement %s was declined") % requirement.number
    _tell(requirement, requirement.asked_of, "decided", at, title, reason)
    return requirement


def _tell(requirement, person, what, at, title, text, *, mail=True):
    notify(
        [person],
        key=f"requirement:{requirement.pk}:{what}",
        title=title,
        text=text,
        url=reverse("agreements:requirement", args=[requirement.number]),
        at=at,
        mail=mail,
    )
    nudge.engine("accounts.deliver")
