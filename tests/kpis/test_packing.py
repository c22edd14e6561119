"""Ranks of packed days against sorting everything."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.packing import Ordered, pack

NUMBERS = st.decimals(-99_999, 99_999, places=3) | st.decimals(0, 9, places=10) | st.integers(-5, 5).map(Decimal)
DAYS = st.lists(st.lists(NUMBERS, max_size=12), max_size=6)


@given(DAYS, st.lists(NUMBERS, max_size=5))
def test_a_rank_of_packed_days_is_that_of_all_values(days, loose):
    ordered = sorted(Fraction(each) for each in [*loose, *(each for day in days for each in day)])

    found = Ordered([pack(day) for day in days], loose)

    assert found.count == len(ordered)
    assert [found.at(place) for place in range(len(ordered))] == ordered
    assert all(found.below(each) == sum(other < each for other in ordered) for each in ordered)


def test_a_value_with_too_many_digits_beside_the_others_is_not_packed():
    assert pack([Decimal("999999999999999"), Decimal("0.0000000001")]) is None
    assert pack([]) == b"\x00"


def test_beyond_the_ends_there_is_nothing():
    with pytest.raises(IndexError):
        Ordered([pack([Decimal(1)])]).at(1)
