"""Figures as they are printed: never kinder than they are."""

from decimal import Decimal
from fractions import Fraction

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from kpis import display
from kpis.formulas import Room, reaches


def plain(said):
    """The words with ordinary spaces, as a test reads them."""
    return said.replace("\N{NO-BREAK SPACE}", " ")


def show(value, **kwargs):
    return plain(display.show(value, **kwargs))


@pytest.mark.parametrize(
    ("value", "op", "decimals", "target", "said"),
    [
        # 44.7 of 44,640 minutes: rounding would print the target.
        (Fraction(100 * (446_400 - 447), 446_400), ">=", 2, "99.90", "99.89 %"),
        (Fraction("99.90"), ">=", 2, "99.90", "99.90 %"),
        (Fraction("99.8998"), ">=", 1, "99.90", "99.89 %"),
        (Fraction("99.949"), ">=", 1, "99.95", "99.94 %"),
        (Fraction("99.951"), ">=", 1, "99.95", "99.95 %"),
        (Fraction("99.9999"), ">=", 2, "99.90", "99.99 %"),
        (Fraction(100), ">=", 2, "99.90", "100 %"),
        (Fraction(2, 3) * 100, ">=", 1, "95", "66.6 %"),
        (Fraction("5.01"), "<=", 1, "5.0", "5.1 %"),
        (Fraction("5"), "<=", 1, "5.0", "5.0 %"),
        (Fraction("99.95"), None, 1, None, "100.0 %"),
        (None, ">=", 2, "99.90", "–"),
    ],
)
def test_a_percentage_is_cut_toward_the_bad_side(value, op, decimals, target, said):
    target = Decimal(target) if target else None

    assert show(value, op=op, decimals=decimals, unit="%", target=target) == said


@pytest.mark.parametrize(
    ("value", "said"), [("742", "742 ms"), ("800.0001", "801 ms"), ("1234.5", "1,235 ms"), ("-0.4", "0 ms")]
)
def test_a_value_at_most_is_rounded_up(value, said):
    assert show(Fraction(value), op="<=", decimals=0, unit="ms", target=Decimal(800)) == said


@pytest.mark.parametrize(
    ("op", "target", "unit", "said"),
    [(">=", "99.90", "%", "≥ 99.90 %"), ("<=", "800", "ms", "≤ 800 ms"), (">=", "4.2", "", "≥ 4.2")],
)
def test_a_target_keeps_its_digits(op, target, unit, said):
    assert plain(display.show_target(op, Decimal(target), unit)) == said


def test_numbers_follow_the_reader_s_language():
    with translation.override("de"):
        assert show(Fraction("99.8998"), op=">=", decimals=2, unit="%") == "99,89 %"
        assert display.number(43_200) == "43.200"


@pytest.mark.parametrize(
    ("seconds", "toward", "said"),
    [
        (0, "down", "0 s"),
        (59, "down", "59 s"),
        (60, "down", "1 min"),
        (Fraction("1314.9"), "down", "21 min 54 s"),
        (Fraction("1314.9"), "nearest", "21 min 55 s"),  # 0.05 % of a mean month
        (Fraction("1314.1"), "up", "21 min 55 s"),
        (3600, "down", "1 h"),
        (6 * 3600 + 10 * 60 + 44, "down", "6 h 10 min 44 s"),
        (1200 * 3600 + 5, "down", "1,200 h 5 s"),
        (-516, "down", "−8 min 36 s"),
        (Fraction("-0.5"), "down", "−1 s"),
        (Fraction("-0.5"), "up", "0 s"),
    ],
)
def test_durations_in_plain_words(seconds, toward, said):
    assert plain(display.duration(seconds, toward=toward)) == said


def test_counts_with_their_denominator():
    assert display.counted(13, 15) == "13 of 15"
    assert display.counted(1200, 134_100) == "1,200 of 134,100"
    assert [display.cases(n) for n in (0, 1, 2)] == ["0 cases", "1 case", "2 cases"]
    assert (display.answers(1), display.answers(9)) == ("1 answer", "9 answers")
    assert (display.values(1), display.values(1500)) == ("1 value", "1,500 values")


def room(unit, allowed, used, left=None):
    allowed, used = Fraction(allowed), Fraction(used)
    return Room(unit, allowed, used, allowed - used if left is None else Fraction(left))


@pytest.mark.parametrize(
    ("given_", "left", "used"),
    [
        (room("seconds", "2678.4", "1363.3"), "21 min 55 s left", "22 min 44 s of 44 min 38 s"),
        (room("seconds", "2580", "3096.2"), "8 min 37 s too much", "51 min 37 s of 43 min"),
        (room("cases", 2, 0), "2 more may be late", "0 of 2"),
        (room("cases", 1, 0), "1 more may be late", "0 of 1"),
        (room("cases", 0, 0), "no late one allowed", "0 of 0"),
        (room("cases", 1, 1), "no further late one allowed", "1 of 1"),
        (room("cases", 1, 3), "2 too many", "3 of 1"),
        (room("value", 800, "742.5"), "57 ms to spare", ""),
        (room("value", 800, "842.5"), "43 ms too far", ""),
        (None, "–", ""),
    ],
)
def test_the_room_that_is_left(given_, left, used):
    assert plain(display.room_left(given_, unit="ms")) == left
    assert plain(display.room_used(given_)) == used


@settings(max_examples=200, deadline=None)
@given(
    st.fractions(0, 200, max_denominator=10**9),
    st.decimals(0, 200, places=3).map(lambda d: d.normalize()),
    st.sampled_from([">=", "<="]),
    st.integers(0, 4),
)
def test_what_is_printed_tells_a_miss_from_a_hit(value, target, op, decimals):
    """Read back, the printed figure reaches the printed target exactly when the true one does."""
    figure = display.show(value, op=op, decimals=decimals, target=target).replace(",", "")
    promise = display.show_target(op, target, decimals=decimals).split("\N{NO-BREAK SPACE}")[1]

    assert reaches(Fraction(figure), op, Fraction(promise.replace(",", ""))) is reaches(value, op, target)
