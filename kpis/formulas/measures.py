"""Figures from single numbers: `value` (samples of a stream) and `score` (attested answers).

Rules, stated once:

* A percentile is the nearest rank: of n ordered values the one at place ceil(p * n / 100). No value is made
  up between two measured ones.
* A sample that should be there and is not is missing: counted and shown. The rule `gap` leaves it out;
  `good` and `bad` rank it at the end where it helps or hurts, which only min, max and percentile can do; `carry`
  takes the value before it (carrying.py).
* Coverage = present / expected.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Protocol, runtime_checkable

from kpis.formulas.judging import (
    NO_DATA,
    TOO_FEW,
    Frame,
    Measured,
    NotSupported,
    Room,
    Rule,
    exact,
    text,
)

AGGREGATES = ("avg", "min", "max", "sum", "percentile")
RANKED = ("min", "max", "percentile")
Number = int | Decimal | Fraction


@runtime_checkable
class Series(Protocol):
    """Numbers in order: how many, how many known to be missing, their exact sum, and the one at a place from 0."""

    @property
    def count(self) -> int: ...

    @property
    def missing(self) -> int: ...

    @property
    def sum(self) -> Fraction: ...

    def at(self, place: int) -> Fraction: ...


class Measures:
    """A series from single numbers. Raises `ValueError` for one that is not exact."""

    def __init__(self, samples: "Sequence[Number | None]") -> None:
        self._ordered = sorted(exact(each) for each in samples if each is not None)
        self.count = len(self._ordered)
        self.missing = len(samples) - self.count

    @property
    def sum(self) -> Fraction:
        return sum(self._ordered, Fraction())

    def at(self, place: int) -> Fraction:
        return self._ordered[place]


@dataclass(frozen=True)
class ValueFacts:
    """The samples of the period, None for one that is known to be missing; or a row of them already in order.

    `expected` is how many there should be, where the terms say so; else as many as there are rows. `carried` are the
    values that missing samples take.
    """

    samples: "Sequence[Number | None] | Series"
    aggregate: str
    percentile: Decimal | None = None
    expected: int | None = None
    carried: Sequence[Number] = ()


@dataclass(frozen=True)
class ScoreFacts:
    """The answers of the period, one for each person asked who answered."""

    answers: Sequence[Number]
    minimum_answers: int = 1


def value(rule: Rule, frame: Frame, facts: ValueFacts) -> Measured:
    """Aggregate the samples. Raises `ValueError` for an unknown aggregate or a number that is not exact,
    `NotSupported` where missing samples cannot be ranked.
    """
    _check(rule, facts)
    series = facts.samples if isinstance(facts.samples, Series) else Measures(facts.samples)
    present = series.count
    expected = max(facts.expected or 0, present + series.missing)
    missing = expected - present
    found = aggregated(rule, facts, _with_carried(series, facts.carried), missing) if present else None
    return Measured(
        value=found,
        reason="" if present else NO_DATA,
        coverage=Fraction(present, expected) if expected else None,
        room=distance(rule, found),
        decided=rule.missing == "good" if present and found is None else None,
        figures={
            "aggregate": facts.aggregate,
            "percentile": None if facts.percentile is None else str(facts.percentile),
            "present": present,
            "missing": missing,
            **({"carried": len(facts.carried)} if rule.missing == "carry" else {}),
            "expected": expected,
            "smallest": text(series.at(0)) if present else None,
            "largest": text(series.at(present - 1)) if present else None,
        },
    )


def score(rule: Rule, frame: Frame, facts: ScoreFacts) -> Measured:
    """The mean of the answers. Too few of them are not enough data, whatever they say."""
    answers = [exact(each) for each in facts.answers]
    mean = sum(answers, Fraction()) / len(answers) if answers else None
    enough = len(answers) >= max(1, facts.minimum_answers)
    return Measured(
        value=mean,
        reason="" if enough else TOO_FEW if answers else NO_DATA,
        room=distance(rule, mean),
        figures={"answers": len(answers), "minimum_answers": facts.minimum_answers},
    )


def nearest_rank(ordered: Sequence[Fraction], percentile: Decimal | Fraction | int) -> Fraction:
    """The value at place ceil(p * n / 100) of n ordered values, 0 < p <= 100."""
    return ordered[_place(percentile, len(ordered))]


def _check(rule: Rule, facts: ValueFacts) -> None:
    if facts.aggregate not in AGGREGATES:
        raise ValueError(f"values are aggregated by {', '.join(AGGREGATES)}, not {facts.aggregate!r}")
    if (facts.aggregate == "percentile") != (facts.percentile is not None):
        raise ValueError("a percentile needs its p, and nothing else takes one")
    if rule.missing in ("good", "bad") and facts.aggregate not in RANKED:
        raise NotSupported(f"a missing sample cannot count as {rule.missing} in {facts.aggregate}")


def _with_carried(series: Series, carried: Sequence[Number]) -> Series:
    return Measures([*map(series.at, range(series.count)), *carried]) if carried else series


def aggregated(rule: Rule, facts: ValueFacts, series: Series, missing: int) -> Fraction | None:
    """The figure; None when its rank falls on a missing sample."""
    if facts.aggregate == "sum":
        return series.sum
    if facts.aggregate == "avg":
        return series.sum / series.count
    if rule.missing in ("gap", "carry") or not missing:
        return series.at(_index(facts, series.count))
    worst_is_largest = rule.op == "<="
    at_top = worst_is_largest == (rule.missing == "bad")
    place = _index(facts, series.count + missing) - (0 if at_top else missing)
    return series.at(place) if 0 <= place < series.count else None


def _index(facts: ValueFacts, count: int) -> int:
    if facts.percentile is not None:
        return _place(facts.percentile, count)
    return 0 if facts.aggregate == "min" else count - 1


def _place(percentile: Decimal | Fraction | int, count: int) -> int:
    p = exact(percentile)
    if not 0 < p <= 100:
        raise ValueError(f"a percentile lies above 0 and up to 100, not at {percentile}")
    return -(-p * count // 100) - 1


def distance(rule: Rule, found: Fraction | None) -> Room | None:
    if found is None:
        return None
    target = exact(rule.target)
    return Room("value", target, found, found - target if rule.op == ">=" else target - found)
