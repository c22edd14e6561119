"""A composite follows its components: when one of them has a new edition, so has the composite."""

from datetime import datetime

from django.db import transaction

from kpis import facts, parts, results
from kpis.actions.crediting import propose_credit
from kpis.models import Indicator, Period, PeriodResult
from records import audit

BATCH = 100


def reissue(*, now: datetime) -> int:
    """Make the next edition of every closed composite that cites an older edition of a component; returns how many."""
    return sum(_reissue(period.pk, now) for period in parts.outdated(BATCH))


@transaction.atomic
def _reissue(pk: int, now: datetime) -> bool:
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
