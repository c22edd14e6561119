"""Uptime: the share of the time that counts in which the service was up.

Rules, stated once:

* What counts is the period within service hours, less the excluded time that is to be dropped.
* Down intervals of all sources are united, never summed: whoever says down is believed.
* Silence inside an observed span is up, outside it a gap. A reported outage is known, observed or not.
* An outage without an end lasts as long as somebody watched.
* An exclusion `drop`s its time from both sides, counts it `as_good`, or only suppresses alerts
  (`suppress_only`) and changes no figure. Where drop and as_good overlap, drop holds.
* Missing time is left out (`gap`), up (`good`) or down (`bad`). While the period runs it takes no room:
  late data may still fill it.

Percent = 100 * up / (up + down). Times are exact to the microsecond.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from functools import cached_property
from typing import Any

from agreements.businesstime import Calendar
from agreements.timeline import EPOCH, Span, union, without
from kpis.formulas.judging import NO_DATA, NOTHING_DUE, Frame, Measured, Room, Rule, exact, instant, text

EFFECTS = ("drop", "as_good", "suppress_only")
SECOND = 1_000_000


@dataclass(frozen=True)
class Outage:
    """Down in [start, end); `end` None: still down."""

    start: datetime
    end: datetime | None


@dataclass(frozen=True)
class Excluded:
    """Time that an approved exclusion takes out, with the effect its terms declare."""

    start: datetime
    end: datetime
    effect: str = "drop"


@dataclass(frozen=True)
class UptimeFacts:
    """What is known of the service. `calendar` None: it is promised around the clock."""

    outages: Sequence[Outage] = ()
    observed: Sequence[tuple[datetime, datetime]] = ()
    calendar: Calendar | None = None
    exclusions: Sequence[Excluded] = ()


@dataclass(frozen=True)
class _Time:
    """The period so far cut into sets of spans, in microseconds."""

    hours: list[Span]  # service hours
    dropped: list[Span]
    good: list[Span]  # counted as good by an exclusion
    outages: list[Span]  # united, within and outside the hours
    observed: list[Span]
    whole: int  # what counts of the whole period, the future included

    @cached_property
    def reported(self) -> list[Span]:
        """Down within the hours, before exclusions."""
        return _common(self.hours, self.outages)

    @cached_property
    def counted(self) -> list[Span]:
        return without(self.hours, self.dropped)

    @cached_property
    def down(self) -> list[Span]:
        return without(without(self.reported, self.dropped), self.good)

    @cached_property
    def known(self) -> list[Span]:
        return _common(self.counted, union([*self.observed, *self.reported, *self.good]))


def uptime(rule: Rule, frame: Frame, facts: UptimeFacts) -> Measured:
    """Judge the availability of [lo, hi) as known at `known_at`. Raises `ValueError` for malformed facts."""
    if rule.op != ">=" or exact(rule.target) > 100:
        raise ValueError("uptime is promised as at least some percent")
    time = _cut(frame, facts)
    counted, known, down = _length(time.counted), _length(time.known), _length(time.down)
    good, total = _with_gaps(rule.missing, known - down, counted, counted - known)
    best = _percent(time.whole - down, time.whole)
    return Measured(
        value=_percent(good, total) if known else None,
        reason="" if known else NO_DATA if counted else NOTHING_DUE,
        gross=_gross(rule.missing, time) if known else None,
        best=best,
        coverage=Fraction(known, counted) if counted else None,
        certain_loss=best is not None and not rule.reached_by(best),
        room=_room(rule, time.whole, down) if frame.running else _room(rule, total, total - good),
        figures=_figures(time, facts),
    )


def _cut(frame: Frame, facts: UptimeFacts) -> _Time:
    lo, hi = _micro(frame.lo), _micro(frame.hi)
    period = [(lo, hi)] if facts.calendar is None else _hours(facts.calendar, frame)
    past = [(lo, max(lo, _micro(frame.until)))]
    hours = _common(period, past)
    dropped, good = _effect(facts, "drop"), _effect(facts, "as_good")
    observed = _united("an observed span", facts.observed)
    watched = observed[-1][1] if observed else lo
    outages = ((o.start, o.end or max(o.start, _at(watched))) for o in facts.outages)
    return _Time(
        hours=hours,
        dropped=_common(hours, dropped),
        good=without(_common(hours, good), dropped),
        outages=_common(past, _united("an outage", outages)),
        observed=_common(hours, observed),
        whole=_length(without(period, dropped)),
    )


def _united(what: str, pairs: Iterable[tuple[datetime, datetime]]) -> list[Span]:
    spans = [(_micro(start), _micro(end)) for start, end in pairs]
    for start, end in spans:
        if end < start:
            raise ValueError(f"{what} ends {_at(end)} before it starts {_at(start)}")
    return union(spans)


def _hours(calendar: Calendar, frame: Frame) -> list[Span]:
    # The calendar knows whole seconds; a period may begin or end within one.
    pairs = calendar.periods(frame.lo, frame.hi + timedelta(seconds=1))
    spans = [(_micro(start), _micro(end)) for start, end in pairs]
    return _common(spans, [(_micro(frame.lo), _micro(frame.hi))])


def _effect(facts: UptimeFacts, effect: str) -> list[Span]:
    for each in facts.exclusions:
        if each.effect not in EFFECTS:
            raise ValueError(f"an exclusion is {', '.join(EFFECTS)}, not {each.effect!r}")
    return _united(
        "an exclusion", ((each.start, each.end) for each in facts.exclusions if each.effect == effect)
    )


def _with_gaps(missing: str, up: int, counted: int, gap: int) -> tuple[int, int]:
    """Good and total time under the rule for missing data."""
    return {"gap": (up, counted - gap), "good": (up + gap, counted), "bad": (up, counted)}[missing]


def _gross(missing: str, time: _Time) -> Fraction | None:
    """The percentage as if nothing were excluded."""
    counted, down = _length(time.hours), _length(time.reported)
    known = _length(union([*time.observed, *time.reported]))
    good, total = _with_gaps(missing, known - down, counted, counted - known)
    return _percent(good, total)


def _room(rule: Rule, total: int, used: int) -> Room:
    allowed = (1 - exact(rule.target) / 100) * total
    return Room("seconds", _seconds(allowed), _seconds(used), _seconds(allowed - used))


def _figures(time: _Time, facts: UptimeFacts) -> dict[str, Any]:
    """Seconds as exact text. `expected` is what counts so far, `whole` what counts by the period's end."""
    counted, known, down = _length(time.counted), _length(time.known), _length(time.down)
    seconds = {
        "up": known - down,
        "down": down,
        "gap": counted - known,
        "expected": counted,
        "whole": time.whole,
        "excluded": _length(time.dropped) + _length(time.good),
        "dropped": _length(time.dropped),
        "as_good": _length(time.good),
        "suppressed": _length(_common(time.hours, _effect(facts, "suppress_only"))),
        "down_reported": _length(time.reported),
        "down_excluded": _length(time.reported) - down,
    }
    return {name: text(_seconds(each)) for name, each in seconds.items()} | {
        "outages": [_outage_row(time, span) for span in time.outages],
        "gaps": [_span_text(span) for span in without(time.counted, time.known)],
    }


def _outage_row(time: _Time, span: Span) -> dict[str, str | None]:
    """When it was, how long it lasted within the period, and how much of that counts."""
    counted = _length(_common(time.down, [span]))
    return {
        **_span_text(span),
        "lasted": text(_seconds(_length([span]))),
        "counted": text(_seconds(counted)),
    }


def _span_text(span: Span) -> dict[str, str]:
    return {"start": instant(_at(span[0])), "end": instant(_at(span[1]))}


def _common(spans: list[Span], others: list[Span]) -> list[Span]:
    """The intersection of two sorted, disjoint sets."""
    return without(spans, without(spans, others)) if spans and others else []


def _length(spans: Iterable[Span]) -> int:
    return sum(end - start for start, end in spans)


def _percent(good: int, total: int) -> Fraction | None:
    return Fraction(100 * good, total) if total else None


def _seconds(micro: int | Fraction) -> Fraction:
    return Fraction(micro) / SECOND


def _micro(at: datetime) -> int:
    if at.utcoffset() is None:
        raise ValueError(f"expected an aware datetime, got {at!r}")
    return (at - EPOCH) // timedelta(microseconds=1)


def _at(micro: int) -> datetime:
    return EPOCH + timedelta(microseconds=micro)
