"""Figures from single numbers: `value` (samples of a stream) and `score` (attested answers).

Rules, stated once:

* A percentile is the nearest rank: of n ordered values the one at place ceil(p * n / 100). No value is made
  up between two measured ones.
* A sample that should be there and is not is missing: counted and shown. The rule `gap` leaves it out;
  `good` and `bad` rank it at the end where it helps or hurts, which only min, max and percentile can do.
* Coverage = present / expected.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

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


@dataclass(frozen=True)
class ValueFacts:
    """The samples of the period, None for one that is known to be missing.

    `expected` is how many there should be, where the terms say so; else as many as there are rows.
    """

    samples: Sequence[Number | None]
    aggregate: str
    percentile: Decimal | None = None
    expected: int | None = None


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
    present = sorted(exact(each) for each in facts.samples if each is not None)
    expected = max(facts.expected or 0, len(facts.samples))
    missing = expected - len(present)
    found = _aggregate(rule, facts, present, missing) if present else None
    return Measured(
        value=found,
        reason="" if present else NO_DATA,
        coverage=Fraction(len(present), expected) if expected else None,
        room=_distance(rule, found),
        decided=rule.missing == "good" if present and found is None else None,
        figures={
            "aggregate": facts.aggregate,
            "percentile": None if facts.percentile is None else str(facts.percentile),
            "present": len(present),
            "missing": missing,
            "expected": expected,
            "smallest": text(present[0]) if present else None,
            "largest": text(present[-1]) if present else None,
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
        room=_distance(rule, mean),
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
    if rule.missing != "gap" and facts.aggregate not in RANKED:
        raise NotSupported(f"a missing sample cannot count as {rule.missing} in {facts.aggregate}")


def _aggregate(rule: Rule, facts: ValueFacts, present: list[Fraction], missing: int) -> Fraction | None:
    """The figure; None when its rank falls on a missing sample."""
    if facts.aggregate == "sum":
        return sum(present, Fraction())
    if facts.aggregate == "avg":
        return sum(present, Fraction()) / len(present)
    if rule.missing == "gap" or not missing:
        return present[_index(facts, len(present))]
    worst_is_largest = rule.op == "<="
    at_top = worst_is_largest == (rule.missing == "bad")
    ranked = [*present, *[None] * missing] if at_top else [*[None] * missing, *present]
    return ranked[_index(facts, len(ranked))]


def _index(facts: ValueFacts, count: int) -> int:
    if facts.percentile is not None:
        return _place(facts.percentile, count)
    return 0 if facts.aggregate == "min" else count - 1


def _place(percentile: Decimal | Fraction | int, count: int) -> int:
    p = exact(percentile)
    if not 0 < p <= 100:
        raise ValueError(f"a percentile lies above 0 and up to 100, not at {percentile}")
    return -(-p * count // 100) - 1


def _distance(rule: Rule, found: Fraction | None) -> Room | None:
    if found is None:
        return None
    target = exact(rule.target)
    return Room("value", target, found, found - target if rule.op == ">=" else target - found)
