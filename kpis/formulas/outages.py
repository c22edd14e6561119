"""Outages one by one: how many there were (`count`), how long they took (`value`).

Rules, stated once:

* Down intervals of all sources, or of those that the terms name, are united: what overlaps or touches is one outage.
* An outage belongs whole to the period in which it begins: what lies behind the period's end counts as well, as far as
  it was delivered. One that is still open lasts as long as somebody watched.
* What counts of it is its time within service hours, less excluded time (`drop` and `as_good`); it is one when that is
  not nothing and not shorter than the shortest that counts.
* Coverage is that of uptime: watched, down or excused time / time that counts. No outage is none only where something
  was watched.
* The longest and the sum of none are 0; of none there is no mean, no percentile and no shortest.
* One too many is certain at that moment, and so is one too long: an outage does not become shorter.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from agreements.businesstime import Calendar
from agreements.timeline import Span, common, union, without
from kpis.formulas.counting import counted
from kpis.formulas.judging import NO_DATA, NOTHING_DUE, Frame, Measured, Rule, text
from kpis.formulas.measures import Measures, ValueFacts, aggregated, distance
from kpis.formulas.spans import SECOND, at_micro, iso, length, micro, shared, united
from kpis.formulas.uptime import EFFECTS, Excluded, Outage


@dataclass(frozen=True)
class OutageFacts:
    """What is known of the service. `unit` are the seconds of the KPI's unit, where lengths are measured."""

    outages: Sequence[Outage] = ()
    observed: Sequence[tuple[datetime, datetime]] = ()
    calendar: Calendar | None = None
    exclusions: Sequence[Excluded] = ()
    minimum_run: int = 0  # seconds
    aggregate: str = ""
    percentile: Decimal | None = None
    unit: int = 1


class _Found(NamedTuple):
    """The outages of the period with what counts of each, in microseconds, and what would without exclusions."""

    outages: list[tuple[Span, int]]
    gross: list[int]
    expected: int  # what counts of the period so far
    known: int


def count(rule: Rule, frame: Frame, facts: OutageFacts) -> Measured:
    """How many outages there were. Raises `ValueError` for malformed facts, or a promise of at least some number."""
    found = _find(frame, facts)
    measured = counted(rule, len(found.outages), known=bool(found.known) or rule.missing == "good")
    shown = _shown(measured, found, gross=Fraction(len(found.gross)))
    return shown if found.expected else replace(shown, reason=NOTHING_DUE)


def lengths(rule: Rule, frame: Frame, facts: OutageFacts) -> Measured:
    """How long the outages were, put together as the terms say: the longest, their mean, their sum, a percentile."""
    found = _find(frame, facts)
    value = _aggregate(rule, facts, [each for _span, each in found.outages])
    nothing = NOTHING_DUE if not found.expected or (value is None and found.known) else ""
    measured = Measured(
        value=value if found.known else None,
        reason=nothing if found.known or nothing else NO_DATA,
        certain_loss=facts.aggregate in ("max", "sum") and rule.op == "<=" and not rule.reached_by(value or Fraction()),
        room=distance(rule, value),
        figures={
            "aggregate": facts.aggregate, "percentile": None if facts.percentile is None else str(facts.percentile),
            "present": len(found.outages), "missing": 0,
        },
    )  # fmt: skip
    return _shown(measured, found, gross=_aggregate(rule, facts, found.gross) if found.known else None)


def _shown(measured: Measured, found: _Found, gross: Fraction | None) -> Measured:
    rows = [
        {
            "start": iso(start), "end": iso(end),
            "lasted": text(Fraction(end - start, SECOND)), "counted": text(Fraction(counts, SECOND)),
        }
        for (start, end), counts in found.outages
    ]  # fmt: skip
    spans = {"expected": text(Fraction(found.expected, SECOND)), "known": text(Fraction(found.known, SECOND))}
    return replace(
        measured,
        gross=gross,
        coverage=Fraction(found.known, found.expected) if found.expected else None,
        figures={**measured.figures, **spans, "outages": rows},
    )


def _aggregate(rule: Rule, facts: OutageFacts, micros: Sequence[int]) -> Fraction | None:
    if not micros:
        return Fraction() if facts.aggregate in ("max", "sum") else None
    values = Measures([Fraction(each, SECOND * facts.unit) for each in micros])
    return aggregated(rule, ValueFacts(values, facts.aggregate, facts.percentile), values, 0)


def _find(frame: Frame, facts: OutageFacts) -> _Found:
    lo, hi, until = micro(frame.lo), micro(frame.hi), micro(max(frame.lo, frame.until))
    observed = united("an observed span", facts.observed)
    watched = at_micro(observed[-1][1]) if observed else frame.lo
    down = united("an outage", [(each.start, each.end or max(each.start, watched)) for each in facts.outages])
    hours = _hours(facts, frame, max([hi, *(end for _start, end in down)]))
    dropped, good = _effect(facts, "drop"), _effect(facts, "as_good")
    own = [span for span in down if lo <= span[0] < hi]
    counting = without(without(hours, dropped), good)
    shortest = max(1, facts.minimum_run * SECOND)
    expected = common(without(hours, dropped), [(lo, until)])
    return _Found(
        [(span, each) for span, each in _each(own, counting) if each >= shortest],
        [each for _span, each in _each(own, hours) if each >= shortest],
        length(expected),
        length(common(expected, union([*observed, *down, *good]))),
    )


def _each(spans: list[Span], counting: list[Span]) -> list[tuple[Span, int]]:
    """How much of each span counts."""
    return list(zip(spans, shared(spans, common(spans, counting)), strict=True))


def _hours(facts: OutageFacts, frame: Frame, until: int) -> list[Span]:
    lo = micro(frame.lo)
    if facts.calendar is None:
        return [(lo, until)]
    # The calendar knows whole seconds; a period may begin or end within one.
    pairs = facts.calendar.periods(frame.lo, at_micro(until) + timedelta(seconds=1))
    return common([(micro(start), micro(end)) for start, end in pairs], [(lo, until)])


def _effect(facts: OutageFacts, effect: str) -> list[Span]:
    if wrong := [each.effect for each in facts.exclusions if each.effect not in EFFECTS]:
        raise ValueError(f"an exclusion is {', '.join(EFFECTS)}, not {wrong[0]!r}")
    return united("an exclusion", [(each.start, each.end) for each in facts.exclusions if each.effect == effect])
