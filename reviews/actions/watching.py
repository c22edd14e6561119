"""The sweep that sees to it that no review is forgotten."""

from datetime import datetime

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts import nudge
from accounts.notifications import notify
from agreements import reviewdue
from agreements.models import Agreement
from records import audit
from reviews import schedule, telling
from reviews.schedule import Due


def warn_overdue(*, now: datetime) -> int:
    """Warn of each review that is due within 14 days or overdue while none is planned; returns how many.

    Each stage is told once: the owner first, both sides' managers once it is overdue. The days of all reviews are
    written down for the list of agreements. Safe to run twice.
    """
    every = schedule.all_due(Agreement.objects.all(), now)
    reviewdue.note({due.agreement.pk: due.at for due in every})
    return sum(
        _warn(due, "overdue" if due.is_overdue(now) else "soon", now)
        for due in every
        if (due.is_overdue(now) or due.is_soon(now)) and not due.is_planned(now)
    )


@transaction.atomic
def _warn(due: Due, stage: str, now: datetime) -> bool:
    agreement, day = due.agreement, date_format(due.day, "j F Y")
    people = telling.both_sides(agreement, now) if stage == "overdue" else [agreement.owner]
    said = _("The review of %(title)s was due by %(day)s") if stage == "overdue" else _(
        "The review of %(title)s is due by %(day)s"
    )
    told = notify(
        people,
        key=f"review:{agreement.pk}:{due.day.isoformat()}:{stage}",
        title=(said % {"title": agreement.title, "day": day})[:200],
        text=_("No meeting is planned for %s.") % agreement,
        url=f"/agreements/{agreement.reference}/reviews/",
        at=now,
        scope=agreement.reference,
    )
    if told:
        audit.record(
            "review.warned", agreement, actor=None, at=now, scope=agreement.reference, stage=stage,
            due_on=due.day.isoformat(), told=told,
        )
        nudge.engine("accounts.deliver")
    return bool(told)
