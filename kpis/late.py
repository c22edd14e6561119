"""Data that are late: which a reminder did not bring, for whoever escalates them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from agreements.models import Agreement
from kpis.models import LateData, Target
from kpis.text import period_name

# A reminder has a day; then it is somebody else's concern as well.
PATIENCE = timedelta(days=1)


@dataclass(frozen=True)
class Unanswered:
    """Late data past their reminder, for one agreement that is judged by them. `late` is unique per cause."""

    late: LateData
    agreement: Agreement
    title: str
    url: str


def missing() -> QuerySet[LateData]:
    """What was reminded of and has not come."""
    return LateData.objects.filter(came_at=None).select_related("indicator")


def to_escalate(now: datetime) -> Iterator[Unanswered]:
    """The late data that a reminder did not bring within a day, once for each agreement they feed.

    A pure question: nothing is written, and it gives the same until the data come (`came_at` is set) or the
    period is closed without them.
    """
    for late in missing().filter(reminded_at__lte=now - PATIENCE).order_by("due_at", "pk"):
        fed = Target.objects.filter(indicator=late.indicator, periods__hi=late.ended_at)
        for agreement in Agreement.objects.filter(pk__in=fed.values("agreement")).order_by("pk"):
            said = {"stream": late.indicator.name, "period": period_name(late.label)}
            yield Unanswered(
                late, agreement, _("Data of %(stream)s for %(period)s are late") % said,
                reverse("kpis:upload", args=[late.indicator_id]),
            )
