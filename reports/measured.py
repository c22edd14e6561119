"""The figures of a report: each KPI's newest result with its past, as plain data."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.db.models import Prefetch

from agreements.models import Agreement
from kpis import details, method, periods
from kpis.formulas import text
from kpis.models import Period, PeriodResult, Target
from kpis.reading import Reading, number, promise_of
from kpis.windows import months_back, read_label
from reports.light import in_a_row
from reports.spans import Span, periods_in

LONGEST = 20  # rows of a list that a report prints; the count of all stands beside them
MONTHS = 12
Row = dict[str, Any]


def results(agreement: Agreement, span: Span) -> list[Reading]:
    """The newest result of each period that ends within the span, by KPI and time."""
    ordered = PeriodResult.objects.select_related("credit").order_by("edition")
    found = periods_in(agreement, span).select_related("target__indicator", "target__version")
    closed = found.prefetch_related(Prefetch("results", queryset=ordered))
    newest = [(period, list(period.results.all())[-1]) for period in closed if period.results.all()]
    return [Reading(period, result.outcome, result, result.created_at) for period, result in newest]


def whole_span(readings: Sequence[Reading], span: Span) -> list[Reading]:
    """Each monthly KPI over its part of the whole span, from the same deliveries: for information only."""
    found = []
    for target in {each.period.target.pk: each.period.target for each in readings}.values():
        same = [each for each in readings if each.period.target == target]
        if target.spec["kpi"]["period"] != "month":
            continue
        lo, hi = max(span.lo, same[0].period.lo), same[-1].period.hi
        inputs = [each.result.inputs for each in same if each.result]
        mark = max(each.get("highest_delivery", 0) for each in inputs)
        outcome = periods.compute(
            target,
            lo,
            hi,
            known_until=mark,
            known_at=hi,
            already_missed=periods.counted_before(Period(target=target, lo=lo, hi=hi)),
            excluded={span for each in inputs for span in each.get("exclusions", [])},
        )
        whole = Period(target=target, lo=lo, hi=hi, label=span.label)
        found.append(Reading(whole, outcome.to_dict(), None, hi))
    return found


def history(agreement: Agreement, hi: datetime) -> dict[str, dict[str, Row]]:
    """For each KPI its newest results by label, oldest first; of a split month the missed part stands."""
    closed = PeriodResult.objects.filter(period__target__agreement=agreement, period__hi__lte=hi)
    rows = closed.order_by("period__lo", "edition").values_list(
        "period__target__key", "period__label", "period__lo", "outcome", "period__target__spec"
    )
    newest: dict[tuple[str, str, datetime], Row] = {}
    for key, label, lo, outcome, spec in rows:
        shown = promise_of(spec["kpi"]).show(number(outcome["value"]), unit=False)
        newest[key, label, lo] = {
            "label": label,
            "value": outcome["value"],
            "shown": shown,
            "verdict": outcome["verdict"],
        }
    found: dict[str, dict[str, Row]] = {}
    for (key, label, _lo), row in newest.items():
        known = found.setdefault(key, {})
        if known.get(label, {}).get("verdict") != "breached":
            known[label] = row
    return found


def months_of(span: Span) -> list[str]:
    """The twelve months up to the span's end, oldest first."""
    return list(reversed(months_back(read_label(span.label).last_month, MONTHS)))


def row(reading: Reading, past: dict[str, Row], months: Sequence[str]) -> Row:
    """Everything that a report says about one KPI in one period."""
    kpi, outcome, target = reading.kpi, reading.outcome, reading.period.target
    copied = ("key", "name", "service", "kind", "op", "target", "unit", "decimals", "critical", "source")
    series = [each["verdict"] for each in past.values()]
    return {name: kpi[name] for name in copied} | {
        "target_shown": reading.target,
        "period": _period(reading.period, target),
        "verdict": outcome["verdict"],
        "reason": outcome["reason"],
        "value": outcome["value"],
        "shown": reading.value,
        "gross": outcome["gross"],
        "gross_shown": reading.gross,
        "coverage": outcome["coverage"],
        "coverage_shown": reading.coverage,
        "share": reading.share,
        "room": outcome["room"],
        "room_left": reading.room_left if reading.room else "",
        "room_used": reading.room_used,
        "figures": _figures(outcome["figures"]),
        "days": _days(reading),
        "formula": method.formula(target.spec),
        "method": method.lines(target.spec),
        "stream": {"name": target.indicator.name, "source": target.indicator.source},
        "result": _result(reading.result),
        "missed_running": in_a_row(series),
        "history": [_cell(past, month) for month in months],
    }


def _period(period: Period, target: Target) -> Row:
    return {
        "label": period.label,
        "lo": instant(period.lo),
        "hi": instant(period.hi),
        "version": target.spec["version"],
        "terms_sha256": target.spec["terms_sha256"],
    }


def _result(result: PeriodResult | None) -> Row | None:
    if result is None:
        return None
    return {"edition": result.edition, "sha256": result.sha256, "reason": result.reason}


def _cell(past: dict[str, Row], month: str) -> Row:
    """A month of the strip; a longer period's figure stands under its last month."""
    empty = {"value": None, "shown": "–", "verdict": "not_due"}
    ends = {read_label(label).last_month: each for label, each in past.items()}
    return ends.get(month, empty) | {"label": month}


def _figures(figures: dict[str, Any]) -> Row:
    """The outcome's figures, long lists cut; `<name>_count` says how long they were."""
    kept: Row = {}
    for name, value in figures.items():
        if not isinstance(value, list):
            kept[name] = value
            continue
        kept |= {name: value[:LONGEST], f"{name}_count": len(value)}
        priorities = [each["priority"] for each in value if isinstance(each, dict) and "priority" in each]
        if priorities:
            kept[f"{name}_by_priority"] = {str(each): priorities.count(each) for each in sorted(set(priorities))}
    return kept


def _days(reading: Reading) -> list[Row]:
    if reading.kpi["kind"] != "uptime" or reading.result is None:
        return []
    return [{"day": each["day"].isoformat(), "down": text(each["down"])} for each in details.days(reading)]


def instant(at: datetime | None) -> str | None:
    """An instant as a report keeps it, in UTC."""
    return None if at is None else at.astimezone(UTC).isoformat()
