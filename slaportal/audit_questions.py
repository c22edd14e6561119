"""Questions an audit asks, answered from the rows of the agreements an auditor may see."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q
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
    """The five questions, the second two queries, the others one."""
    active = agreements.filter(state=Agreement.State.ACTIVE)
    return [
        _signed(active, now),
        _reviewed(active, now),
        _outcomes(agreements),
        _handed_on(agreements, now),
        _received(agreements),
    ]


def _signed(active, now):
    # What was imported from paper has a scan, and no seal to ask for.
    in_force = Version.objects.in_force(now).filter(agreement__in=active, imported_at=None)
    question = _("Has every agreement in force its sealed, signed document?")
    return _answer(question, in_force, Q(signed__isnull=False), "agreements:index")


def _reviewed(active, now):
    year = now - timedelta(days=366)
    since = dict(active.values_list("pk").annotate(Max("versions__executed_at")))
    held = set(Meeting.objects.filter(agreement__in=active, held_at__gte=year).values_list("agreement", flat=True))
    fine = sum(key in held or (executed is not None and executed >= year) for key, executed in since.items())
    return Answer(_("Was every agreement signed or reviewed in the last 12 months?"), fine, len(since),
                  reverse("reviews:index"))


def _outcomes(agreements):
    undecided = Q(state__in=[Breach.State.OPEN, Breach.State.ACKNOWLEDGED])
    question = _("Has every breach a documented outcome?")
    return _answer(question, Breach.objects.in_agreements(agreements), ~undecided, "incidents:index")


def _handed_on(agreements, now):
    due = Step.objects.filter(run__agreement__in=agreements, due_at__lte=now).exclude(state=Step.State.CANCELLED)
    question = _("Was every escalation step that fell due taken?")
    return _answer(question, due, Q(state=Step.State.FIRED), "incidents:index")


def _received(agreements):
    receipts = Receipt.objects.filter(report__agreement__in=agreements)
    question = _("Was every shared report opened by each recipient?")
    return _answer(question, receipts, Q(opened_at__isnull=False), "reports:index")


def _answer(question, rows, good, place):
    """How many of the rows are good, counted in one query."""
    found = rows.aggregate(of=Count("pk"), good=Count("pk", filter=good))
    return Answer(question, found["good"], found["of"], reverse(place))
