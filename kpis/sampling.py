"""What the formulas need of a stream of samples: the time that counts, and what was measured within it."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from agreements.businesstime import Calendar
from agreements.timeline import Span, without
from kpis import facts, formulas, series
from kpis.formulas.spans import SECOND, at_micro, common, length, micro, united

if TYPE_CHECKING:
    from kpis.gathering import Question


def hours(asked: Question) -> Calendar | None:
    """The calendar of the KPI; None: it counts around the clock."""
    key = asked.spec["kpi"]["calendar"]
    return Calendar.from_dict(asked.spec["calendars"][key]) if key else None


def counted(asked: Question, until: datetime) -> list[Span]:
    """The time of the period up to an instant that counts, in microseconds: service hours, less what is dropped."""
    calendar, lo, hi = hours(asked), asked.frame.lo, min(asked.frame.hi, until)
    if hi <= lo:
        return []
    pairs = [(lo, hi)] if calendar is None else calendar.periods(lo, hi + timedelta(seconds=1))
    return without(common(united("open time", pairs), [(micro(lo), micro(hi))]), excluded(asked, "drop"))


def excluded(asked: Question, effect: str) -> list[Span]:
    return united("an exclusion", ((each.start, each.end) for each in asked.excluded if each.effect == effect))


def values(asked: Question) -> Any:
    """Single values. By the first arithmetic every value of the period counted, whatever the service hours."""
    params = asked.spec["kpi"]["params"]
    if asked.arithmetic == 1:
        return list(facts.samples(*window(asked)).values_list("value", flat=True)), None
    spans = counted(asked, asked.frame.hi)
    every = params.get("every")
    expected = length(counted(asked, asked.frame.until)) // (every * SECOND) if every else None
    return _read(asked, spans), expected


def ratio(asked: Question) -> Any:
    params = asked.spec["kpi"]["params"]
    every, method = params.get("every"), params.get("method", "sum")
    if method == "sum":
        found = _read(asked, counted(asked, asked.frame.hi))
        expected = length(counted(asked, asked.frame.until)) // (every * SECOND) if every else None
        return formulas.RatioFacts(formulas.Share(found.sum, found.total), found.count, method, expected=expected)
    slices, _ahead = _slices(asked, params["slice"])
    present = [share for _start, share in slices if share is not None]
    whole = formulas.Share(
        sum((each.good for each in present), Fraction()), sum((each.total for each in present), Fraction())
    )
    return formulas.RatioFacts(whole, len(present), method, present, len(slices))


def slice_uptime(asked: Question) -> Any:
    params = asked.spec["kpi"]["params"]
    slices, ahead = _slices(asked, params["slice"])
    return formulas.SliceFacts(
        params["slice"], slices, Fraction(params["error_percent"]), ahead,
        params.get("minimum_run", 1), params.get("minimum_requests", 0),
    )


def window(asked: Question) -> tuple[int, datetime, datetime, int | None]:
    return asked.indicator_id, asked.frame.lo, asked.frame.hi, asked.known_until


def _read(asked: Question, spans: list[Span]) -> series.Measured:
    pairs = [(at_micro(start), at_micro(end)) for start, end in spans]
    return series.read(
        asked.indicator_id, asked.spec["timezone"], pairs, asked.known_until, rolled=asked.rolled
    )


def _slices(asked: Question, seconds: int) -> tuple[list[tuple[int, formulas.Share | None]], int]:
    """The slices that begin in time that counts and are over, each with its row, and how many are still to come.

    Time that an exclusion counts as good: its slices have no errors.
    """
    step, until = seconds * SECOND, micro(asked.frame.until)
    spans = counted(asked, asked.frame.hi)
    starts = [start for lo, hi in spans for start in range(-(-lo // step) * step, hi, step)]
    over = [start for start in starts if start + step <= until]
    good = excluded(asked, "as_good")
    sums: dict[int, list[Decimal]] = {}
    pairs = [(at_micro(over[0]), at_micro(over[-1] + step))] if over else []
    for at, value, total in series.rows(asked.indicator_id, pairs, asked.known_until):
        known = sums.setdefault(micro(at) // step * step, [Decimal(), Decimal()])
        known[0] += value
        known[1] += total or 0
    return [(start, _share(sums.get(start), start, good)) for start in over], len(starts) - len(over)


def _share(sums: list[Decimal] | None, start: int, good: list[Span]) -> formulas.Share | None:
    total = Fraction(sums[1]) if sums else Fraction()
    if common([(start, start + 1)], good):
        return formulas.Share(total, total)
    return formulas.Share(Fraction(sums[0]), total) if sums else None
