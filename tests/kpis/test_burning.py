"""Burn rates against the workbook's table, and forecasts."""

from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.burning import Forecast, burn, factors, forecast
from tests.kpis.times import JUNE, MAY, at

DAY = timedelta(days=1)
GOAL = Fraction("99.9")


def test_the_factors_of_thirty_days():
    assert factors(GOAL, 30 * DAY) == [Fraction("14.4"), 6, 3, 1]


def test_they_are_scaled_by_the_period_and_never_above_what_can_happen():
    assert factors(GOAL, 90 * DAY) == [Fraction("43.2"), 18, 9, 3]
    assert factors(Fraction(90), 90 * DAY) == [10, 10, 9, 3]
    with pytest.raises(ValueError):
        factors(Fraction(100), 30 * DAY)


def firing(down, now, since=MAY):
    return [each.firing for each in burn(GOAL, 30 * DAY, down, [(since, JUNE)], now)]


def test_an_alert_needs_both_windows():
    now = at("2026-05-20T12:00")
    minutes = timedelta(minutes=1)

    # 14.4 x 0.1 % of an hour are 51.84 s.
    assert firing([(now - timedelta(seconds=52), now)], now)[0]
    assert not firing([(now - timedelta(seconds=51), now)], now)[0]
    assert not firing([(now - 30 * minutes, now - 20 * minutes)], now)[0]  # it is over


def test_without_a_full_window_of_history_nothing_fires():
    now = at("2026-05-20T12:00")

    assert firing([(now - DAY, now)], now, since=now - DAY) == [True, True, True, False]
    assert burn(GOAL, 30 * DAY, [], [], now)[0].long is None


def test_where_a_month_is_heading():
    """Ten of 31 days are over, 20 minutes were down; 44.64 minutes are allowed."""
    day = Fraction(86_400)

    found = forecast(GOAL, (MAY, JUNE), Fraction(1200), 10 * day, 31 * day)

    assert found.best == 100 - Fraction(120_000, 31 * 86_400)
    assert found.expected == 100 - Fraction(120_000, 864_000)
    assert found.room == Fraction("2678.4") - 1200
    assert found.probable_loss
    assert found.exhausted_at == MAY + timedelta(days=10) + timedelta(seconds=int(Fraction("1478.4") * 720))


def test_nothing_down_is_expected_to_stay_so():
    assert forecast(GOAL, (MAY, JUNE), Fraction(), Fraction(10), Fraction(100)) == Forecast(
        Fraction(100), Fraction(100), Fraction("0.1"), None, False
    )


AMOUNTS = st.lists(st.integers(0, 10**6), min_size=3, max_size=3).map(sorted)


@given(AMOUNTS, st.integers(0, 999).map(lambda each: Fraction(each, 10)))
def test_expected_is_never_above_best(amounts, target):
    bad, counted, whole = map(Fraction, amounts)
    if not whole:
        return

    found = forecast(target, (MAY, JUNE), bad, counted, whole)

    assert found.expected <= found.best
    assert found.exhausted_at is None or MAY <= found.exhausted_at <= JUNE
    assert (found.room >= 0) == (found.best >= target)
