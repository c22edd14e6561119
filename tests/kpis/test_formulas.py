"""Rules that every kind of figure shares: the promise, the comparison, the verdict, the canonical form."""

import json
from decimal import Decimal
from fractions import Fraction

import pytest

from kpis import formulas as f
from tests.kpis.times import JUNE, MAY, at, mid_may

CLOSED = f.Frame(MAY, JUNE, JUNE)
RUNNING = f.Frame(MAY, JUNE, mid_may)


def rule(op=">=", target="99.9", **kwargs):
    return f.Rule(op, Decimal(target), **kwargs)


def score(target, answers, *, frame=CLOSED, op=">=", minimum=1, **kwargs):
    return f.evaluate("score", rule(op, target, **kwargs), frame, f.ScoreFacts(answers, minimum))


@pytest.mark.parametrize(
    ("value", "op", "target", "reached"),
    [
        (Fraction(999, 10), ">=", "99.9", True),
        (Fraction(999, 10) - Fraction(1, 10**30), ">=", "99.9", False),
        (Fraction(800), "<=", "800", True),
        (Fraction(800) + Fraction(1, 10**30), "<=", "800", False),
    ],
)
def test_the_exact_value_is_compared_with_the_exact_target(value, op, target, reached):
    assert f.reaches(value, op, Decimal(target)) is reached


@pytest.mark.parametrize(
    ("frame", "answers", "verdict", "reason"),
    [
        (CLOSED, [5], "met", ""),
        (CLOSED, [4], "breached", ""),
        (RUNNING, [5], "met", ""),
        (RUNNING, [4], "at_risk", ""),
        (CLOSED, [], "insufficient_data", "no_data"),
        (RUNNING, [], "insufficient_data", "no_data"),
        (f.Frame(MAY, JUNE, at("2026-04-30T23:59:59")), [5], "not_due", ""),
        (f.Frame(MAY, JUNE, JUNE, waived=True), [4], "waived", ""),
    ],
)
def test_verdicts(frame, answers, verdict, reason):
    outcome = score("4.2", answers, frame=frame)

    assert (outcome.verdict, outcome.reason) == (verdict, reason)


@pytest.mark.parametrize(
    ("frame", "answers", "verdict"),
    [
        (RUNNING, [Decimal("4.4")], "at_risk"),
        (RUNNING, [Decimal("4.5")], "met"),
        (CLOSED, [Decimal("4.4")], "met"),
    ],
)
def test_the_warning_level_speaks_only_while_the_period_runs(frame, answers, verdict):
    assert score("4.2", answers, frame=frame, warn=Decimal("4.5")).verdict == verdict


def test_the_period_is_half_open_at_its_end():
    assert score("4.2", [4], frame=f.Frame(MAY, JUNE, JUNE)).running is False
    assert score("4.2", [4], frame=f.Frame(MAY, JUNE, at("2026-05-31T23:59:59"))).running is True


@pytest.mark.parametrize(
    ("kind", "missing"), [("count", "carry"), ("deadline", "good"), ("value", "good"), ("score", "bad")]
)
def test_a_rule_for_missing_data_that_makes_no_sense_is_refused(kind, missing):
    facts = {
        "count": f.CountFacts([], True), "deadline": f.DeadlineFacts([], {}),
        "value": f.ValueFacts([], "avg"), "score": f.ScoreFacts([]),
    }[kind]  # fmt: skip

    assert kind == "value" or missing not in f.missing_rules(kind)  # of values it depends on the figure
    with pytest.raises(f.NotSupported, match=missing):
        f.evaluate(kind, rule(missing=missing), CLOSED, facts)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"op": ">"}, "compared by"),
        ({"target": Decimal("NaN")}, "finite"),
        ({"target": 99.9}, "exact number"),
        ({"warn": 99.95}, "exact number"),
        ({"missing": "zero"}, "missing data are"),
        ({"coverage": Decimal("1.1")}, "between 0 and 1"),
    ],
)
def test_a_malformed_promise_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        f.Rule(**{"op": ">=", "target": Decimal(1)} | wrong)


def test_a_promise_is_read_from_the_terms():
    kpi = {"op": "<=", "target": "800", "warn": "700", "missing": "bad", "coverage": "0.95", "unit": "ms"}

    assert f.Rule.from_terms(kpi) == f.Rule("<=", Decimal(800), Decimal(700), "bad", Decimal("0.95"))
    assert f.Rule.from_terms(kpi | {"warn": None}).warn is None


def test_a_period_needs_time_zones_and_runs_forward():
    with pytest.raises(ValueError, match="aware"):
        f.Frame(MAY.replace(tzinfo=None), JUNE, JUNE)
    with pytest.raises(ValueError, match="before it starts"):
        f.Frame(JUNE, MAY, JUNE)


@pytest.mark.parametrize(("kind", "arithmetic"), [("magic", 1), ("score", 3), ("ratio", 1)])
def test_an_unknown_kind_or_arithmetic_is_refused(kind, arithmetic):
    with pytest.raises(ValueError, match="knows no kind"):
        f.evaluate(kind, rule(), CLOSED, f.ScoreFacts([]), arithmetic=arithmetic)


def test_the_outcome_as_data_is_exact_and_complete():
    outcome = score("4.20", [4, 5, 4], frame=CLOSED)

    assert outcome.to_dict() == {
        "arithmetic": 2,
        "kind": "score",
        "verdict": "met",
        "reason": "",
        "running": False,
        "op": ">=",
        "target": "4.20",
        "value": "13/3",
        "gross": None,
        "best": None,
        "coverage": None,
        "certain_loss": False,
        "room": {"unit": "value", "allowed": "21/5", "used": "13/3", "left": "2/15"},
        "figures": {"answers": 3, "minimum_answers": 1},
    }
    assert json.loads(json.dumps(outcome.to_dict())) == outcome.to_dict()


@pytest.mark.parametrize(
    ("answers", "minimum", "verdict", "reason"),
    [
        ([5, 5], 3, "insufficient_data", "too_few_answers"),
        ([5, 5, 5], 3, "met", ""),
        ([1], 2, "insufficient_data", "too_few_answers"),
        ([], 0, "insufficient_data", "no_data"),
    ],
)
def test_too_few_answers_are_not_enough_data(answers, minimum, verdict, reason):
    outcome = score("4.2", answers, minimum=minimum)

    assert (outcome.verdict, outcome.reason) == (verdict, reason)


def test_the_short_ways_ask_for_one_figure():
    facts = f.ScoreFacts([5])

    assert f.certain_loss("score", rule(target="4"), CLOSED, facts) is False
    assert f.room_left("score", rule(target="4"), CLOSED, facts).left == 1
