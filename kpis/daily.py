"""The figure of each day of a period, for its picture: what was measured that day, by the terms of the KPI.

A day's figure is no verdict: the period is judged as a whole. Days come from their rollups where these answer for them
and the result shown knows no less, from the rows elsewhere.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from kpis import facts, gathering, packing, rollups, sampling, series
from kpis.formulas import Frame, exact
from kpis.formulas.measures import nearest_rank
from kpis.formulas.spans import at_micro
from kpis.models import Case, DayRollup
from kpis.reading import Reading
from kpis.windows import local_days, midnight

SECOND = timedelta(seconds=1)


class Day(NamedTuple):
    """A local day of the agreement's zone; `value` None: nothing was measured."""

    day: date
    value: Fraction | None


def days_of(reading: Reading) -> list[tuple[date, datetime, datetime]]:
    """The days of a period up to what is known, each with its part of it."""
    return list(local_days(reading.period.lo, min(reading.period.hi, reading.known_at), _zone(reading)))


def late(reading: Reading) -> list[Day]:
    """How many of the missed cases ended on each day; those that are still open stand on the last one."""
    target, params = reading.period.target, reading.kpi["params"]
    missed = {row["id"] for row in reading.outcome["figures"]["missed"]}
    rows = facts.cases_alive(target.indicator_id, reading.period.lo, reading.period.hi, _mark(reading))
    known = gathering.newest(row for row in rows.iterator(chunk_size=5000) if row.external_id in missed)
    last = min(reading.period.hi, reading.known_at) - SECOND
    found = Counter(_ended(case, params, last).astimezone(_zone(reading)).date() for case in known)
    return [Day(day, Fraction(found[day])) for day, _lo, _hi in days_of(reading)]


def _ended(case: Case, params: Mapping[str, Any], last: datetime) -> datetime:
    return min(gathering.ended(case, params) or last, last)


def measured(reading: Reading) -> list[Day]:
    """The figure of each day's samples: an aggregate of values, or the share of what was good."""
    days, spans, mark = days_of(reading), _spans(reading), _mark(reading)
    rolled = _rolled(reading, days, mark) if len(spans) == 1 else {}
    rest = [(lo, hi) for day, lo, hi in days if day not in rolled] if rolled else spans
    loose: dict[date, list[series.Row]] = {}
    for row in series.rows(reading.period.target.indicator_id, rest, mark):
        loose.setdefault(row[0].astimezone(_zone(reading)).date(), []).append(row)
    return [Day(day, rolled.get(day) or _of_rows(reading.kpi, loose.get(day, []))) for day, _lo, _hi in days]


def _zone(reading: Reading) -> ZoneInfo:
    return ZoneInfo(reading.period.target.spec["timezone"])


def _mark(reading: Reading) -> int | None:
    return reading.result.inputs["highest_delivery"] if reading.result else None


def _spans(reading: Reading) -> list[tuple[datetime, datetime]]:
    """The service hours of the period; what exclusions take out of them is left in, and hatched in the picture."""
    frame = Frame(reading.period.lo, reading.period.hi, reading.known_at)
    asked = gathering.Question(reading.period.target.spec, reading.period.target.indicator_id, frame)
    return [(at_micro(lo), at_micro(hi)) for lo, hi in sampling.counted(asked, min(frame.hi, frame.known_at))]


def _rolled(
    reading: Reading, days: Sequence[tuple[date, datetime, datetime]], mark: int | None
) -> dict[date, Fraction | None]:
    """The days that a rollup answers for; none where the result knows less than there is by now."""
    target, zone = reading.period.target, _zone(reading)
    if mark is not None and facts.latest_delivery(target.indicator) > mark:
        return {}
    whole = {day for day, lo, hi in days if (lo, hi) == (midnight(day, zone), midnight(day + rollups.DAY, zone))}
    good = rollups.ready(target.indicator_id, zone.key, [day for day, _lo, _hi in days]) & whole
    held = DayRollup.objects.filter(indicator_id=target.indicator_id, zone=zone.key, day__in=good, count__gt=0)
    return {each.day: _of_rollup(reading.kpi, each) for each in held}


def _of_rollup(kpi: Mapping[str, Any], day: DayRollup) -> Fraction | None:
    if kpi["kind"] == "ratio":
        return 100 * Fraction(day.sum or 0) / Fraction(day.total) if day.total else None
    simple = {"sum": day.sum, "min": day.smallest, "max": day.largest}
    aggregate = kpi["params"]["aggregate"]
    if aggregate in simple:
        return Fraction(simple[aggregate])
    if aggregate == "avg":
        return Fraction(day.sum or 0) / day.count
    ordered = packing.Ordered([bytes(day.packed or b"")])
    return nearest_rank([ordered.at(place) for place in range(ordered.count)], _percentile(kpi))


def _of_rows(kpi: Mapping[str, Any], rows: Sequence[series.Row]) -> Fraction | None:
    if not rows:
        return None
    values = sorted(exact(value) for _at, value, _total in rows)
    if kpi["kind"] == "ratio":
        total = sum((exact(each or 0) for _at, _value, each in rows), Fraction())
        return 100 * sum(values, Fraction()) / total if total else None
    aggregate = kpi["params"]["aggregate"]
    if aggregate == "percentile":
        return nearest_rank(values, _percentile(kpi))
    together = sum(values, Fraction())
    return {"sum": together, "min": values[0], "max": values[-1], "avg": together / len(values)}[aggregate]


def _percentile(kpi: Mapping[str, Any]) -> Decimal:
    return Decimal(kpi["params"]["percentile"])
