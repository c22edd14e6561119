"""What follows a breach: its owner hands it on, people do what they promised, somebody looks whether it helped."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from incidents import desk, escalation, promises
from incidents.acting import Refused, lock, owner, record, tell
from incidents.models import Breach, BreachAction


@transaction.atomic
def hand_on(breach: Breach, *, to: User, note: str, actor: User, at: datetime) -> Breach:
    """Give an acknowledged breach to another of the provider's people, with a word.

    Raises Refused: nobody has acknowledged it, it is settled, or the person is not one of them.
    """
    _run, breach = lock(breach)
    if breach.state not in (Breach.State.ACKNOWLEDGED, Breach.State.OUTCOME):
        raise Refused("to", _("Only a breach that was acknowledged and is not settled has an owner to change."))
    if to not in desk.staff(breach.agreement, at):
        raise Refused("to", _("Choose one of the provider's people."))
    before = breach.owner
    breach.owner = to
    breach.save(update_fields=["owner"])
    record("breach.handed_on", breach, actor=actor, at=at, to=to.pk, name=to.name, note=note.strip(),
           before=before.pk if before else None)
    tell([to] if to != actor else [], breach, "handed", at=at,
         title=_("Yours: %(number)s %(title)s") % {"number": breach.number, "title": breach.title},
         text=_("%(name)s: %(note)s") % {"name": actor.name, "note": note.strip() or _("no words")})
    return breach


@transaction.atomic
def add_breach_action(
    breach: Breach, *, kind: str, text: str, owner: User, due_on: date, actor: User, at: datetime
) -> BreachAction:
    """Note what `owner`, somebody of either side, does about it until a day. Raises Refused."""
    if kind not in BreachAction.Kind.values:
        raise Refused("kind", _("Say whether it mends this one or prevents the next."))
    _run, breach = lock(breach)
    if breach.state == Breach.State.NOT_A_BREACH:
        raise Refused("", _("%(number)s is not a breach.") % {"number": breach.number})
    promises.check(breach.agreement, text=text, owner=owner, due_on=due_on, at=at, refuse=Refused)
    action = BreachAction.objects.create(breach=breach, kind=kind, text=text.strip()[:300], owner=owner, due_on=due_on)
    _note("breach.action_added", action, actor, at, text=action.text, owner=owner.pk, due_on=due_on.isoformat())
    if owner != actor:
        tell([owner], breach, f"action:{action.pk}", at=at,
             title=_("Yours to do: %s") % action.text[:150],
             text=_("About %(breach)s, until %(day)s.") % {"breach": breach, "day": due_on})
    return action


@transaction.atomic
def finish_breach_action(action: BreachAction, *, actor: User, at: datetime) -> BreachAction:
    """It is done. Raises TransitionNotAllowed when it was done or dropped already."""
    action = _lock(action)
    action.finish(at=at)
    action.save(update_fields=["state", "closed_at"])
    _note("breach.action_done", action, actor, at, text=action.text)
    return action


@transaction.atomic
def drop_breach_action(action: BreachAction, *, reason: str, actor: User, at: datetime) -> BreachAction:
    """It will not be done. Raises Refused without a reason, TransitionNotAllowed when it is settled."""
    if not reason.strip():
        raise Refused("reason", _("Say why it is dropped."))
    action = _lock(action)
    action.drop(at=at, reason=reason.strip()[:300])
    action.save(update_fields=["state", "closed_at", "reason"])
    _note("breach.action_dropped", action, actor, at, text=action.text, reason=action.reason)
    return action


@transaction.atomic
def record_check(breach: Breach, *, effective: bool, note: str, actor: User, at: datetime) -> Breach:
    """Say whether what was done helped; if not, the breach is taken up again.

    Raises Refused: no words, before its day, checked already, or by the owner or the writer of the outcome.
    """
    if not note.strip():
        raise Refused("note", _("Say what you looked at."))
    run, breach = lock(breach)
    if breach.state != Breach.State.CLOSED or breach.effective is not None:
        raise Refused("", _("This breach waits for no check."))
    if breach.check_due_on is None or at.date() < breach.check_due_on:
        raise Refused("", _("It is too early to know: look again on %(day)s.") % {"day": breach.check_due_on})
    if actor.pk in (breach.owner_id, breach.outcome_by_id):
        raise Refused("", _("Somebody else must look at what you did."))
    breach.effective, breach.checked_at, breach.checked_by, breach.check_note = effective, at, actor, note.strip()
    changed = ["effective", "checked_at", "checked_by", "check_note"]
    if not effective:
        breach.reopen(reason=note.strip())
        changed += ["state", "reason", "closed_at", "closed_by", "check_due_on"]
        escalation.resume(run, at=at)
    breach.save(update_fields=changed)
    record("breach.checked", breach, actor=actor, at=at, effective=effective, note=note.strip())
    if not effective:
        tell(owner(breach, actor), breach, "came_back", at=at,
             title=_("%(number)s: what was done did not help") % {"number": breach.number},
             text=_("%(name)s: %(reason)s") % {"name": actor.name, "reason": note.strip()})
    return breach


def _lock(action: BreachAction) -> BreachAction:
    rows = BreachAction.objects.select_for_update(of=("self",)).select_related("breach__agreement")
    return rows.get(pk=action.pk)


def _note(verb: str, action: BreachAction, actor: User, at: datetime, **data: object) -> None:
    record(verb, action.breach, actor=actor, at=at, action=action.pk, kind=action.kind, **data)
