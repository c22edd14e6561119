"""What the formulas need of a stream of samples: the time that counts, and what was measured within it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from agreements.businesstime import Calendar
from agreements.timeline import Span, common, without
from kpis import facts, formulas, series
from kpis.formulas.carrying import last_known
from kpis.formulas.spans import SECOND, at_micro, length, micro, united

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
    slices, carried, _ahead = _slices(asked, params["slice"])
    present = [share for _start, share in slices if share is not None]
    whole = formulas.Share(
        sum((each.good for each in present), Fraction()), sum((each.total for each in present), Fraction())
    )
    return formulas.RatioFacts(whole, len(present), method, present, len(slices), list(carried.values()))


def slice_uptime(asked: Question) -> Any:
    params = asked.spec["kpi"]["params"]
    slices, carried, ahead = _slices(asked, params["slice"])
    return formulas.SliceFacts(
        params["slice"], slices, Fraction(params["error_percent"]), ahead,
        params.get("minimum_run", 1), params.get("minimum_requests", 0), carried,
    )


def carry(asked: Question) -> int:
    """For how many seconds the last known holds on where nothing was measured; 0: it does not."""
    kpi = asked.spec["kpi"]
    return kpi["params"]["carry"] if kpi["missing"] == "carry" else 0


def carried_values(asked: Question) -> list[Decimal]:
    """What the places take at which a value is expected and none came: the newest value before."""
    params, seconds = asked.spec["kpi"]["params"], carry(asked)
    if not seconds:
        return []
    step = params["every"] * SECOND
    over, _ahead = _starts(asked, step)
    known: dict[int, Decimal] = {}
    for at, value, _total in _rows(asked, over, step, seconds):
        known[micro(at)] = value
    filled = {at // step * step for at in known}
    empty = [start for start in over if start not in filled]
    return [known[at] for at in last_known(empty, sorted(known), seconds).values()]


def window(asked: Question) -> tuple[int, datetime, datetime, int | None]:
    return asked.indicator_id, asked.frame.lo, asked.frame.hi, asked.known_until


def _read(asked: Question, spans: list[Span]) -> series.Measured:
    pairs = [(at_micro(start), at_micro(end)) for start, end in spans]
    return series.read(
        asked.indicator_id, asked.spec["timezone"], pairs, asked.known_until, rolled=asked.rolled
    )


Shares = list[tuple[int, formulas.Share | None]]


def _slices(asked: Question, seconds: int) -> tuple[Shares, dict[int, formulas.Share], int]:
    """The slices that begin in time that counts and are over, each with its row, and how many are still to come.

    Beside them, by their start, what those without a row take from the last one. Time that an exclusion counts as
    good: its slices have no errors.
    """
    step, good = seconds * SECOND, excluded(asked, "as_good")
    over, ahead = _starts(asked, step)
    sums: dict[int, list[Decimal]] = {}
    for at, value, total in _rows(asked, over, step, carry(asked)):
        known = sums.setdefault(micro(at) // step * step, [Decimal(), Decimal()])
        known[0] += value
        known[1] += total or 0
    found = [(start, _share(sums.get(start), start, good)) for start in over]
    # A slice is known until its end.
    ends = sorted(start + step for start in sums)
    empty = [start for start, share in found if share is None]
    last = last_known(empty, ends, carry(asked))
    return found, {start: _shared(sums[end - step]) for start, end in last.items()}, ahead


def _starts(asked: Question, step: int) -> tuple[list[int], int]:
    """The slices of so many microseconds that begin in time that counts and are over; how many are still to come."""
    until = micro(asked.frame.until)
    starts = [
        start for lo, hi in counted(asked, asked.frame.hi) for start in range(-(-lo // step) * step, hi, step)
    ]
    over = [start for start in starts if start + step <= until]
    return over, len(starts) - len(over)


def _rows(asked: Question, over: list[int], step: int, before: int) -> Iterable[series.Row]:
    """The samples of slices, and those of so many seconds before the first."""
    if not over:
        return ()
    # A slice that ends within that time may begin before it.
    first = over[0] - (before * SECOND + step if before else 0)
    return series.rows(asked.indicator_id, [(at_micro(first), at_micro(over[-1] + step))], asked.known_until)


def _share(sums: list[Decimal] | None, start: int, good: list[Span]) -> formulas.Share | None:
    if common([(start, start + 1)], good):
        total = Fraction(sums[1]) if sums else Fraction()
        return formulas.Share(total, total)
    return _shared(sums) if sums else None


def _shared(sums: list[Decimal]) -> formulas.Share:
    return formulas.Share(Fraction(sums[0]), Fraction(sums[1]))
