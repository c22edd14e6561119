"""An overdue review and the ladder: which reviews nobody planned, and the end of a run once one is planned or held."""

from datetime import datetime

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from agreements.models import Agreement
from incidents import escalation
from incidents.models import Run
from incidents.subjects import Subject
from reviews import schedule
from reviews.schedule import Due

WHICH = ":review"


def key(agreement: Agreement) -> str:
    """The subject's key; an agreement has one overdue review at a time."""
    return f"{agreement._meta.label_lower}:{agreement.pk}{WHICH}"


def overdue(now: datetime) -> list[Due]:
    """Reviews past their limit for which no meeting is ahead."""
    every = schedule.all_due(Agreement.objects.all(), now)
    return [each for each in every if each.is_overdue(now) and not each.is_planned(now)]


def open_runs() -> dict[str, int]:
    """The runs about reviews that are not resolved: subject and agreement."""
    runs = Run.objects.filter(breach=None, subject__startswith="agreements.agreement:", subject__endswith=WHICH)
    return dict(runs.exclude(state=Run.State.RESOLVED).values_list("subject", "agreement"))


def subject(due: Due) -> Subject:
    agreement = due.agreement
    title = _("The review due by %(day)s was not held") % {"day": date_format(due.day, "j F Y")}
    return Subject(key(agreement), title, reverse("reviews:agreement", args=[agreement.reference]))


def end(agreement: Agreement, *, why: str, at: datetime) -> bool:
    """End the run about an agreement's review in the caller's transaction, if there is one."""
    run = escalation.open_run(key(agreement))
    if run is None:
        return False
    escalation.settle(run, why=why, at=at)
    return True
