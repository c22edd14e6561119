"""The samples of a day in order, packed, and the nearest rank of many days without unpacking them (no ORM).

A packed day is a byte that says how many decimals its numbers have, then each number without its point as a signed
integer of eight bytes, the smallest first. So a rank is found by bisecting the days, whatever their number: no
bucket has a width, and no value is made up or rounded.
"""

import sys
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction

MOST = 2**63 - 1


def pack(values: Iterable[Decimal]) -> bytes | None:
    """These finite numbers in order; None when one has too many digits beside the others."""
    numbers = sorted(values)
    decimals = max((_decimals(each) for each in numbers), default=0)
    scaled = [int(each.scaleb(decimals)) for each in numbers]
    if any(abs(each) > MOST for each in scaled):
        return None
    return bytes([decimals]) + _little(array("q", scaled)).tobytes()


class Ordered:
    """Packed days, and loose numbers beside them, read as one ordered row."""

    def __init__(self, days: Iterable[bytes], loose: Iterable[Decimal] = ()) -> None:
        pairs, others = [(data[0], data[1:]) for data in days if len(data) > 1], sorted(loose)
        self._decimals = max([decimals for decimals, _data in pairs] + [_decimals(each) for each in others], default=0)
        self._days = [self._read(decimals, data) for decimals, data in pairs]
        if others:
            self._days.append([int(each.scaleb(self._decimals)) for each in others])
        self.count = sum(map(len, self._days))

    def at(self, place: int) -> Fraction:
        """The number at a place, counted from 0 in the order of size. Raises IndexError beyond the ends."""
        if not 0 <= place < self.count:
            raise IndexError(place)
        low, high = min(day[0] for day in self._days), max(day[-1] for day in self._days)
        while low < high:
            middle = (low + high) // 2
            if sum(bisect_right(day, middle) for day in self._days) > place:
                high = middle
            else:
                low = middle + 1
        return Fraction(low, 10**self._decimals)

    def below(self, value: Fraction) -> int:
        """How many are smaller than a value."""
        scaled = value * 10**self._decimals
        return sum(bisect_left(day, scaled) for day in self._days)

    def _read(self, decimals: int, data: bytes) -> Sequence[int]:
        numbers = array("q")
        numbers.frombytes(data)
        factor = 10 ** (self._decimals - decimals)
        found = _little(numbers)
        return found if factor == 1 else [each * factor for each in found]


def _little(numbers: "array[int]") -> "array[int]":
    """The same bytes on every machine."""
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def _decimals(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
