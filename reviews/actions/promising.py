"""What people promise in a review, and what becomes of it."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import nudge
from accounts.models import User
from accounts.notifications import notify
from agreements.signing import Refused
from incidents import promises
from records import audit
from reviews.locking import lock
from reviews.models import Action, Meeting


@transaction.atomic
def add_action(
    meeting: Meeting, *, text: str, owner: User, due_on: date, actor: User, at: datetime
) -> Action:
    """Note what `owner`, somebody of either side, will do until a day.

    Raises Refused, and TransitionNotAllowed once the minutes are shared: they say what was promised.
    """
    meeting = lock(meeting.pk, Meeting.State.HELD)
    promises.check(
        meeting.agreement, text=text, owner=owner, due_on=due_on, at=at,
        refuse=lambda place, message: Refused(message, place),
    )
    action = Action.objects.create(meeting=meeting, text=text.strip(), owner=owner, due_on=due_on)
    _record("action.added", action, actor, at, text=text, owner=owner.pk, due_on=due_on.isoformat())
    if owner != actor:
        notify(
            [owner], key=f"action:{action.pk}:added", title=_("Yours to do: %s") % action.text[:150],
            text=_("Agreed in %(meeting)s, until %(day)s.") % {"meeting": meeting, "day": due_on},
            url=meeting.get_absolute_url(), at=at, scope=meeting.agreement.reference,
        )
        nudge.engine("accounts.deliver")
    return action


@transaction.atomic
def finish_action(action: Action, *, actor: User, at: datetime) -> Action:
    """It is done. Raises TransitionNotAllowed when it was done or dropped already."""
    action = _lock(action)
    action.finish(at=at)
    action.save(update_fields=["state", "closed_at"])
    _record("action.finished", action, actor, at)
    return action


@transaction.atomic
def drop_action(action: Action, *, reason: str, actor: User, at: datetime) -> Action:
    """It will not be done. Raises Refused without a reason, TransitionNotAllowed when it is settled."""
    if not reason.strip():
        raise Refused(_("Say why it is dropped."), "reason")
    action = _lock(action)
    action.drop(at=at, reason=reason)
    action.save(update_fields=["state", "closed_at", "reason"])
    _record("action.dropped", action, actor, at, reason=reason)
    return action


def _lock(action: Action) -> Action:
    rows = Action.objects.select_for_update(of=("self",)).select_related("meeting__agreement")
    return rows.get(pk=action.pk)


def _record(verb: str, action: Action, actor: User, at: datetime, **data) -> None:
    scope = action.meeting.agreement.reference
    audit.record(verb, action, actor=actor, at=at, scope=scope, meeting=action.meeting.number, **data)
