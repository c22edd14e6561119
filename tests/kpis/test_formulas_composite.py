"""Counts and composites."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis import formulas as f
from tests.kpis.times import JUNE, MAY, mid_may

CLOSED, RUNNING = f.Frame(MAY, JUNE, JUNE), f.Frame(MAY, JUNE, mid_may)


def count(number, *, target="2", delivered=True, frame=CLOSED, missing="gap"):
    facts = f.CountFacts([f"INC-{each}" for each in range(number)], delivered)
    return f.evaluate("count", f.Rule("<=", Decimal(target), missing=missing), frame, facts)


@pytest.mark.parametrize("number, delivered, missing, verdict", [
    (0, True, "gap", "met"), (2, True, "gap", "met"), (3, True, "gap", "breached"),
    (0, False, "gap", "insufficient_data"), (0, False, "good", "met"),
    (2, False, "gap", "insufficient_data"),
    (3, False, "gap", "breached"),  # more data can't help
])  # fmt: skip
def test_at_most_two_cases(number, delivered, missing, verdict):
    assert count(number, delivered=delivered, missing=missing).verdict == verdict


def test_one_too_many_is_certain_while_the_period_runs():
    assert count(3, frame=RUNNING).certain_loss is True
    assert count(2, frame=RUNNING).verdict == "met"
    assert count(2).room == f.Room("events", Fraction(2), Fraction(2), Fraction(0))


def test_a_count_is_promised_as_at_most_and_each_event_counts_once():
    with pytest.raises(ValueError, match="at most"):
        f.evaluate("count", f.Rule(">=", Decimal(2)), CLOSED, f.CountFacts([], True))
    with pytest.raises(ValueError, match="twice"):
        f.evaluate("count", f.Rule("<=", Decimal(2)), CLOSED, f.CountFacts(["a", "a"], True))


def part(key, value, weight=1):
    return f.Component(key, Fraction(weight), None if value is None else Fraction(value), "met", 1, "ab")


def index(*parts, method="weighted_mean", missing="gap", target="99", coverage="0.5"):
    rule = f.Rule(">=", Decimal(target), missing=missing, coverage=Decimal(coverage))
    return f.evaluate("composite", rule, CLOSED, f.CompositeFacts(parts, method))


@pytest.mark.parametrize("method, value", [
    ("weighted_mean", Fraction(3 * 99 + 97, 4)), ("worst_of", 97), ("series", Fraction(99 * 97, 100)),
])  # fmt: skip
def test_components_go_together(method, value):
    assert index(part("K1", 99, 3), part("K2", 97), method=method).value == value


@pytest.mark.parametrize("missing, method, value", [
    ("gap", "weighted_mean", 99), ("good", "weighted_mean", Fraction(3 * 99 + 100, 4)),
    ("bad", "weighted_mean", Fraction(3 * 99, 4)), ("bad", "worst_of", 0), ("gap", "series", 99),
])  # fmt: skip
def test_a_component_without_a_figure(missing, method, value):
    found = index(part("K1", 99, 3), part("K2", None), method=method, missing=missing)

    assert (found.value, found.measured.coverage) == (value, Fraction(3, 4))
    assert found.measured.figures["missing"] == ["K2"]


def test_below_the_floor_or_without_any_there_is_not_enough_data():
    assert index(part("K1", 99), part("K2", None, 3)).verdict == "insufficient_data"
    assert index(part("K1", None), missing="good").reason == "no_data"


@pytest.mark.parametrize("parts, method", [
    ([part("K1", 101)], "series"), ([part("K1", 99, 0)], "series"), ([part("K1", 99)], "median"),
    ([part("K1", 99), part("K1", 98)], "series"),
])  # fmt: skip
def test_what_makes_no_sense_is_refused(parts, method):
    with pytest.raises(ValueError):
        index(*parts, method=method)


VALUES = st.lists(st.tuples(st.fractions(0, 100, max_denominator=1000), st.integers(1, 9)), min_size=1, max_size=5)


@given(VALUES)
def test_series_is_never_above_the_worst_and_the_worst_never_above_the_mean(rows):
    parts = [part(f"K{place}", value, weight) for place, (value, weight) in enumerate(rows)]

    series, worst, mean = (index(*parts, method=each).value for each in ("series", "worst_of", "weighted_mean"))

    assert series <= worst <= mean
