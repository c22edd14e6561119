"""Times behind times: each step of the chain takes its promised time on its own hours, one after the other.

The promise holds when, whenever a case is opened in the next twelve months, the chain ends by its deadline. Both ends
move with the opening by whole seconds, or stand still while hours are closed; so the difference is worst where the
opening, the deadline or a step's end meets an edge of some hours. Only these instants and the seconds beside them are
tried, which is exact. Of steps in another order another one can be worst, so every order is tried (three steps at
most; more cannot be judged). Of alternatives the one that is done first counts.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import permutations
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from agreements.businesstime import Calendar
from agreements.feasibility.line import HOLDS, SHORT, Line, Support, links, unknown
from agreements.feasibility.spans import AHEAD, hours_of, moment
from agreements.lengths import short
from agreements.terms import Priority, Terms
from agreements.timeline import to_seconds

MOST_STEPS = 3
TAIL = timedelta(days=62)


class Step(NamedTuple):
    """So much open time on some hours."""

    seconds: int
    hours: Calendar


Group = tuple[Step, ...]


def lines(terms: Terms, supports: Sequence[Support], today: date) -> Iterator[Line]:
    """A line for the resolution and, where one is promised, the response of each priority."""
    services = {kpi.service for kpi in terms.kpis} | {service.key for service in terms.services}
    behind = [
        each for each in supports
        if each.terms and each.terms.priorities and not each.ended and not each.kpi
        and (not each.service or each.service in services)
    ]  # fmt: skip
    if not behind:
        return
    for index, row in enumerate(terms.priorities):
        place, about = f"priorities.{index}", f"P{row.priority} {row.name}".strip()
        if row.response_seconds is not None:
            yield _line(terms, row, behind, today, _("%s, response") % about, f"{place}.response_seconds", _response)
        yield _line(terms, row, behind, today, _("%s, resolution") % about, f"{place}.resolution_seconds", _resolution)


def _response(row: Priority) -> int | None:
    return row.response_seconds


def _resolution(row: Priority) -> int | None:
    return row.resolution_seconds


def _line(
    terms: Terms, row: Priority, behind: Sequence[Support], today: date, about: str, place: str,
    wanted: Callable[[Priority], int | None],
) -> Line:  # fmt: skip
    reasons: list[str] = []
    chain = [
        tuple(step for each in group if (step := _step(each, row.priority, wanted, reasons)))
        for group in links(behind)
    ]
    if len(chain) > MOST_STEPS:
        reasons.append(_("more than %d steps follow each other") % MOST_STEPS)
    promise = _promise(terms, row, wanted, reasons)
    if reasons or promise is None:
        return unknown(about, place, reasons)
    start = datetime.combine(today, time(), ZoneInfo(terms.agreement.timezone))
    late, at = worst(promise, tuple(chain), start)
    words = " + ".join(_(" or ").join(short(step.seconds) for step in group) for group in chain)
    words = f"{words} ≤ {short(promise.seconds)}" if late <= 0 else f"{words} > {short(promise.seconds)}"
    if late <= 0:
        return Line(HOLDS, about, _("%s, whenever a case is opened.") % words, place)
    said = {"sum": words, "time": short(late), "when": moment(at, terms.agreement.timezone)}
    return Line(SHORT, about, _("%(sum)s: opened on %(when)s, it comes %(time)s too late.") % said, place)


def _promise(
    terms: Terms, row: Priority, wanted: Callable[[Priority], int | None], reasons: list[str]
) -> Step | None:
    try:
        return Step(wanted(row) or 0, hours_of(terms, row.calendar))
    except ValueError:
        reasons.append(_("the hours of the promise can't be read"))
        return None


def _step(
    support: Support, priority: int, wanted: Callable[[Priority], int | None], reasons: list[str]
) -> Step | None:
    """The step of one supporter; None, with the reason added, where it promises no such time."""
    rows = support.terms.priorities if support.terms else []
    found = next((each for each in rows if each.priority == priority), None)
    seconds = wanted(found) if found else None
    words = {"reference": support.reference, "priority": priority}
    if found is None or seconds is None or support.terms is None:
        reasons.append(_("%(reference)s promises no such time for priority %(priority)s") % words)
        return None
    try:
        return Step(seconds, hours_of(support.terms, found.calendar))
    except ValueError:
        reasons.append(_("the hours of %(reference)s can't be read") % words)
        return None


@lru_cache(maxsize=256)
def worst(promise: Step, chain: tuple[Group, ...], start: datetime) -> tuple[int, datetime]:
    """By how many seconds the chain is late at most (0 or less: never), and for which opening."""
    hours = {promise.hours, *(step.hours for group in chain for step in group)}
    if len(hours) == 1:  # one clock: what is late is late by so much open time, whenever it begins
        needed = sum(min(step.seconds for step in group) for group in chain)
        if needed <= promise.seconds:
            return 0, start
    edges = _edges(hours, start)
    return max(
        (_late(promise, order, at), at)
        for order in set(permutations(chain))
        for at in _instants(promise, order, edges, start)
    )


def _late(promise: Step, order: Sequence[Group], at: datetime) -> int:
    return to_seconds(_end(order, at)) - to_seconds(promise.hours.add(at, promise.seconds))


def _end(order: Sequence[Group], at: datetime) -> datetime:
    for group in order:
        at = min(step.hours.add(at, step.seconds) for step in group)
    return at


def _edges(hours: set[Calendar], start: datetime) -> set[datetime]:
    """Where some hours open or close, until the cases of twelve months are done."""
    until = start + AHEAD + TAIL
    return {edge for each in hours for span in each.periods(start, until) for edge in span} | {start}


def _instants(promise: Step, order: Sequence[Group], edges: set[datetime], start: datetime) -> set[datetime]:
    """The openings at which something meets an edge, and the seconds beside them."""
    found = set(edges) | {promise.hours.subtract(edge, promise.seconds) for edge in edges}
    for length in range(1, len(order) + 1):
        begins = edges  # back from the end of a step to the opening, through every step before it
        for group in reversed(order[:length]):
            begins = {step.hours.subtract(edge, step.seconds) for step in group for edge in begins}
        found |= begins
    second = timedelta(seconds=1)
    moved = {at + step for at in found for step in (-second, timedelta(), second)}
    return {at for at in moved if start <= at <= start + AHEAD}
