"""Sets of spans in microseconds: exact, sorted, disjoint."""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import accumulate

from agreements.timeline import EPOCH, Span, union, without

SECOND = 1_000_000


def micro(at: datetime) -> int:
    """Microseconds since 1970. Raises `ValueError` for a naive instant."""
    try:
        since = at - EPOCH
    except TypeError:
        raise ValueError(f"expected an aware datetime, got {at!r}") from None
    return (since.days * 86_400 + since.seconds) * SECOND + since.microseconds


def at_micro(number: int) -> datetime:
    return EPOCH + timedelta(microseconds=number)


def united(what: str, pairs: Iterable[tuple[datetime, datetime]]) -> list[Span]:
    """The union. Raises `ValueError` naming `what` ends before it starts."""
    spans = [(micro(start), micro(end)) for start, end in pairs]
    for start, end in spans:
        if end < start:
            raise ValueError(f"{what} ends {at_micro(end)} before it starts {at_micro(start)}")
    return union(spans)


def common(spans: list[Span], others: list[Span]) -> list[Span]:
    """The intersection of two sorted, disjoint sets."""
    return without(spans, without(spans, others)) if spans and others else []


class Sums:
    """The length of a sorted, disjoint set within any span, by bisection: many spans are asked at little cost."""

    def __init__(self, spans: list[Span]) -> None:
        self._spans, self._starts = spans, [start for start, _end in spans]
        self._before = [0, *accumulate(end - start for start, end in spans)]

    def within(self, start: int, end: int) -> int:
        return self._until(end) - self._until(start) if start < end else 0

    def _until(self, at: int) -> int:
        place = bisect_right(self._starts, at) - 1
        if place < 0:
            return 0
        start, end = self._spans[place]
        return self._before[place] + min(at, end) - start


def length(spans: Iterable[Span]) -> int:
    return sum(end - start for start, end in spans)
