"""Figures from "so many good of so many": `ratio` and `slice_uptime`.

Rules, stated once:

* `sum`: percent = 100 * sum of the good / sum of all. Slices without traffic change nothing.
* `mean_of_slices`: each slice (the row of its time) has its own percentage, taken to 12 decimals, half to even;
  the figure is their plain mean, as S3 averages the error rates of five minutes. A mean of exact fractions would
  have more digits than anybody can keep.
* `slice_uptime`: a slice is down when its share of errors is above the limit (exactly the limit is up). Below the
  least number of requests it is up. Runs of down slices shorter than the shortest run count as up; a slice
  without a row ends a run, unless the rule for missing data is `bad`. Percent = 100 * up / (up + down).
* A slice counts when it begins in time that counts, and once it is over.
* A slice that should be there and is not is missing: left out (`gap`), 100 % or up (`good`), 0 % or down (`bad`), or
  as the last one (`carry`: carrying.py). Coverage = slices with a row / slices expected.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from kpis.formulas.judging import (
    NO_DATA,
    NOTHING_DUE,
    Frame,
    Measured,
    NotSupported,
    Room,
    Rule,
    exact,
    instant,
    text,
)
from kpis.formulas.spans import at_micro

METHODS = ("sum", "mean_of_slices")
PLACES = 10**12


class Share(NamedTuple):
    """So many good of so many."""

    good: Fraction
    total: Fraction

    @property
    def bad(self) -> Fraction:
        return self.total - self.good

    @property
    def percent(self) -> Fraction:
        """To 12 decimals, half to even; without traffic nothing went wrong."""
        return Fraction(round(100 * self.good / self.total * PLACES), PLACES) if self.total else Fraction(100)


@dataclass(frozen=True)
class RatioFacts:
    """What was good of all in the period, and by slice where the contract averages slices.

    `slices` are those with a row; `expected` is how many there should be.
    """

    whole: Share
    rows: int
    method: str = "sum"
    slices: Sequence[Share] = ()
    expected: int | None = None
    carried: Sequence[Share] = ()


@dataclass(frozen=True)
class SliceFacts:
    """The slices of the period that are over, in order: their start in microseconds and their row, None: no row.

    `ahead` are the slices still to come. `error_percent` is the limit above which a slice is down. `carried` are the
    rows that slices without one take, by their start.
    """

    seconds: int
    slices: Sequence[tuple[int, Share | None]]
    error_percent: Fraction
    ahead: int = 0
    minimum_run: int = 1  # slices
    minimum_requests: int = 0
    carried: Mapping[int, Share] = field(default_factory=dict)


def ratio(rule: Rule, frame: Frame, facts: RatioFacts) -> Measured:
    """The share of what was good. Raises `ValueError` for an unknown method or good > total."""
    if facts.method not in METHODS:
        raise ValueError(f"a ratio is worked out by {', '.join(METHODS)}, not {facts.method!r}")
    if facts.method == "sum" and rule.missing != "gap":
        raise NotSupported(f"a missing row cannot count as {rule.missing} in a sum")
    for each in (facts.whole, *facts.slices):
        if not 0 <= each.good <= each.total:
            raise ValueError(f"{each.good} good of {each.total}")
    value, coverage, missing = _mean(rule, facts) if facts.method == "mean_of_slices" else _sum(facts)
    return Measured(
        value=value,
        reason="" if value is not None else NOTHING_DUE if facts.rows else NO_DATA,
        coverage=coverage,
        certain_loss=None if frame.running else False,
        room=_failures(rule, facts.whole) if facts.method == "sum" and rule.op == ">=" else None,
        figures={
            "method": facts.method,
            "good": text(facts.whole.good),
            "total": text(facts.whole.total),
            "rows": facts.rows,
            "slices": len(facts.slices),
            "missing": missing,
            **({"carried": len(facts.carried)} if rule.missing == "carry" else {}),
        },
    )


def slice_uptime(rule: Rule, frame: Frame, facts: SliceFacts) -> Measured:
    """The share of slices that were up. Raises `ValueError` for another promise than at least some percent."""
    if rule.op != ">=" or exact(rule.target) > 100:
        raise ValueError("uptime is promised as at least some percent")
    states = [_is_down(rule, facts, row or facts.carried.get(start)) for start, row in facts.slices]
    runs = _lasting(facts, states)
    down, known = _length(runs), sum(row is not None for _start, row in facts.slices)
    # What was carried may still come, and be better.
    sure = [_is_down(rule, facts, row) for _start, row in facts.slices] if frame.running else states
    expected = len(facts.slices)
    total = known + len(facts.carried) if rule.missing in ("gap", "carry") else expected
    whole = expected + facts.ahead
    best = Fraction(100 * (whole - _length(_lasting(facts, sure))), whole) if whole else None
    return Measured(
        value=Fraction(100 * (total - down), total) if known and total else None,
        reason="" if known else NO_DATA if expected else NOTHING_DUE,
        best=best,
        coverage=Fraction(known, expected) if expected else None,
        certain_loss=rule.missing != "bad" and best is not None and not rule.reached_by(best),
        room=_time(rule, facts.seconds, whole if frame.running else total, down),
        figures={
            "slice": facts.seconds,
            "up": text(Fraction((total - down) * facts.seconds)),
            "down": text(Fraction(down * facts.seconds)),
            "gap": text(Fraction((expected - known - len(facts.carried)) * facts.seconds)),
            **_carried(rule, facts),
            "expected": text(Fraction(expected * facts.seconds)),
            "requests": text(sum((row.total for _start, row in facts.slices if row), Fraction())),
            "errors": text(sum((row.bad for _start, row in facts.slices if row), Fraction())),
            "down_slices": sum(map(bool, states)),
            "outages": [_row(facts, start, end) for start, end in runs],
        },
    )


def _sum(facts: RatioFacts) -> tuple[Fraction | None, Fraction | None, int]:
    total = facts.whole.total
    missing = max(0, (facts.expected or facts.rows) - facts.rows)
    coverage = Fraction(facts.rows, facts.rows + missing) if facts.rows + missing else None
    return Fraction(100 * facts.whole.good, total) if total else None, coverage, missing


def _mean(rule: Rule, facts: RatioFacts) -> tuple[Fraction | None, Fraction | None, int]:
    count = len(facts.slices)
    expected = max(facts.expected or 0, count)
    missing = expected - count
    coverage = Fraction(count, expected) if expected else None
    if not count:
        return None, coverage, missing
    sum_ = sum((each.percent for each in facts.slices), Fraction())
    if rule.missing in ("gap", "carry"):
        carried = sum((each.percent for each in facts.carried), Fraction())
        return (sum_ + carried) / (count + len(facts.carried)), coverage, missing
    return (sum_ + (100 * missing if rule.missing == "good" else 0)) / expected, coverage, missing


def _failures(rule: Rule, whole: Share) -> Room:
    """What may fail of all so far: whole ones, rounded down."""
    allowed = Fraction((1 - exact(rule.target) / 100) * whole.total // 1)
    return Room("events", allowed, whole.bad, allowed - whole.bad)


def _is_down(rule: Rule, facts: SliceFacts, row: Share | None) -> bool:
    if row is None:
        return rule.missing == "bad"
    if not row.total or row.total < facts.minimum_requests:
        return False
    return 100 * row.bad > facts.error_percent * row.total


def _carried(rule: Rule, facts: SliceFacts) -> dict[str, str | None]:
    return {"carried": text(Fraction(len(facts.carried) * facts.seconds))} if rule.missing == "carry" else {}


def _lasting(facts: SliceFacts, states: Sequence[bool]) -> list[tuple[int, int]]:
    """The runs of down slices that count."""
    return [run for run in _runs(states) if run[1] - run[0] >= facts.minimum_run]


def _length(runs: Sequence[tuple[int, int]]) -> int:
    return sum(end - start for start, end in runs)


def _runs(states: Sequence[bool]) -> Iterator[tuple[int, int]]:
    start = None
    for place, down in enumerate([*states, False]):
        if down and start is None:
            start = place
        if not down and start is not None:
            yield start, place
            start = None


def _time(rule: Rule, seconds: int, slices: int, down: int) -> Room:
    allowed, used = (1 - exact(rule.target) / 100) * slices * seconds, Fraction(down * seconds)
    return Room("seconds", allowed, used, allowed - used)


def _row(facts: SliceFacts, start: int, end: int) -> Mapping[str, str | None]:
    """A run of slices as an outage: hours that do not count may lie within it."""
    first, last = facts.slices[start][0], facts.slices[end - 1][0] + facts.seconds * 1_000_000
    counted = text(Fraction((end - start) * facts.seconds))
    return {
        "start": instant(at_micro(first)), "end": instant(at_micro(last)), "lasted": counted, "counted": counted,
    }  # fmt: skip
