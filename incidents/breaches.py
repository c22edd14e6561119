"""Which missed targets ask for a breach, and what a breach keeps of the result that judged it."""

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from incidents.models import Breach
from kpis.models import Period, PeriodResult
from kpis.text import period_name

MISSED = "breached"


def cause(period: Period) -> str:
    """The name of what opened a breach; no cause opens two."""
    return f"period:{period.pk}"


def unlogged() -> QuerySet[Period]:
    """Closed periods whose newest result missed the target and that have no breach yet, oldest first."""
    closed = Period.objects.filter(state=Period.State.CLOSED, breaches=None)
    return closed.annotate(judgement=_newest(OuterRef("pk"))).filter(judgement=MISSED).order_by("hi", "pk")


def lost() -> QuerySet[Period]:
    """Periods not closed whose standing says that their target is lost, without a breach yet."""
    running = Period.objects.exclude(state=Period.State.CLOSED).filter(breaches=None)
    return running.filter(standing__certain_loss=True).order_by("hi", "pk")


def unsettled() -> QuerySet[Breach]:
    """Breaches to which a closed period has something to say: confirmed at last, or not a breach."""
    rescued = Q(state__in=[Breach.State.OPEN, Breach.State.ACKNOWLEDGED]) & ~Q(judgement=MISSED)
    confirmed = Q(confirmed=False, judgement=MISSED)
    judged = Breach.objects.filter(period__state=Period.State.CLOSED).annotate(
        judgement=_newest(OuterRef("period"))
    )
    return judged.filter(rescued | confirmed).order_by("pk")


def newest_result(period: Period) -> PeriodResult | None:
    return period.results.order_by("-edition").first()


def title(period: Period) -> str:
    words = {"kpi": period.target.name, "period": period_name(period.label)}
    return _("%(kpi)s missed in %(period)s") % words


def figures(period: Period, outcome: dict, *, result: PeriodResult | None) -> dict:
    """What the breach keeps: the figures as they were judged, with the signed term and version behind them.

    `result` is None while the period still runs (a certain loss).
    """
    version = period.target.version
    term = next(kpi for kpi in version.terms["kpis"] if kpi["key"] == period.target.key)
    return {
        "kpi": {name: term[name] for name in ("key", "name", "kind", "op", "target", "unit", "decimals")},
        "period": {"label": period.label, "lo": period.lo.isoformat(), "hi": period.hi.isoformat()},
        "outcome": outcome,
        "version": version.label,
        "terms_sha256": version.terms_sha256,
        "edition": result.edition if result else None,
        "result_sha256": result.sha256 if result else "",
    }


def _newest(period) -> Subquery:
    return Subquery(PeriodResult.objects.filter(period=period).order_by("-edition").values("verdict")[:1])
