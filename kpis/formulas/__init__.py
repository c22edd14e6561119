"""The arithmetic of every KPI: facts and a promise in, an exact and immutable outcome out.

Pure: plain values, the time passed in, no database. A new kind of figure is one function
`(rule, frame, facts) -> Measured` and one row of `REGISTRY`.

**The arithmetic is versioned.** A result stores the version it was computed by. When a formula changes, its
old code stays under its old number and the new code gets the next one, so that a result of years ago
recomputes to the same bytes.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from kpis.formulas import outages
from kpis.formulas.composite import Component, CompositeFacts, composite
from kpis.formulas.counting import CountFacts, count
from kpis.formulas.deadline import DeadlineFacts, Limit, Ticket, deadline
from kpis.formulas.judging import (
    AT_RISK,
    BREACHED,
    INSUFFICIENT,
    LOW_COVERAGE,
    MET,
    NO_DATA,
    NOT_DUE,
    NOTHING_DUE,
    TOO_FEW,
    WAIVED,
    Frame,
    Measured,
    NotSupported,
    Outcome,
    Room,
    Rule,
    exact,
    judge,
    reaches,
    text,
)
from kpis.formulas.measures import Measures, ScoreFacts, Series, ValueFacts, nearest_rank, score, value
from kpis.formulas.outages import OutageFacts
from kpis.formulas.shares import RatioFacts, Share, SliceFacts, ratio, slice_uptime
from kpis.formulas.uptime import Excluded, Outage, UptimeFacts, uptime

__all__ = [
    "ARITHMETIC_VERSION", "AT_RISK", "BREACHED", "INSUFFICIENT", "KINDS", "LOW_COVERAGE", "MET",
    "NOTHING_DUE", "NOT_DUE", "NO_DATA", "TOO_FEW", "WAIVED", "Component", "CompositeFacts", "CountFacts",
    "DeadlineFacts", "Excluded", "Frame", "Limit", "Measured", "Measures", "NotSupported", "Outage",
    "OutageFacts", "Outcome", "RatioFacts", "Room", "Rule", "ScoreFacts", "Series", "Share", "SliceFacts", "Ticket",
    "UptimeFacts", "ValueFacts", "certain_loss", "evaluate", "exact", "missing_rules", "nearest_rank",
    "reaches", "room_left", "text",
]  # fmt: skip

ARITHMETIC_VERSION = 2

Formula = Callable[[Rule, Frame, Any], Measured]


class Kind(NamedTuple):
    """A kind of figure: its formula and the rules for missing data that make sense for it."""

    formula: Formula
    missing: tuple[str, ...]


def _or_outages(usual: Formula, of_outages: Formula) -> Formula:
    """Of cases or values, or of outages: the facts say which."""
    return lambda rule, frame, facts: (of_outages if isinstance(facts, OutageFacts) else usual)(rule, frame, facts)


REGISTRY: dict[int, dict[str, Kind]] = {
    1: {
        "uptime": Kind(uptime, ("gap", "good", "bad")),
        "deadline": Kind(deadline, ("gap",)),
        "value": Kind(value, ("gap", "good", "bad")),
        "score": Kind(score, ("gap",)),
    },
    # Values outside the service hours no longer count (kpis.gathering), and there are more kinds.
    2: {
        "uptime": Kind(uptime, ("gap", "good", "bad", "carry")),
        "slice_uptime": Kind(slice_uptime, ("gap", "good", "bad", "carry")),
        "ratio": Kind(ratio, ("gap", "good", "bad", "carry")),
        "deadline": Kind(deadline, ("gap",)),
        "count": Kind(_or_outages(count, outages.count), ("gap", "good")),
        "value": Kind(_or_outages(value, outages.lengths), ("gap", "good", "bad", "carry")),
        "score": Kind(score, ("gap",)),
        "composite": Kind(composite, ("gap", "good", "bad")),
    },
}
KINDS = tuple(REGISTRY[ARITHMETIC_VERSION])


def evaluate(
    kind: str, rule: Rule, frame: Frame, facts: Any, *, arithmetic: int = ARITHMETIC_VERSION
) -> Outcome:
    """The outcome of one period under one promise.

    `facts` is the kind's own class (`UptimeFacts`, `DeadlineFacts`, `ValueFacts`, ...).
    Raises `ValueError` for an unknown kind or arithmetic and for malformed facts, `NotSupported` when the
    rule for missing data makes no sense for the kind.
    """
    row = _row(kind, arithmetic)
    if rule.missing not in row.missing:
        raise NotSupported(f"missing data cannot be {rule.missing!r} for {kind}")
    found = row.formula(rule, frame, facts)
    verdict, reason = judge(rule, frame, found)
    return Outcome(arithmetic, kind, rule, verdict, reason, frame.running, found)


def missing_rules(kind: str) -> tuple[str, ...]:
    """The rules for missing data that a KPI of this kind may be signed with."""
    return _row(kind, ARITHMETIC_VERSION).missing


def certain_loss(kind: str, rule: Rule, frame: Frame, facts: Any) -> bool | None:
    """Whether even a perfect rest of the period cannot reach the target; None when that cannot be known."""
    return evaluate(kind, rule, frame, facts).certain_loss


def room_left(kind: str, rule: Rule, frame: Frame, facts: Any) -> Room | None:
    """What may still go wrong, in the kind's natural unit."""
    return evaluate(kind, rule, frame, facts).room


def _row(kind: str, arithmetic: int) -> Kind:
    try:
        return REGISTRY[arithmetic][kind]
    except KeyError:
        raise ValueError(f"arithmetic {arithmetic} knows no kind {kind!r}") from None
