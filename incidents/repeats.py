"""Whether a breach is a repeat: the same KPI or the same kind of cause before, periods missed in a row."""

from collections.abc import Iterable
from datetime import timedelta
from itertools import takewhile

from django.db.models import Q, QuerySet

from incidents.models import Breach
from kpis.models import PeriodResult

LOOK_BACK = timedelta(days=365)
MISSED = "breached"


def earlier(breach: Breach) -> QuerySet[Breach]:
    """Breaches of the agreement in the twelve months before, of the same KPI or the same kind of cause."""
    return _alike(breach).filter(opened_at__lt=breach.opened_at, opened_at__gte=breach.opened_at - LOOK_BACK)


def since_closed(breach: Breach) -> QuerySet[Breach]:
    """What came back after the closing: what an effectiveness check looks at."""
    return _alike(breach).filter(opened_at__gt=breach.closed_at)


def _alike(breach: Breach) -> QuerySet[Breach]:
    same = Q(pk=None)
    if breach.kpi:
        same |= Q(kpi=breach.kpi)
    if breach.cause_kind:
        same |= Q(cause_kind=breach.cause_kind)
    others = Breach.objects.filter(same, agreement=breach.agreement_id).exclude(pk=breach.pk)
    return others.exclude(state=Breach.State.NOT_A_BREACH)


def in_a_row(verdicts: Iterable[str]) -> int:
    """How many periods running were missed, newest first."""
    return sum(1 for _ in takewhile(lambda verdict: verdict == MISSED, verdicts))


def periods_missed(breach: Breach) -> int:
    """How many periods of its KPI running, its own included, were missed; 0 for a breach of no period."""
    period = breach.period
    if period is None:
        return 0
    before = PeriodResult.objects.filter(
        period__target__agreement=breach.agreement_id, period__target__key=breach.kpi, period__hi__lte=period.lo
    )
    # The newest edition of each period comes last, so that it is the one kept.
    newest = dict(before.order_by("period__hi", "edition").values_list("period__hi", "verdict"))
    return 1 + in_a_row(newest[hi] for hi in sorted(newest, reverse=True))
