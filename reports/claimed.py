"""What a report tells of claims: excluded time, corrected results, and what is disputed."""

from collections.abc import Sequence

from agreements.models import Agreement
from kpis import claims
from kpis.models import Correction, Exclusion, PeriodResult
from kpis.reading import Reading, number
from reports.measured import Row, instant


def exclusions(reading: Reading) -> list[Row]:
    """The exclusions that touch a result's period: what it left out, and what was approved too late for it."""
    if not reading.period.target.spec["exclusions"]:
        return []
    found = claims.excluded(reading)
    return [_exclusion(each) for each in found if each.known or each.exclusion.state in Exclusion.COUNTING]


def _exclusion(each: claims.Excluded) -> Row:
    one = each.exclusion
    return {
        "number": one.number,
        "category": each.category,
        "clause": one.clause,
        "reason": one.reason,
        "state": one.state,
        "counted": each.known,
        "time": each.counted,
        "spans": [{"lo": instant(lo), "hi": instant(hi)} for lo, hi in each.spans],
        "asked_by": one.proposed_by.name,
        "cut": each.cut,
    }


def disputed(agreement: Agreement, readings: Sequence[Reading]) -> dict[int, list[str]]:
    """For each period the numbers of the disputes that nobody has settled yet."""
    found = claims.disputed(agreement, [each.period for each in readings])
    return {pk: [dispute.number for dispute in disputes] for pk, disputes in found.items()}


def corrections(readings: Sequence[Reading]) -> list[Row]:
    """The results among these that supersede an earlier edition, each with the difference."""
    found = []
    for each in readings:
        if each.result is None or each.result.edition == 1:
            continue
        before = PeriodResult.objects.get(period=each.period, edition=each.result.edition - 1)
        made_by = Correction.objects.filter(result=each.result).select_related("proposed_by", "answered_by").first()
        found.append(_correction(each, before, made_by))
    return found


def _correction(reading: Reading, before: PeriodResult, made_by: Correction | None) -> Row:
    assert reading.result is not None
    kpi, after = reading.kpi, reading.result
    return {
        "number": made_by.number if made_by else "",
        "key": kpi["key"],
        "name": kpi["name"],
        "label": reading.period.label,
        "edition": after.edition,
        "reason": made_by.reason if made_by else after.reason,
        "asked_by": made_by.proposed_by.name if made_by else "",
        "accepted_by": made_by.answered_by.name if made_by and made_by.answered_by else "",
        "at": instant(after.created_at),
        "before": _outcome(reading, before),
        "after": _outcome(reading, after),
        "difference": claims.difference(before.outcome, after.outcome, reading),
    }


def _outcome(reading: Reading, result: PeriodResult) -> Row:
    return {
        "value": result.outcome["value"],
        "shown": reading.promise.show(number(result.outcome["value"])),
        "verdict": result.verdict,
        "sha256": result.sha256,
    }
