"""The last known held on where nothing was measured: how far, what it counts as, and that it is never silent."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpis import formulas as f
from kpis.formulas.carrying import last_known
from tests.kpis.times import MAY, minutes

DAY = MAY + timedelta(days=1)
CARRY = f.Rule(">=", Decimal("99"), missing="carry", coverage=Decimal(0))


def uptime(*outages, observed, carry=60, known_at=DAY, rule=CARRY):
    """The first of May, of which some minutes were watched; the last known holds on for so many minutes."""
    watched = [minutes(*each) for each in observed]
    facts = f.UptimeFacts([f.Outage(*each) for each in outages], watched, carry=carry * 60)
    return f.evaluate("uptime", rule, f.Frame(MAY, DAY, known_at), facts)


def spent(outcome, *names):
    return [Fraction(outcome.measured.figures[name]) / 60 for name in names]


def test_up_holds_on_and_what_lies_behind_stays_missing():
    outcome = uptime(observed=[(0, 600), (720, 720)])

    assert spent(outcome, "up", "down", "carried", "gap") == [1380, 0, 60, 60]
    assert (outcome.value, outcome.measured.coverage) == (100, Fraction(1320, 1440))
    assert [each["start"] for each in outcome.measured.figures["gaps"]] == ["2026-05-01T10:00:00+00:00"]


@pytest.mark.parametrize("end, down", [(None, 100 + 60), (minutes(0, 600)[1], 100)])
def test_an_outage_that_is_still_open_holds_on_as_down_and_one_that_ended_as_up(end, down):
    outcome = uptime((minutes(500, 0)[0], end), observed=[(0, 600)])

    assert spent(outcome, "down", "carried", "carried_down", "gap") == [down, 60, down - 100, 1440 - 660]


def test_what_was_known_before_the_period_reaches_into_it():
    outcome = uptime(observed=[(-100, 70), (600, 840)])

    assert spent(outcome, "up", "carried", "gap") == [870, 30, 570]


def test_where_nothing_of_the_period_was_measured_there_is_no_figure():
    outcome = uptime(observed=[(-100, 100)], carry=9999)

    assert (outcome.verdict, outcome.reason, outcome.value) == (f.INSUFFICIENT, f.NO_DATA, None)


def test_what_is_held_on_does_not_lift_a_period_over_the_floor():
    rule = f.Rule(">=", Decimal("99"), missing="carry", coverage=Decimal("0.9"))

    outcome = uptime(observed=[(0, 1000)], carry=600, rule=rule)

    assert (outcome.value, spent(outcome, "gap")) == (100, [0])
    assert (outcome.verdict, outcome.reason) == (f.INSUFFICIENT, f.LOW_COVERAGE)


def test_a_miss_that_is_held_on_is_not_certain_while_late_data_may_come():
    open_outage, watched = (minutes(590, 0)[0], None), [(0, 600)]
    running = uptime(open_outage, observed=watched, known_at=minutes(0, 720)[1])
    over = uptime(open_outage, observed=watched)

    assert (running.verdict, running.certain_loss, running.room.used) == (f.AT_RISK, False, 600)
    assert (over.verdict, over.certain_loss, over.room.used) == (f.BREACHED, True, 70 * 60)


def test_each_source_by_its_weight_holds_on_for_itself():
    one, other = minutes(0, 720), minutes(0, 1440)
    facts = f.UptimeFacts(
        [f.Outage(minutes(700, 0)[0], None, "a")], [one, other], combine="weighted", carry=3600,
        sources={"a": Fraction(1), "b": Fraction(1)}, watched_by={"a": [one], "b": [other]},
    )  # fmt: skip

    outcome = f.evaluate("uptime", CARRY, f.Frame(MAY, DAY, DAY), facts)

    assert outcome.value == (Fraction(100 * 700, 780) + 100) / 2


def share(bad):
    return f.Share(Fraction(100 - bad), Fraction(100))


def slices(rows, carried, *, known_at=DAY, run=1):
    start = int(MAY.timestamp()) * 1_000_000
    at = [start + place * 60_000_000 for place in range(len(rows))]
    facts = f.SliceFacts(
        60, list(zip(at, rows, strict=True)), Fraction(5), 0, run,
        carried={at[place]: share_ for place, share_ in carried.items()},
    )
    return f.evaluate("slice_uptime", CARRY, f.Frame(MAY, DAY, known_at), facts)


def test_a_slice_without_a_row_is_as_the_last_one_and_goes_on_with_its_run():
    rows = [share(0), share(50), None, None, None, share(0)]

    outcome = slices(rows, {2: share(50), 3: share(50)}, run=3)

    assert outcome.value == Fraction(100 * 2, 5)
    assert spent(outcome, "down", "carried", "gap") == [3, 2, 1]
    assert outcome.measured.coverage == Fraction(3, 6)
    running = slices(rows, {2: share(50), 3: share(50)}, run=3, known_at=DAY - timedelta(hours=1))
    assert (running.certain_loss, running.measured.best) == (False, 100)


def test_an_average_of_slices_takes_the_share_of_the_last_one():
    facts = f.RatioFacts(share(0), 2, "mean_of_slices", [share(0), share(50)], 4, [share(50)])

    outcome = f.evaluate("ratio", CARRY, f.Frame(MAY, DAY, DAY), facts)

    assert (outcome.value, outcome.measured.coverage) == (Fraction(200, 3), Fraction(1, 2))
    assert (outcome.measured.figures["missing"], outcome.measured.figures["carried"]) == (2, 1)


@pytest.mark.parametrize(
    "aggregate, percentile, figure", [("avg", None, 5), ("sum", None, 20), ("max", None, 8), ("percentile", 50, 2)]
)
def test_a_missing_value_takes_the_one_before(aggregate, percentile, figure):
    rule = f.Rule("<=", Decimal(9), missing="carry", coverage=Decimal(0))
    p = percentile and Decimal(percentile)
    facts = f.ValueFacts([Decimal(2), Decimal(8)], aggregate, p, 5, [Decimal(2), Decimal(8)])

    outcome = f.evaluate("value", rule, f.Frame(MAY, DAY, DAY), facts)

    assert (outcome.value, outcome.measured.coverage) == (figure, Fraction(2, 5))
    assert (outcome.measured.figures["missing"], outcome.measured.figures["carried"]) == (3, 2)


def test_the_last_known_grows_old():
    assert last_known([5, 10, 12_000_000, 12_000_001], [7, 2_000_001], 10) == {10: 7, 12_000_000: 2_000_001}


SPAN = st.tuples(st.integers(-300, 1400), st.integers(1, 500))


@settings(max_examples=150, deadline=None)
@given(
    ended=st.lists(SPAN, max_size=3), open_at=st.none() | st.integers(-300, 1400),
    observed=st.lists(SPAN, max_size=4), bound=st.integers(1, 300),
)
def test_minute_by_minute(ended, open_at, observed, bound):
    """Against one that walks from minute to minute and remembers what it saw last."""
    outages = [minutes(*each) for each in ended]
    if open_at is not None:
        outages.append((minutes(open_at, 0)[0], None))
    outcome = uptime(*outages, observed=observed, carry=bound)

    watched = {minute for start, length in observed for minute in range(start, start + length)}
    down = {minute for start, length in ended for minute in range(start, start + length)}
    left_open = None if open_at is None else max([open_at, *(minute + 1 for minute in watched)])
    down |= set() if open_at is None else set(range(open_at, left_open))
    up, lost, carried, seen = 0, 0, 0, None
    for minute in range(-900, 1440):
        known = minute in watched | down
        seen = minute if known else seen
        still_down = left_open is not None and 0 <= minute - left_open < bound
        held = known or still_down or (seen is not None and minute - seen <= bound)
        if minute >= 0 and held:
            is_down = minute in down or still_down
            up, lost, carried = up + (not is_down), lost + is_down, carried + (not known)
    if not {minute for minute in watched | down if 0 <= minute < 1440}:
        assert outcome.reason == f.NO_DATA
        return
    assert spent(outcome, "up", "down", "carried") == [up, lost, carried]
    assert outcome.value == Fraction(100 * up, up + lost)
