"""What follows breaches and waits for a person: promises with a day, and checks whether the outcome helped."""

from datetime import UTC, datetime, time, timedelta

from django.utils.translation import gettext as _

from accounts.models import Role, User
from accounts.needs import Need
from accounts.rules import Grants
from agreements.keeping import kept_by
from incidents.models import Breach, BreachAction


def for_user(user: User, grants: Grants, now: datetime) -> list[Need]:
    """Each is gone after its act; two queries, whatever their number."""
    return [*_promises(user, now), *_checks(user, grants, now)]


def _promises(user: User, now: datetime) -> list[Need]:
    mine = BreachAction.objects.filter(owner=user, state=BreachAction.State.OPEN).select_related("breach__agreement")
    return [
        Need(
            key=f"breach-action:{action.pk}",
            title=action.text,
            text=_("Promised about %(breach)s") % {"breach": action.breach},
            url=f"{action.breach.get_absolute_url()}#actions",
            verb=_("Report it done"),
            due=_end_of(action.due_on),
            tone="bad" if _end_of(action.due_on) <= now else "info",
            icon="circle-check",
        )
        for action in mine
    ]


def _checks(user: User, grants: Grants, now: datetime) -> list[Need]:
    """Of the managers who keep the agreement, never of the owner or the writer of the outcome."""
    waiting = Breach.objects.filter(
        kept_by(grants.organisations(Role.MANAGER), "agreement__"), state=Breach.State.CLOSED, effective=None,
        check_due_on__lte=now.date(),
    ).exclude(owner=user).exclude(outcome_by=user)
    return [
        Need(
            key=f"breach-check:{breach.pk}",
            title=_("Did it help? %(title)s") % {"title": breach.title},
            text=_("%(number)s was closed; look whether it came back.") % {"number": breach.number},
            url=breach.get_absolute_url(),
            verb=_("Look and say"),
            due=_end_of(breach.check_due_on),
            tone="warn",
            icon="help",
        )
        for breach in waiting.order_by("check_due_on", "pk")
    ]


def _end_of(day) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), UTC)
