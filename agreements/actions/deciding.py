"""Decide on what somebody needs: agreements answer it, or it is declined with a reason."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from agreements import question_notices
from agreements.locking import lock
from agreements.models import Requirement
from agreements.signing import Refused
from records import audit


@transaction.atomic
def accept_requirement(requirement: Requirement, *, actor: User, at: datetime) -> Requirement:
    """Take a stated requirement up: agreements about the service answer it. Raises TransitionNotAllowed."""
    requirement, at = lock(Requirement.objects.whole(), requirement.pk, at)
    requirement.accept(by=actor)
    requirement.save(update_fields=["state", "decided_by"])
    audit.record("requirement.accepted", requirement, actor=actor, at=at, number=requirement.number)
    title = _("Your requirement %s was accepted") % requirement.number
    question_notices.decided(requirement, at, title, requirement.text, mail=False)
    return requirement


@transaction.atomic
def decline_requirement(requirement: Requirement, *, reason: str, actor: User, at: datetime) -> Requirement:
    """Say why a stated requirement is not taken up. Raises Refused ("reason"), TransitionNotAllowed."""
    if not reason.strip():
        raise Refused(_("Say why it is declined; the person who asked reads it."), "reason")
    requirement, at = lock(Requirement.objects.whole(), requirement.pk, at)
    requirement.decline(by=actor, reason=reason)
    requirement.save(update_fields=["state", "decided_by", "decision_reason"])
    audit.record("requirement.declined", requirement, actor=actor, at=at, number=requirement.number, reason=reason)
    title = _("Your requirement %s was declined") % requirement.number
    question_notices.decided(requirement, at, title, reason, mail=True)
    return requirement
