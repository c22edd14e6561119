"""Periods end, wait for late data, and are closed once: then their result never changes."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import groupby, islice
from typing import Any

from django.db import transaction
from django.db.models import Min
from django.utils.translation import gettext as _

from accounts import nudge
from agreements.models import Version
from kpis import exclusions, facts, parts, results
from kpis.actions.crediting import propose_credit
from kpis.models import Indicator, Period, PeriodResult, Standing
from kpis.rollups import Days
from records import audit
from records.models import AuditEntry

REISSUED = 100  # composites that follow their components in one sweep
TOGETHER = 20  # periods closed in one transaction, which holds the locks on their streams


class NotComputable(Exception):
    """The signed terms and the facts of a period do not go together; somebody must look at it."""


def close_due(*, now: datetime) -> int:
    """End the periods that are over, and close those past their grace time, oldest first, composites last.

    A closed composite of which a component has a new edition gets one as well.

    Returns how many were closed. However long the sweep was down, each period is closed once. One that can't
    be computed stops no other; the first NotComputable is raised at the end.
    """
    for pks in _chunks(Period.objects.filter(state=Period.State.OPEN, hi__lte=now).values_list("pk", flat=True)):
        _end(pks, now)
    errors: list[NotComputable] = []
    signed, closed = lru_cache(maxsize=8)(_signed), 0
    for pks in _batches(now):
        closed += _close(pks, now, signed, errors)
    for period in parts.outdated(REISSUED):
        _reissue(period.pk, now)
    if errors:
        raise errors[0]
    return closed


def _batches(now: datetime) -> Iterator[list[int]]:
    """Oldest first, those of a version together; composites last: their components are closed in the same sweep.

    No batch holds a period and one before it, whose result it may need.
    """
    due = Period.objects.due(now).values_list("target__spec__kpi__kind", "hi", "target__version", "pk")
    rows = sorted((kind == "composite", hi, version, pk) for kind, hi, version, pk in due)
    for _end_of, batch in groupby(rows, key=lambda row: row[:2]):
        yield from _chunks(pk for *_place, pk in batch)


def _chunks(pks: Iterable[int]) -> Iterator[list[int]]:
    left = iter(pks)
    while chunk := list(islice(left, TOGETHER)):
        yield chunk


def _signed(version_id: int) -> results.Signed:
    return results.Signed.of(Version.objects.get(pk=version_id))


@transaction.atomic
def _end(pks: Collection[int], now: datetime) -> None:
    related = Period.objects.select_related("target__agreement").select_for_update(of=("self",))
    periods = list(related.filter(pk__in=pks, state=Period.State.OPEN).order_by("pk"))
    for period in periods:
        period.end()
    Period.objects.bulk_update(periods, ["state"])
    audit.record_all(
        audit.entry(
            "period.ended", each, actor=None, at=now, scope=each.target.agreement.reference, kpi=each.target.key,
            period=each.label,
        )
        for each in periods
    )


@transaction.atomic
def _close(
    pks: Collection[int], now: datetime, signed: Callable[[int], results.Signed], errors: list[NotComputable]
) -> int:
    """Close these periods, none of which is before another; those that can't be computed are noted in `errors`."""
    periods = _locked(pks)
    streams = [each.target.indicator_id for each in periods]
    # Under the streams' locks: no delivery up to these marks can commit any more.
    marks, rolled = facts.latest_deliveries(streams), Days(streams)
    judged = []
    for period in periods:
        if parts.waiting(period, now):
            continue
        mark = marks.get(period.target.indicator_id, 0)
        try:
            terms = signed(period.target.version_id)
            judged.append((period, results.judge(period, known_until=mark, signed=terms, rolled=rolled)))
        except ValueError as error:
            errors.append(NotComputable(f"{period.target.agreement.reference} {period}: {error}"))
            errors[-1].__cause__ = error
    if judged:
        _keep(judged, now)
    return len(judged)


