"""What waits for a person here: reports to confirm, and disputed ones to answer."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from accounts.models import Role, User
from accounts.needs import Need
from accounts.rules import Grants
from agreements.keeping import kept_by
from reports import facts
from reports.models import Receipt, Report
from reports.rules import CLIENT_ROLES
from reports.words import headline, title


def for_user(user: User, grants: Grants, now: datetime) -> list[Need]:
    """A client's recipient confirms; the owner answers a dispute. One query, whatever their number."""
    waiting = Receipt.objects.filter(report=OuterRef("pk"), user=user, acknowledged_at=None)
    mine = Q(Exists(waiting), state=Report.State.SHARED, agreement__client__in=grants.organisations(*CLIENT_ROLES))
    ours = kept_by(grants.organisations(Role.MANAGER), "agreement__")
    disputed = ours & Q(state=Report.State.DISPUTED, agreement__owner=user)
    found = Report.objects.newest().filter(mine | disputed).select_related("agreement").order_by("pk")
    return [_confirm(each) if each.state == Report.State.SHARED else _answer(each) for each in found]


def _confirm(report: Report) -> Need:
    return Need(
        key=f"report:{report.pk}:confirm",
        title=_("Confirm: %(report)s") % {"report": title(report.facts)},
        text=headline(report.facts),
        url=report.get_absolute_url(),
        verb=_("Read and confirm"),
        due=facts.accepted_at(report),
        tone="info",
        icon="report",
        lead=_("Accepted by silence"),
    )


def _answer(report: Report) -> Need:
    return Need(
        key=f"report:{report.pk}:disputed",
        title=_("Disputed: %(report)s") % {"report": title(report.facts)},
        text=_("Answer the client, and issue a corrected edition where the client is right."),
        url=report.get_absolute_url(),
        verb=_("Look at it"),
        tone="warn",
        icon="scale",
    )
