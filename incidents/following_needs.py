"""A closed breach whose check is due: whom it waits for, and in which words."""

from datetime import UTC, datetime, time, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Role, User
from accounts.needs import Need
from accounts.rules import Grants
from agreements.keeping import kept_by
from incidents.models import Breach


def to_check(user: User, grants: Grants, now: datetime) -> Q:
    """Runs of breaches that wait for a manager who keeps the agreement, never for the owner or the writer."""
    due = Q(breach__state=Breach.State.CLOSED, breach__effective=None, breach__check_due_on__lte=now.date())
    others = ~Q(breach__owner=user) & ~Q(breach__outcome_by=user)
    return due & others & kept_by(grants.organisations(Role.MANAGER), "agreement__")


def check(breach: Breach) -> Need:
    return Need(
        key=f"breach-check:{breach.pk}",
        title=_("Did it help? %(title)s") % {"title": breach.title},
        text=_("%(number)s was closed; look whether it came back.") % {"number": breach.number},
        url=breach.get_absolute_url(),
        verb=_("Look and say"),
        due=datetime.combine(breach.check_due_on + timedelta(days=1), time(), UTC),
        tone="warn",
        icon="help",
    )
