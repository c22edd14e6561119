"""Outages one by one: which are counted, how much of each, and in which period."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agreements.businesstime import Calendar
from kpis import formulas as f
from tests.kpis.times import MAY, minutes

DAY = MAY + timedelta(days=1)
FRAME = f.Frame(MAY, DAY, DAY)
WATCHED = [minutes(0, 1440)]
OFFICE = Calendar.from_dict({"timezone": "UTC", "schedule": {"fri": [["09:00", "17:00"]], "sat": [["09:00", "12:00"]]}})


def number(*outages, most=1, frame=FRAME, observed=WATCHED, missing="gap", coverage="0.9", **facts):
    rule = f.Rule("<=", Decimal(most), missing=missing, coverage=Decimal(coverage))
    told = f.OutageFacts([f.Outage(*each) for each in outages], observed, **facts)
    return f.evaluate("count", rule, frame, told)


def length(aggregate, *outages, target=10, observed=WATCHED, frame=FRAME, percentile=None, **facts):
    told = f.OutageFacts(
        [f.Outage(*each) for each in outages], observed, aggregate=aggregate, percentile=percentile, unit=60, **facts
    )
    return f.evaluate("value", f.Rule("<=", Decimal(target)), frame, told)


def figures(outcome):
    return [(each["lasted"], each["counted"]) for each in outcome.measured.figures["outages"]]


def test_what_overlaps_or_touches_is_one_outage_whoever_reports_it():
    outcome = number((*minutes(10, 20), "a"), (*minutes(25, 5), "b"), (*minutes(30, 5), "a"), (*minutes(36, 1), "a"))

    assert (outcome.value, outcome.verdict, outcome.certain_loss) == (2, f.BREACHED, True)
    assert figures(outcome) == [("1500", "1500"), ("60", "60")]


@pytest.mark.parametrize("seconds, counts", [(299, 0), (300, 1)])
def test_a_shorter_one_is_none(seconds, counts):
    start = minutes(10, 0)[0]

    assert number((start, start + timedelta(seconds=seconds)), minimum_run=300).value == counts


def test_only_its_time_within_service_hours_counts_and_a_night_does_not_part_it():
    early, late = minutes(0, 8 * 60), (minutes(16 * 60, 0)[0], DAY + timedelta(hours=10))

    outcome = number(early, late, calendar=OFFICE)

    assert (outcome.value, figures(outcome)) == (1, [(str(18 * 3600), str(2 * 3600))])


@pytest.mark.parametrize("effect, counts", [("drop", 0), ("as_good", 0), ("suppress_only", 1)])
def test_what_is_excluded_does_not_count(effect, counts):
    outcome = number(minutes(60, 30), exclusions=[f.Excluded(*minutes(50, 60), effect)])

    assert (outcome.value, outcome.measured.gross) == (counts, 1)
    part = number(minutes(60, 30), exclusions=[f.Excluded(*minutes(50, 20), effect)])
    assert figures(part) == [("1800", "1800" if effect == "suppress_only" else "1200")]


def test_each_counts_in_the_period_in_which_it_begins_whole():
    over_the_edge = minutes(1435, 10)

    today = number(over_the_edge, minimum_run=600)
    tomorrow = number(over_the_edge, frame=f.Frame(DAY, DAY + timedelta(days=1), DAY + timedelta(days=1)),
                      observed=[(DAY, DAY + timedelta(days=1))])  # fmt: skip

    assert (today.value, figures(today), tomorrow.value) == (1, [("600", "600")], 0)


def test_one_that_is_still_open_lasts_as_long_as_somebody_watched():
    outcome = number((minutes(600, 0)[0], None), observed=[minutes(0, 700)], coverage="0")

    assert figures(outcome) == [("6000", "6000")]


@pytest.mark.parametrize("observed, verdict, reason", [
    ([], f.INSUFFICIENT, f.NO_DATA), ([minutes(0, 1000)], f.INSUFFICIENT, f.LOW_COVERAGE), (WATCHED, f.MET, ""),
])  # fmt: skip
def test_none_is_none_only_where_somebody_watched(observed, verdict, reason):
    outcome = number(observed=observed)

    assert (outcome.verdict, outcome.reason) == (verdict, reason)
    assert outcome.value == (0 if observed else None)
    assert number(minutes(1, 1), minutes(3, 1), observed=[]).verdict == f.BREACHED  # whoever withholds data


@pytest.mark.parametrize(
    "aggregate, percentile, figure", [("max", None, 30), ("avg", None, 15), ("sum", None, 45), ("percentile", 50, 10)]
)
def test_how_long_they_were_in_the_unit_of_the_terms(aggregate, percentile, figure):
    outages = [minutes(0, 10), minutes(100, 30), minutes(200, 5)]

    outcome = length(aggregate, *outages, percentile=percentile and Decimal(percentile))

    assert outcome.value == figure
    assert outcome.certain_loss is (aggregate in ("max", "sum"))


@pytest.mark.parametrize("aggregate, value, reason", [("max", 0, ""), ("sum", 0, ""), ("avg", None, f.NOTHING_DUE)])
def test_the_longest_of_none_is_nothing_and_their_mean_is_no_figure(aggregate, value, reason):
    outcome = length(aggregate)

    assert (outcome.value, outcome.reason) == (value, reason)
    assert length(aggregate, observed=[]).reason == f.NO_DATA


def test_at_least_so_many_outages_is_no_promise():
    with pytest.raises(ValueError, match="at most so many"):
        f.evaluate("count", f.Rule(">=", Decimal(1)), FRAME, f.OutageFacts())
    with pytest.raises(ValueError, match="an exclusion is"):
        number(exclusions=[f.Excluded(*minutes(0, 1), "magic")])


SPAN = st.tuples(st.integers(-60, 1500), st.integers(1, 200))


@settings(max_examples=150, deadline=None)
@given(
    spans=st.lists(SPAN, max_size=6), left_out=st.lists(SPAN, max_size=2), shortest=st.integers(0, 60),
    edge=st.integers(1, 1439),
)
def test_minute_by_minute_and_each_in_one_of_two_periods(spans, left_out, shortest, edge):
    down = {minute for start, size in spans for minute in range(start, start + size)}
    excluded = {minute for start, size in left_out for minute in range(start, start + size)}
    runs = []
    for minute in sorted(down):
        if minute - 1 in down:
            runs[-1].append(minute)
        else:
            runs.append([minute])
    lasting = {run[0]: len(set(run) - excluded) for run in runs if len(set(run) - excluded) >= max(1, shortest)}
    facts = {"exclusions": [f.Excluded(*minutes(*each)) for each in left_out], "minimum_run": shortest * 60}
    middle, everything = minutes(edge, 0)[0], [minutes(-60, 1800)]

    halves = [
        number(*[minutes(*each) for each in spans], frame=f.Frame(lo, hi, hi), observed=everything, **facts)
        for lo, hi in ((MAY, middle), (middle, DAY))
    ]

    # Where everything is left out there is no figure.
    assert [each.value or 0 for each in halves] == [
        sum(0 <= start < edge for start in lasting), sum(edge <= start < 1440 for start in lasting)
    ]  # fmt: skip
    counted = [Fraction(each["counted"]) / 60 for half in halves for each in half.measured.figures["outages"]]
    assert counted == [lasting[start] for start in sorted(lasting) if 0 <= start < 1440]
