"""Which span a report is about, and when everything that belongs into it is settled."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from agreements.models import Agreement, Version
from incidents import breaches
from incidents.models import Step
from kpis.models import Period, PeriodResult, Target
from kpis.windows import Cycle, label_bounds, windows
from reports.models import Report


@dataclass(frozen=True)
class Span:
    """A month or a quarter of one agreement, cut to the part in which it was in force.

    `versions` are the executed ones that touch it, oldest first; the last one's terms say how it is reported.
    """

    interval: str
    label: str
    lo: datetime
    hi: datetime
    versions: tuple[Version, ...]

    @property
    def version(self) -> Version:
        return self.versions[-1]

    @property
    def timezone(self) -> str:
        return self.version.read_terms().agreement.timezone

    @property
    def is_cut(self) -> bool:
        """Whether the agreement was in force in a part of it only."""
        whole = label_bounds(self.label, self.timezone)
        return (self.lo, self.hi) != (whole.lo, whole.hi)


def unreported(agreement: Agreement, now: datetime) -> Iterator[Span]:
    """The spans that are over, that the terms want a report of, and that have none yet, oldest first."""
    known = set(Report.objects.filter(agreement=agreement).values_list("interval", "label"))
    for span in ended(agreement, now):
        intervals = span.version.terms["reporting"]["intervals"]
        if (span.interval, span.label) not in known and span.interval in intervals:
            yield span


def ended(agreement: Agreement, now: datetime) -> Iterator[Span]:
    """Every month and quarter of an agreement's life that is over by `now`; months first."""
    executed = Version.objects.executed().filter(agreement=agreement, effective_from__lt=now)
    # A version with an empty interval was to begin after the agreement ended.
    executed = executed.exclude(effective_to=F("effective_from"))
    versions = list(executed.select_related("agreement").order_by("effective_from"))
    if not versions:
        return
    since, until = versions[0].measured_from, versions[-1].holds_until
    zone = versions[-1].terms["agreement"]["timezone"]
    for interval in Report.Interval.values:
        for window in windows(Cycle(interval, zone), since, until, now):
            touching = tuple(each for each in versions if _touches(each, window.lo, window.hi))
            if window.hi <= now and touching:
                yield Span(interval, window.label, window.lo, window.hi, touching)


def span_of(report: Report) -> Span:
    """The span of an existing report, as its agreement's versions stand now."""
    executed = Version.objects.executed().filter(agreement=report.agreement_id).order_by("effective_from")
    touching = tuple(each for each in executed if _touches(each, report.lo, report.hi))
    return Span(report.interval, report.label, report.lo, report.hi, touching)


def periods_in(agreement: Agreement, span: Span) -> QuerySet[Period]:
    """The periods that end within a span: a quarter's in the report of its last month."""
    ending = Period.objects.filter(target__agreement=agreement, hi__gt=span.lo, hi__lte=span.hi)
    return ending.order_by("target__key", "lo")


def is_ready(agreement: Agreement, span: Span, now: datetime) -> bool:
    """Whether all its periods are closed, each miss has its breach, and who had to be told by now was told."""
    ending = periods_in(agreement, span)
    known = dict(ending.values_list("target", "state").order_by())
    targets = Target.objects.filter(version__in=[each.pk for each in span.versions])
    bound = {each.version_id for each in targets}
    due = {each.pk for each in targets if each.spec["kpi"]["period"] in ("month", "trailing")}
    if not known or bound != {each.pk for each in span.versions} or not due <= known.keys():
        return False
    if ending.exclude(state=Period.State.CLOSED).exists():
        return False
    if breaches.unlogged().filter(pk__in=ending.values("pk")).exists():
        return False
    return not Step.objects.due(now).filter(run__breach__period__in=ending.values("pk")).exists()


def outdated() -> QuerySet[Report]:
    """The newest editions of which a result was corrected since they were compiled, oldest first."""
    corrected = PeriodResult.objects.filter(
        period__target__agreement=OuterRef("agreement"), period__hi__gt=OuterRef("lo"), period__hi__lte=OuterRef("hi"),
        edition__gt=1, created_at__gt=OuterRef("compiled_at"),
    )
    return Report.objects.newest().filter(Exists(corrected)).select_related("agreement").order_by("hi", "pk")


def corrected_since(report: Report) -> list[PeriodResult]:
    """The corrected results that a report does not know yet; none while a breach of theirs waits for its sweep."""
    ending = periods_in(report.agreement, span_of(report)).order_by()
    if breaches.unlogged().filter(pk__in=ending.values("pk")).exists():
        return []
    if breaches.unsettled().filter(period__in=ending.values("pk")).exists():
        return []
    found = PeriodResult.objects.filter(period__in=ending, edition__gt=1, created_at__gt=report.compiled_at)
    return list(found.order_by("period__target__key", "period__lo", "edition"))


def reporting_agreements() -> QuerySet[Agreement]:
    """The agreements that have an executed version."""
    executed = Q(versions__state=Version.State.EXECUTED)
    return Agreement.objects.filter(executed).distinct().order_by("pk")


def _touches(version: Version, lo: datetime, hi: datetime) -> bool:
    begins, ends = version.effective_from, version.holds_until
    return begins is not None and begins < hi and (ends is None or ends > lo)
