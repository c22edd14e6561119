"""Days in figures: derived from the facts, dropped and rebuilt at any time. A day is a UTC day."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from kpis import facts
from kpis.models import Case, Indicator

DAY = timedelta(days=1)
Span = tuple[datetime, datetime]


def build(indicator: Indicator, wanted: Iterable[date]) -> Iterator[tuple[date, dict[str, Any]]]:
    """The figures of these days, from the facts as they are now. Days in a row are read at once."""
    for first, last in _runs(sorted(set(wanted))):
        lo, hi = midnight(first), midnight(last) + DAY
        days = [lo + DAY * count for count in range((hi - lo).days)]
        make = {"outages": _down, "cases": _handled}.get(indicator.kind, _measured)
        figures = make(indicator.pk, days)
        yield from ((day.date(), figures[day]) for day in days)


def midnight(day: date) -> datetime:
    """The first instant of a UTC day."""
    return datetime.combine(day, time(), UTC)


def merged(spans: Iterable[Span]) -> list[Span]:
    """The union of half-open spans, in order, touching ones joined."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def _runs(days: list[date]) -> Iterator[tuple[date, date]]:
    first = previous = None
    for day in days:
        if first is None or previous is None:
            first = day
        elif day - previous > DAY:
            yield first, previous
            first = day
        previous = day
    if first is not None and previous is not None:
        yield first, previous


def _down(indicator_id: int, days: list[datetime]) -> dict[datetime, dict[str, Any]]:
    lo, hi = days[0], days[-1] + DAY
    observed = merged((span.at, span.until) for span in facts.observed(indicator_id, lo, hi))
    # Still down: down for as long as somebody watched.
    watched = observed[-1][1] if observed else lo
    down = merged(
        (outage.at, outage.until or max(watched, outage.at)) for outage in facts.outages(indicator_id, lo, hi)
    )
    return {
        day: {"down": _seconds(down, day), "observed": _seconds(observed, day)} for day in days
    }


def _seconds(spans: list[Span], day: datetime) -> int:
    parts = ((max(start, day), min(end, day + DAY)) for start, end in spans)
    return sum(int((end - start).total_seconds()) for start, end in parts if start < end)


def _handled(indicator_id: int, days: list[datetime]) -> dict[datetime, dict[str, Any]]:
    lo, hi = days[0], days[-1] + DAY
    opened: Counter[tuple[datetime, int]] = Counter()
    closed: Counter[tuple[datetime, int]] = Counter()
    for at, priority in facts.cases_opened(indicator_id, lo, hi).values_list("at", "priority"):
        opened[midnight(at.date()), priority] += 1
    shut = Case.objects.current(indicator_id).filter(closed_at__gte=lo, closed_at__lt=hi)
    for at, priority in shut.values_list("closed_at", "priority"):
        closed[midnight(at.date()), priority] += 1
    return {day: {"opened": _by_priority(opened, day), "closed": _by_priority(closed, day)} for day in days}


def _by_priority(counts: Counter[tuple[datetime, int]], day: datetime) -> dict[str, int]:
    return {str(priority): count for (at, priority), count in sorted(counts.items()) if at == day}


def _measured(indicator_id: int, days: list[datetime]) -> dict[datetime, dict[str, Any]]:
    values: dict[datetime, list[Any]] = {day: [] for day in days}
    for at, value in facts.samples(indicator_id, days[0], days[-1] + DAY).values_list("at", "value"):
        values[midnight(at.date())].append(value)
    return {
        day: {"count": len(found), "sum": _exact(sum(found))}
        | ({"min": _exact(min(found)), "max": _exact(max(found))} if found else {})
        for day, found in values.items()
    }


def _exact(value: Any) -> str:
    """A decimal as text without trailing zeros: "4.5", "0"."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
