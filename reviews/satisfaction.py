"""Reads: the periods a client may speak about, and green figures beside an unhappy client (watermelons)."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import Prefetch, Q, QuerySet

from agreements.models import Agreement, Version
from kpis.models import Period, PeriodResult
from kpis.windows import Cycle, windows
from reviews.models import Feedback

UNHAPPY = 2
REACHED = ("met", "at_risk")


def score_periods(at: datetime) -> QuerySet[Period]:
    """The periods that a satisfaction score counts for and that have begun, newest first."""
    scored = Period.objects.filter(target__spec__kpi__kind="score", lo__lte=at)
    return scored.select_related("target__indicator").order_by("-lo", "target__key")


def labels(agreement: Agreement, at: datetime) -> list[str]:
    """The labels of one agreement's periods that are open for feedback, newest first."""
    return labels_of([agreement], at)[agreement.pk]


def labels_of(agreements: Iterable[Agreement], at: datetime) -> dict[int, list[str]]:
    """The same for many by their ids: two queries, whatever their number.

    Where a KPI is a score these are its periods that are not closed; else the months that a signed version
    covered, the running one included.
    """
    found: dict[int, dict[str, None]] = {each.pk: {} for each in agreements}
    scored = set()
    for period in score_periods(at).filter(target__agreement__in=found):
        scored.add(period.target.agreement_id)
        if period.state != Period.State.CLOSED:
            found[period.target.agreement_id][period.label] = None
    others = Version.objects.executed().filter(
        agreement__in=found.keys() - scored, effective_from__lte=at
    )
    for version in others.order_by("effective_from"):
        zone = version.read_terms().agreement.timezone
        spans = windows(Cycle("month", zone), version.effective_from, version.effective_to, at)
        found[version.agreement_id] |= dict.fromkeys(window.label for window in spans)
    return {
        pk: list(names) if pk in scored else sorted(names, reverse=True) for pk, names in found.items()
    }


def is_watermelon(score: int, verdicts: Collection[str]) -> bool:
    """Every figure of the period is green and the client is unhappy. The score itself is no such figure."""
    return score <= UNHAPPY and bool(verdicts) and all(verdict in REACHED for verdict in verdicts)


def watermelons(feedback: Iterable[Feedback]) -> set[int]:
    """The ids of those of these feedbacks that are watermelons: two queries at most."""
    unhappy = [each for each in feedback if each.score <= UNHAPPY]
    if not unhappy:
        return set()
    verdicts = _verdicts(unhappy)
    return {each.pk for each in unhappy if is_watermelon(each.score, verdicts[each.agreement_id, each.period])}


def _verdicts(feedback: Iterable[Feedback]) -> dict[tuple[int, str], list[str]]:
    wanted = Q()
    for each in feedback:
        wanted |= Q(target__agreement=each.agreement_id, label=each.period)
    results = PeriodResult.objects.order_by("edition")
    periods = (
        Period.objects.filter(wanted)
        .exclude(target__spec__kpi__kind="score")
        .select_related("target", "standing")
        .prefetch_related(Prefetch("results", results))
    )
    found: dict[tuple[int, str], list[str]] = defaultdict(list)
    for period in periods:
        found[period.target.agreement_id, period.label].append(_verdict(period))
    return found


def _verdict(period: Period) -> str:
    closed = list(period.results.all())
    if closed:
        return closed[-1].verdict
    standing = getattr(period, "standing", None)
    return standing.verdict if standing else ""
