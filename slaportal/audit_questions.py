"""Questions an audit asks, answered from the rows of the agreements an auditor may see."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max
from django.urls import reverse
from django.utils.translation import gettext as _

from agreements.models import Agreement, Version
from incidents.models import Breach, Step
from reports.models import Receipt
from reviews.models import Meeting


@dataclass(frozen=True)
class Answer:
    """One question: how many of how many hold, and where to look."""

    question: str
    good: int
    of: int
    url: str

    @property
    def tone(self) -> str:
        return "ok" if self.good == self.of else "warn"


def answers(agreements, *, now: datetime) -> list[Answer]:
    """The five questions, each one or two queries."""
    active = agreements.filter(state=Agreement.State.ACTIVE)
    return [
        _signed(active, now),
        _reviewed(active, now),
        _outcomes(agreements),
        _handed_on(agreements, now),
        _received(agreements),
    ]


def _signed(active, now):
    in_force = Version.objects.in_force(now).filter(agreement__in=active)
    sealed = in_force.filter(signed__isnull=False).count()
    return Answer(_("Has every agreement in force its sealed, signed document?"), sealed, in_force.count(),
                  reverse("agreements:index"))


def _reviewed(active, now):
    year = now - timedelta(days=366)
    since = dict(active.values_list("pk").annotate(Max("versions__executed_at")))
    held = set(Meeting.objects.filter(agreement__in=active, held_at__gte=year).values_list("agreement", flat=True))
    fine = sum(key in held or (executed is not None and executed >= year) for key, executed in since.items())
    return Answer(_("Was every agreement signed or reviewed in the last 12 months?"), fine, len(since),
                  reverse("reviews:index"))


def _outcomes(agreements):
    breaches = Breach.objects.in_agreements(agreements)
    documented = breaches.exclude(state__in=[Breach.State.OPEN, Breach.State.ACKNOWLEDGED]).count()
    return Answer(_("Has every breach a documented outcome?"), documented, breaches.count(),
                  reverse("incidents:index"))


def _handed_on(agreements, now):
    due = Step.objects.filter(run__agreement__in=agreements, due_at__lte=now).exclude(state=Step.State.CANCELLED)
    fired = due.filter(state=Step.State.FIRED).count()
    return Answer(_("Was every escalation step that fell due taken?"), fired, due.count(),
                  reverse("incidents:index"))


def _received(agreements):
    receipts = Receipt.objects.filter(report__agreement__in=agreements)
    opened = receipts.exclude(opened_at=None).count()
    return Answer(_("Was every shared report opened by each recipient?"), opened, receipts.count(),
                  reverse("reports:index"))
