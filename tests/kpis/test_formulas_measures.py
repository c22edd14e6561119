"""Figures from samples and answers: exact aggregates, missing rows, coverage."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpis import formulas as f
from tests.kpis.times import JUNE, MAY, mid_may

CLOSED = f.Frame(MAY, JUNE, JUNE)


def value(samples, aggregate="percentile", *, p="95", target="800", op="<=", frame=CLOSED, **kwargs):
    expected = kwargs.pop("expected", None)
    percentile = Decimal(p) if aggregate == "percentile" else None
    facts = f.ValueFacts(samples, aggregate, percentile, expected)
    return f.evaluate("value", f.Rule(op, Decimal(target), **kwargs), frame, facts)


@pytest.mark.parametrize(
    ("p", "count", "place"),
    [
        ("95", 1, 1),
        ("95", 19, 19),
        ("95", 20, 19),
        ("95", 21, 20),
        ("95", 459, 437),
        ("50", 4, 2),
        ("99.9", 1000, 999),
        ("99.9", 1001, 1000),
        ("100", 7, 7),
        ("0.1", 7, 1),
    ],
)
def test_a_percentile_is_the_value_at_its_nearest_rank(p, count, place):
    """0.95 * 20 is 19.000000000000004 in some float products: the place is worked out in integers."""
    assert f.nearest_rank([Fraction(n) for n in range(1, count + 1)], Decimal(p)) == place


@pytest.mark.parametrize("p", ["0", "-1", "100.1"])
def test_a_percentile_outside_its_range_is_refused(p):
    with pytest.raises(ValueError, match="above 0 and up to 100"):
        value([1], p=p)


@pytest.mark.parametrize(
    ("aggregate", "expected"),
    [("avg", Fraction(7, 3)), ("min", 1), ("max", 4), ("sum", 7), ("percentile", 4)],
)
def test_aggregates_are_exact(aggregate, expected):
    assert value([4, Decimal("2.0"), 1], aggregate).value == expected


def test_a_mean_of_tenths_does_not_drift():
    outcome = value([Decimal("0.1")] * 3, "avg", target="0.1")

    assert (outcome.value, outcome.verdict) == (Fraction(1, 10), "met")
    assert sum([0.1] * 3) / 3 > 0.1  # what floats would have made of it


def test_missing_rows_are_counted_and_shown():
    outcome = value([*range(1, 20), None], target="19")

    assert outcome.measured.figures == {
        "aggregate": "percentile", "percentile": "95", "present": 19, "missing": 1, "expected": 20,
        "smallest": "1", "largest": "19",
    }  # fmt: skip
    assert (outcome.value, outcome.measured.coverage, outcome.verdict) == (19, Fraction(19, 20), "met")


@pytest.mark.parametrize(
    ("present", "expected", "verdict", "reason"),
    [(9, 10, "met", ""), (8, 9, "insufficient_data", "coverage"), (0, 3, "insufficient_data", "no_data")],
)
def test_below_the_floor_there_is_not_enough_data(present, expected, verdict, reason):
    as_rows = value([1] * present + [None] * (expected - present))
    as_count = value([1] * present, expected=expected)

    assert (as_rows.verdict, as_rows.reason) == (verdict, reason)
    assert as_rows.to_dict() == as_count.to_dict()


@pytest.mark.parametrize(
    ("op", "missing", "value_", "verdict"),
    [
        ("<=", "bad", None, "breached"),  # 95 % of 20 is the 19th: one of the two that are missing
        ("<=", "good", 17, "met"),
        ("<=", "gap", 18, "met"),
        (">=", "bad", 17, "met"),
        (">=", "good", None, "met"),
        (">=", "gap", 18, "met"),
    ],
)
def test_missing_samples_rank_where_they_hurt_or_help(op, missing, value_, verdict):
    samples = [*range(1, 19), None, None]

    outcome = value(samples, target="17" if op == ">=" else "18", op=op, missing=missing)

    assert (outcome.value, outcome.verdict) == (value_, verdict)


@pytest.mark.parametrize("aggregate", ["avg", "sum"])
def test_a_missing_sample_has_no_rank_in_a_mean(aggregate):
    with pytest.raises(f.NotSupported, match=f"as bad in {aggregate}"):
        value([1], aggregate, missing="bad")


@pytest.mark.parametrize(
    "facts",
    [f.ValueFacts([1], "median"), f.ValueFacts([1], "percentile"), f.ValueFacts([1], "avg", Decimal(95))],
)
def test_an_aggregate_is_known_and_complete(facts):
    with pytest.raises(ValueError, match=r"aggregated by|needs its p"):
        f.evaluate("value", f.Rule("<=", Decimal(1)), CLOSED, facts)


@pytest.mark.parametrize("wrong", [1.5, Decimal("NaN"), Decimal("Infinity"), "7", True])
def test_a_number_that_is_not_exact_is_refused(wrong):
    with pytest.raises(ValueError, match=r"exact number|finite"):
        value([wrong])
    with pytest.raises(ValueError, match=r"exact number|finite"):
        f.evaluate("score", f.Rule(">=", Decimal(4)), CLOSED, f.ScoreFacts([wrong]))


def test_a_value_is_never_certainly_lost_and_its_room_is_the_distance():
    frame = f.Frame(MAY, JUNE, mid_may)

    above, below = value([858], frame=frame), value([742], frame=frame)

    assert (above.verdict, above.certain_loss, above.room.left) == ("at_risk", False, -58)
    assert (below.verdict, below.certain_loss, below.room.left) == ("met", False, 58)


# --- laws -------------------------------------------------------------------------------------------------

LAW = settings(max_examples=150, deadline=None)
numbers = st.lists(st.decimals(-1000, 1000, places=3) | st.none(), max_size=30)


@LAW
@given(numbers, st.randoms(use_true_random=False), st.sampled_from(["avg", "min", "sum", "percentile"]))
def test_the_order_of_the_samples_does_not_matter(samples, random, aggregate):
    shuffled = list(samples)
    random.shuffle(shuffled)

    assert value(samples, aggregate).to_dict() == value(shuffled, aggregate).to_dict()


@LAW
@given(
    st.lists(st.decimals(0, 100, places=2), min_size=1, max_size=40),
    st.decimals("0.01", 100, places=2),
)
def test_the_percentile_is_the_smallest_value_that_enough_values_reach(samples, p):
    found = value(samples, p=str(p)).value
    ordered = sorted(map(Fraction, samples))

    def share(limit):
        return Fraction(100 * sum(1 for each in ordered if each <= limit), len(ordered))

    assert share(found) >= Fraction(p)
    assert all(share(each) < Fraction(p) for each in ordered if each < found)


@LAW
@given(numbers, st.sampled_from(["<=", ">="]), st.decimals(-100, 100, places=1))
def test_bad_is_never_better_than_gap_and_gap_never_better_than_good(samples, op, target):
    promises = [
        value(samples, op=op, target=str(target), missing=missing, coverage=Decimal(0)).verdict
        for missing in ("bad", "gap", "good")
    ]

    met = [verdict == "met" for verdict in promises]
    assert met == sorted(met)
