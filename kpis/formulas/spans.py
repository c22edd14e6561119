"""Sets of spans in microseconds: exact, sorted, disjoint."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from agreements.timeline import EPOCH, Span, union, without

SECOND = 1_000_000


def micro(at: datetime) -> int:
    """Microseconds since 1970. Raises `ValueError` for a naive instant."""
    if at.utcoffset() is None:
        raise ValueError(f"expected an aware datetime, got {at!r}")
    return (at - EPOCH) // timedelta(microseconds=1)


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


def length(spans: Iterable[Span]) -> int:
    return sum(end - start for start, end in spans)
