"""What the examples of every kind share: the case that is supposed, and how its numbers are said."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from kpis import display

Spec = Mapping[str, Any]


class Case(NamedTuple):
    """What is supposed: in words, as the figures of the formula, and as the formula's facts."""

    given: str
    working: str
    facts: Any


def step(kpi: Mapping[str, Any]) -> Fraction:
    """The smallest step to the bad side that the figure shows."""
    places = max(kpi["decimals"], display.places_of(Decimal(kpi["target"])))
    return Fraction(1 if kpi["op"] == "<=" else -1, 10**places)


def amount(value: Fraction, kpi: Mapping[str, Any]) -> str:
    return display.show(value, op=kpi["op"], decimals=kpi["decimals"], unit=kpi["unit"], target=Decimal(kpi["target"]))


def digits(number: int | Fraction) -> str:
    return display.number(number, 0)
