"""Composite: one figure from the results of other KPIs of the same version and period.

Rules, stated once:

* Components are percentages to be reached. `weighted_mean` by the weights of the terms; `worst_of` the smallest;
  `series` the product, as of parts that are all needed.
* A component without a figure (not closed in time, or without enough data) is missing: left out (`gap`; of a mean
  the weights of the others count), 100 % (`good`) or 0 % (`bad`).
* Coverage = weight of the components with a figure / weight of all.
* What was a component is named with its edition and hash: an edition that changes asks for a new composite.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod

from kpis.formulas.judging import NO_DATA, Frame, Measured, Rule, exact, text

METHODS = ("weighted_mean", "worst_of", "series")


@dataclass(frozen=True)
class Component:
    """A part and its figure in percent; None: it has none. `edition` and `sha256` name the result, once closed."""

    key: str
    weight: Fraction
    value: Fraction | None
    verdict: str = ""
    edition: int | None = None
    sha256: str = ""


@dataclass(frozen=True)
class CompositeFacts:
    components: Sequence[Component]
    method: str = "weighted_mean"


def composite(rule: Rule, frame: Frame, facts: CompositeFacts) -> Measured:
    """Put the components together. Raises `ValueError` for an unknown method, a weight that is not above 0, a
    component that occurs twice, or a figure that is no percentage.
    """
    _check(rule, facts)
    known = [(each.weight, each.value) for each in facts.components if each.value is not None]
    missing = [each for each in facts.components if each.value is None]
    weight = sum((each.weight for each in facts.components), Fraction())
    counted = [*known, *_replaced(rule, missing)]
    return Measured(
        value=_together(facts.method, counted) if known else None,
        reason="" if known else NO_DATA,
        coverage=sum((each for each, _value in known), Fraction()) / weight if weight else None,
        certain_loss=None if frame.running else False,
        figures={
            "method": facts.method,
            "missing": [each.key for each in missing],
            "components": [
                {
                    "key": each.key, "weight": text(each.weight), "value": text(each.value),
                    "verdict": each.verdict, "edition": each.edition, "sha256": each.sha256,
                }
                for each in facts.components
            ],
        },
    )  # fmt: skip


def _check(rule: Rule, facts: CompositeFacts) -> None:
    if facts.method not in METHODS:
        raise ValueError(f"components are put together by {', '.join(METHODS)}, not {facts.method!r}")
    if rule.op != ">=" or exact(rule.target) > 100:
        raise ValueError("a composite is promised as at least some percent")
    keys = [each.key for each in facts.components]
    if len(set(keys)) != len(keys):
        raise ValueError("a component occurs twice")
    for each in facts.components:
        if each.weight <= 0:
            raise ValueError(f"{each.key} has no weight above 0")
        if each.value is not None and not 0 <= each.value <= 100:
            raise ValueError(f"{each.key} is no percentage: {each.value}")


def _replaced(rule: Rule, missing: Sequence[Component]) -> list[tuple[Fraction, Fraction]]:
    if rule.missing == "gap":
        return []
    return [(each.weight, Fraction(100 if rule.missing == "good" else 0)) for each in missing]


def _together(method: str, counted: Sequence[tuple[Fraction, Fraction]]) -> Fraction:
    if method == "worst_of":
        return min(value for _weight, value in counted)
    if method == "series":
        return 100 * prod((value / 100 for _weight, value in counted), start=Fraction(1))
    return sum((weight * value for weight, value in counted), Fraction()) / sum(
        (weight for weight, _value in counted), Fraction()
    )
