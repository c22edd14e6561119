"""What people do with a breach: acknowledge, document the outcome, confirm, take up again, call off."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Role, User
from agreements.people import members
from incidents import escalation, telling
from incidents.acting import Refused, call_off, lock, owner, record, tell
from incidents.models import Breach


@transaction.atomic
def acknowledge(breach: Breach, *, actor: User, at: datetime) -> Breach:
    """Stop the escalation and own the breach. Raises TransitionNotAllowed when somebody was faster.

    After a lapsed acknowledgement the breach may be acknowledged again; its owner is then the new person.
    """
    run, breach = lock(breach)
    escalation.acknowledge(run, actor=actor, at=at)
    if breach.state == Breach.State.OPEN:
        breach.acknowledge(by=actor, at=at)
    breach.owner = actor
    breach.save(update_fields=["state", "acknowledged_by", "acknowledged_at", "owner"])
    record("breach.acknowledged", breach, actor=actor, at=at, level=run.level)
    told = User.objects.filter(pk__in=telling.told_so_far(run)).exclude(pk=actor.pk)
    tell(told, breach, "acknowledged", at=at, mail=False,
         title=_("%(number)s was acknowledged by %(name)s") % {"number": breach.number, "name": actor.name},
         text=breach.title)
    return breach


@transaction.atomic
def document_outcome(
    breach: Breach,
    *,
    root_cause: str,
    corrective: str,
    preventive: str,
    actor: User,
    at: datetime,
    cause_kind: str = "",
    check_days: int = 30,
) -> Breach:
    """Write what was behind it and what was done; the client is asked to confirm. Stops the escalation.

    `check_days` after the closing somebody else looks whether it helped. Raises Refused without a cause or a
    corrective action, and for a check that is not within a year.
    """
    if not 1 <= check_days <= 366:
        raise Refused("check_days", _("Take 1 to 366 days."))
    for place, text in (("root_cause", root_cause), ("corrective", corrective)):
        if not text.strip():
            raise Refused(place, _("Say this in a sentence: the client reads it and the report prints it."))
    run, breach = lock(breach)
    words = {"root_cause": root_cause, "corrective": corrective, "preventive": preventive}
    breach.document_outcome(**words, cause_kind=cause_kind, check_days=check_days, by=actor, at=at)
    breach.save(update_fields=["state", *words, "cause_kind", "check_days", "outcome_by", "outcome_at"])
    escalation.rest(run, at=at)
    record("breach.outcome_documented", breach, actor=actor, at=at, **words)
    tell(members(breach.agreement.client, Role.CLIENT, at=at), breach, "outcome", at=at,
         title=_("%(number)s: please confirm the outcome") % {"number": breach.number},
         text=_("%(title)s.\n\nCause: %(cause)s\n\nWhat was done: %(done)s")
         % {"title": breach.title, "cause": root_cause, "done": corrective})
    return breach


@transaction.atomic
def close(breach: Breach, *, actor: User, at: datetime) -> Breach:
    """Confirm the outcome and end the run. Raises Refused when the writer of the outcome confirms it."""
    run, breach = lock(breach)
    if breach.state == Breach.State.OUTCOME and breach.outcome_by_id == actor.pk:
        raise Refused("", _("Somebody else must confirm an outcome that you wrote."))
    breach.close(by=actor, at=at)
    checked = ["check_due_on", "effective", "checked_at", "checked_by"]
    breach.save(update_fields=["state", "closed_by", "closed_at", *checked])
    escalation.resolve(run, at=at)
    record("breach.closed", breach, actor=actor, at=at)
    tell(owner(breach, actor), breach, "closed", at=at, mail=False,
         title=_("%(number)s was closed by %(name)s") % {"number": breach.number, "name": actor.name},
         text=breach.title)
    return breach


@transaction.atomic
def reopen(breach: Breach, *, reason: str, actor: User, at: datetime) -> Breach:
    """Take a breach up again: its outcome was refused, or it came back. Raises Refused without a reason."""
    if not reason.strip():
        raise Refused("reason", _("Say why, so that the owner knows what is missing."))
    run, breach = lock(breach)
    breach.reopen(reason=reason)
    breach.save(update_fields=["state", "reason", "closed_at", "closed_by", "check_due_on"])
    escalation.resume(run, at=at)
    record("breach.reopened", breach, actor=actor, at=at, reason=reason)
    tell(owner(breach, actor), breach, "reopened", at=at,
         title=_("%(number)s was taken up again") % {"number": breach.number},
         text=_("%(name)s: %(reason)s") % {"name": actor.name, "reason": reason})
    return breach


@transaction.atomic
def rescue(breach: Breach, *, reason: str, actor: User | None, at: datetime) -> Breach:
    """Declare it not a breach, by the exclusion or correction that says so. Raises Refused without it."""
    if not reason.strip():
        raise Refused("reason", _("Name the exclusion or correction."))
    run, breach = lock(breach)
    return call_off(run, breach, reason, actor=actor, at=at)