def _keep(judged: Sequence[tuple[Period, results.Judgement]], now: datetime) -> None:
    made = PeriodResult.objects.bulk_create(
        PeriodResult(
            period=period, edition=1, verdict=found.verdict, outcome=found.outcome, inputs=found.inputs,
            sha256=found.sha256, reason=_reason(found.inputs), created_at=now,
        )
        for period, found in judged
    )
    periods = [period for period, _found in judged]
    for period in periods:
        period.close(at=now)
    Period.objects.bulk_update(periods, ["state", "closed_at"])
    Standing.objects.filter(period__in=periods).delete()
    audit.record_all(_closed(each, now) for each in made)
    for result in made:
        if result.period.target.spec["credit"] is not None:
            propose_credit(result, at=now)
    nudge.engine("incidents.log_breaches")
    nudge.engine("reports.compile_due")


def _closed(result: PeriodResult, now: datetime) -> AuditEntry:
    period = result.period
    return audit.entry(
        "period.closed", period, actor=None, at=now, scope=period.target.agreement.reference,
        kpi=period.target.key, period=period.label, verdict=result.verdict, sha256=result.sha256,
        highest_delivery=result.inputs["highest_delivery"], edition=1,
    )


def _reason(inputs: dict[str, Any]) -> str:
    """What a breach that this result rescues is to cite."""
    cited = exclusions.numbers(inputs.get("exclusions", []))
    return _("With %s.") % ", ".join(cited) if cited else ""


def _locked(pks: Collection[int]) -> list[Period]:
    """Of these the periods that can be closed now, under their locks.

    Their streams come first, under the lock that intake takes: always in this order, by number.
    """
    streams = Period.objects.filter(pk__in=pks).values_list("target__indicator", flat=True)
    list(Indicator.objects.select_for_update().filter(pk__in=set(streams)).order_by("pk"))
    related = Period.objects.select_related("target__indicator", "target__agreement")
    found = list(related.select_for_update(of=("self",)).filter(pk__in=pks).order_by("pk"))
    return _in_turn([each for each in found if each.state != Period.State.CLOSED])


def _in_turn(periods: Sequence[Period]) -> list[Period]:
    """A case counted as missed while open must not be counted again: so in order, across versions too."""
    if not periods:
        return []
    before = Period.objects.exclude(state=Period.State.CLOSED).filter(
        target__agreement__in={each.target.agreement_id for each in periods},
        target__key__in={each.target.key for each in periods},
        hi__lte=max(each.lo for each in periods),
    )
    rows = before.order_by().values_list("target__agreement", "target__key").annotate(Min("hi"))
    waited_for = {(agreement, key): hi for agreement, key, hi in rows}
    return [
        each for each in periods
        if waited_for.get((each.target.agreement_id, each.target.key), each.hi) > each.lo
    ]  # fmt: skip


@transaction.atomic
def _reissue(pk: int, now: datetime) -> bool:
    """A composite follows its components: when one of them has a new edition, so has the composite."""
    indicator = Indicator.objects.select_for_update().get(targets__periods=pk)
    period = Period.objects.select_related("target__agreement", "target__version", "target__indicator").get(pk=pk)
    newest = period.results.order_by("-edition").first()
    if newest is None:
        return False
    found = results.judge(period, known_until=facts.latest_delivery(indicator))
    if found.sha256 == newest.sha256:  # another worker was faster
        return False
    cited = {each["key"]: each["sha256"] for each in newest.inputs.get("components", [])}
    changed = [each["key"] for each in found.inputs["components"] if cited.get(each["key"]) != each["sha256"]]
    result = PeriodResult.objects.create(
        period=period, edition=newest.edition + 1, verdict=found.verdict, outcome=found.outcome, inputs=found.inputs,
        sha256=found.sha256, reason=", ".join(changed), created_at=now,
    )
    audit.record(
        "result.reissued", result, actor=None, at=now, scope=period.target.agreement.reference,
        kpi=period.target.key, period=period.label, edition=result.edition, verdict=result.verdict,
        sha256=result.sha256, supersedes=newest.sha256, components=changed,
    )
    propose_credit(result, at=now)
    return True
