"""Ratios and slices: public definitions of downtime, edges of their limits, laws."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis import formulas as f
from tests.kpis.times import JUNE, MAY, mid_may

CLOSED, RUNNING = f.Frame(MAY, JUNE, JUNE), f.Frame(MAY, JUNE, mid_may)
MINUTES = 43_200


def rule(target="99.9", **kwargs):
    return f.Rule(">=", Decimal(target), **kwargs)


def share(good, total=100):
    return f.Share(Fraction(good), Fraction(total))


def slices(rows, seconds=60):
    return [(place * seconds * 1_000_000, row) for place, row in enumerate(rows)]


def facts(rows, **kwargs):
    return f.SliceFacts(60, slices(rows), **{"error_percent": Fraction(5)} | kwargs)


def up(rows, missing="gap", **kwargs):
    return f.evaluate("slice_uptime", rule(missing=missing), CLOSED, facts(rows, **kwargs))


def test_a_slice_is_down_above_the_limit_and_not_at_it():
    found = up([share(95), share(Fraction(94_999, 1000)), share(100), share(0)])

    assert found.value == 50
    assert found.measured.figures["down"] == "120"


def test_atlassian_sixty_bad_minutes_of_a_month_of_thirty_days():
    found = up([share(90)] * 60 + [share(100)] * (MINUTES - 60))

    assert found.value == Fraction(100 * (MINUTES - 60), MINUTES)
    assert found.verdict == "breached"
    assert found.room.left == Fraction(2592, 1) - 3600


MEDIA_CDN = {"minimum_run": 5, "minimum_requests": 60}


@pytest.mark.parametrize("rows, down", [
    ([share(0)] * 4 + [share(100)], 0),  # four minutes are no downtime
    ([share(0)] * 5 + [share(100)], 5),
    ([share(0)] * 2 + [share(100)] + [share(0)] * 3, 0),  # broken by a good one
    ([share(0, 59)] * 9, 0),  # too few requests
    ([share(0, 60)] * 9, 9),
    ([share(0)] * 3 + [None] + [share(0)] * 3, 0),  # a minute without a row ends a run
])  # fmt: skip
def test_media_cdn_five_minutes_in_a_row_with_sixty_requests(rows, down):
    assert up(rows, **MEDIA_CDN).measured.figures["down"] == str(down * 60)


@pytest.mark.parametrize("missing, value, verdict", [
    ("gap", 100, "insufficient_data"), ("good", 100, "insufficient_data"), ("bad", 50, "breached"),
])  # fmt: skip
def test_missing_slices(missing, value, verdict):
    found = up([share(100), None], missing)

    assert (found.value, found.verdict, found.measured.coverage) == (value, verdict, Fraction(1, 2))


def test_nothing_measured_is_never_a_hundred():
    for missing in ("gap", "good", "bad"):
        assert up([None, None], missing).verdict == "insufficient_data"
    assert up([]).reason == "nothing_due"


def test_a_running_period_is_lost_when_even_a_perfect_rest_cannot_save_it():
    rows = [share(0)] * 44
    lost = f.evaluate("slice_uptime", rule(), RUNNING, facts(rows, ahead=MINUTES - 44))
    saved = f.evaluate("slice_uptime", rule(), RUNNING, facts(rows[:43], ahead=MINUTES - 43))

    assert (lost.verdict, lost.certain_loss) == ("breached", True)
    assert (saved.verdict, saved.certain_loss) == ("at_risk", False)


def ratio(*rows, target="99.9", missing="gap", frame=CLOSED, op=">=", **kwargs):
    whole = f.Share(sum((each.good for each in rows), Fraction()), sum((each.total for each in rows), Fraction()))
    return f.evaluate(
        "ratio", f.Rule(op, Decimal(target), missing=missing), frame, f.RatioFacts(whole, len(rows), **kwargs)
    )


def test_the_ratio_of_sums_weighs_by_traffic_and_the_mean_does_not():
    rows = [share(0, 10), share(990, 990)]

    assert ratio(*rows).value == 99
    assert ratio(*rows, method="mean_of_slices", slices=rows).value == 50


def test_s3_averages_the_error_rates_of_five_minutes():
    """8,640 slices of a month of 30 days; 8 of them failed wholly: 99.9074 %, 9 miss 99.9."""
    for failed, verdict in ((8, "met"), (9, "breached")):
        rows = [share(0)] * failed + [share(100)] * (8640 - failed)
        found = ratio(*rows, method="mean_of_slices", slices=rows)
        assert found.value == 100 - Fraction(100 * failed, 8640)
        assert found.verdict == verdict


def test_a_slice_without_traffic_had_no_error():
    rows = [share(0, 0), share(50)]

    assert ratio(*rows, method="mean_of_slices", slices=rows).value == 75
    assert ratio(*rows).value == 50


def test_ratio_allows_whole_failures():
    found = ratio(share(9990, 10_000))

    assert (found.verdict, found.room.unit) == ("met", "events")
    assert (found.room.allowed, found.room.used, found.room.left) == (10, 10, 0)


def test_no_traffic_is_nothing_due_and_no_row_is_no_data():
    assert ratio(share(0, 0)).reason == "nothing_due"
    assert ratio().reason == "no_data"


def test_a_share_of_errors_may_be_promised_as_at_most():
    assert ratio(share(1), target="1", op="<=").verdict == "met"
    assert ratio(share(2), target="1", op="<=").verdict == "breached"


@pytest.mark.parametrize("kwargs", [{"method": "median"}, {"missing": "bad"}])
def test_what_makes_no_sense_is_refused(kwargs):
    with pytest.raises(ValueError):
        ratio(share(1), **kwargs)
    with pytest.raises(ValueError, match="101 good of 100"):
        ratio(share(101))


PAIRS = st.tuples(st.integers(0, 50), st.integers(0, 50))
COUNTS = st.lists(PAIRS.map(lambda row: share(row[0], sum(row))), min_size=1)


@given(COUNTS, st.integers(1, 4))
def test_shorter_runs_that_count_never_help_and_order_of_good_ones_is_all_the_same(rows, run):
    strict, lenient = up(rows, minimum_run=run).value, up(rows, minimum_run=run + 1).value

    assert strict <= lenient
    assert up([*rows, share(1, 1)], minimum_run=run).value >= strict


@given(COUNTS)
def test_sum_and_mean_agree_where_all_slices_have_the_same_traffic(rows):
    same = [share(each.good, 100) for each in rows]

    found = ratio(*same, method="mean_of_slices", slices=same)

    assert found.value == ratio(*same).value
