"""Count: how many events or cases there were, at most so many.

Rules, stated once:

* A case counts once: in the period in which it was opened, or closed, as the terms say.
* None counted is "none" only when somebody delivered after the period's end (while it runs: since its start);
  else nothing is known, unless the rule for missing data is `good`.
* One too many is certain at that moment.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from kpis.formulas.judging import NO_DATA, Frame, Measured, Room, Rule, exact


@dataclass(frozen=True)
class CountFacts:
    """The ids of what counts, each once; whether what was delivered reaches far enough to call the rest none."""

    events: Sequence[str]
    delivered: bool


def count(rule: Rule, frame: Frame, facts: CountFacts) -> Measured:
    """Count the events. Raises `ValueError` for an id that occurs twice, or a promise of at least some number."""
    if len(set(facts.events)) != len(facts.events):
        raise ValueError("an event occurs twice")
    found = counted(rule, len(facts.events), known=facts.delivered or rule.missing == "good")
    return replace(found, figures={**found.figures, "events": sorted(facts.events), "delivered": facts.delivered})


def counted(rule: Rule, number: int, *, known: bool) -> Measured:
    """So many against at most so many; `known`: whether none besides is known to be none."""
    if rule.op != "<=":
        raise ValueError("a number of events is promised as at most so many")
    found, allowed = Fraction(number), exact(rule.target)
    return Measured(
        value=found if known or number else None,
        reason="" if known else NO_DATA,
        best=found,
        certain_loss=found > allowed,
        room=Room("events", allowed // 1 + Fraction(), found, allowed // 1 - found),
        figures={"count": number},
    )
