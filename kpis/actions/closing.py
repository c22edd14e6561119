"""Periods end, wait for late data, and are closed once: then their result never changes."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import nudge
from kpis import exclusions, facts, parts, results
from kpis.actions.crediting import propose_credit
from kpis.models import Indicator, Period, PeriodResult, Standing
from records import audit

BATCH = 100  # composites that follow their components in one sweep


class NotComputable(Exception):
    """The signed terms and the facts of a period do not go together; somebody must look at it."""


def close_due(*, now: datetime) -> int:
    """End the periods that are over, and close those past their grace time, oldest first, composites last.

    A closed composite of which a component has a new edition gets one as well.

    Returns how many were closed. However long the sweep was down, each period is closed once. One that can't
    be computed stops no other; the first NotComputable is raised at the end.
    """
    for pk in Period.objects.filter(state=Period.State.OPEN, hi__lte=now).values_list("pk", flat=True):
        _end(pk, now)
    errors, closed = [], 0
    due = Period.objects.due(now).values_list("pk", "target__spec__kpi__kind")
    # Composites come last: their components are closed in the same sweep.
    for pk, _kind in sorted(due, key=lambda row: row[1] == "composite"):
        try:
            closed += _close(pk, now)
        except NotComputable as error:
            errors.append(error)
    for period in parts.outdated(BATCH):
        _reissue(period.pk, now)
    if errors:
        raise errors[0]
    return closed


@transaction.atomic
def _end(pk: int, now: datetime) -> None:
    period = Period.objects.select_for_update().get(pk=pk)
    if period.state != Period.State.OPEN:
        return
    period.end()
    period.save(update_fields=["state"])
    audit.record(
        "period.ended", period, actor=None, at=now, scope=period.target.agreement.reference,
        kpi=period.target.key, period=period.label,
    )


@transaction.atomic
def _close(pk: int, now: datetime) -> bool:
    period = _locked(pk)
    if period.state == Period.State.CLOSED or _waits_for_an_earlier(period) or parts.waiting(period, now):
        return False
    # Under the stream's lock: no delivery up to this mark can commit any more.
    mark = facts.latest_delivery(period.target.indicator)
    try:
        judgement = results.judge(period, known_until=mark)
    except ValueError as error:
        raise NotComputable(f"{period.target.agreement.reference} {period}: {error}") from error
    result = PeriodResult.objects.create(
        period=period, edition=1, verdict=judgement.verdict, outcome=judgement.outcome,
        inputs=judgement.inputs, sha256=judgement.sha256, reason=_reason(judgement.inputs), created_at=now,
    )
    period.close(at=now)
    period.save(update_fields=["state", "closed_at"])
    Standing.objects.filter(period=period).delete()
    audit.record(
        "period.closed", period, actor=None, at=now, scope=period.target.agreement.reference,
        kpi=period.target.key, period=period.label, verdict=result.verdict, sha256=result.sha256,
        highest_delivery=mark, edition=1,
    )
    propose_credit(result, at=now)
    nudge.engine("incidents.log_breaches")
    nudge.engine("reports.compile_due")
    return True


def _reason(inputs: dict[str, Any]) -> str:
    """What a breach that this result rescues is to cite."""
    cited = exclusions.numbers(inputs.get("exclusions", []))
    return _("With %s.") % ", ".join(cited) if cited else ""


def _locked(pk: int) -> Period:
    """The period under its lock, and its stream under the lock that intake takes: always in this order."""
    indicator = Period.objects.values_list("target__indicator", flat=True).get(pk=pk)
    Indicator.objects.select_for_update().get(pk=indicator)
    related = Period.objects.select_related("target__indicator", "target__agreement", "target__version")
    return related.select_for_update(of=("self",)).get(pk=pk)


def _waits_for_an_earlier(period: Period) -> bool:
    """A case counted as missed while open must not be counted again: so in order, across versions too."""
    same = {"target__agreement": period.target.agreement_id, "target__key": period.target.key}
    earlier = Period.objects.filter(**same, hi__lte=period.lo)
    return earlier.exclude(state=Period.State.CLOSED).exists()


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
