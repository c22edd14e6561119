"""Uptime: the share of the time that counts in which the service was up.

Rules, stated once:

* What counts is the period within service hours, less the excluded time that is to be dropped.
* Down intervals of all sources are united, never summed: whoever says down is believed. Where the terms name
  sources, they say how these go together: `any` down is down, only `all` down is down, or `weighted`: the times
  of each source by its weight.
* A run of downtime shorter than the shortest that counts is up; of whole minutes the last broken one is up.
* Silence inside an observed span is up, outside it a gap. A reported outage is known, observed or not.
* An outage without an end lasts as long as somebody watched.
* An exclusion `drop`s its time from both sides, counts it `as_good`, or only suppresses alerts
  (`suppress_only`) and changes no figure. Where drop and as_good overlap, drop holds.
* Missing time is left out (`gap`), up (`good`), down (`bad`), or as it was last known (`carry`: carrying.py). While
  the period runs it takes no room: late data may still fill it.

Percent = 100 * up / (up + down). Times are exact to the microsecond.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from fractions import Fraction
from functools import cached_property
from typing import Any

from agreements.businesstime import Calendar
from agreements.timeline import Span, common, union, without
from kpis.formulas.carrying import carried
from kpis.formulas.judging import NO_DATA, NOTHING_DUE, Frame, Measured, Room, Rule, exact, text
from kpis.formulas.spans import SECOND, at_micro, iso, joined, length, micro, shared, united

EFFECTS = ("drop", "as_good", "suppress_only")
COMBINED = ("any", "all", "weighted")


@dataclass(frozen=True)
class Outage:
    """Down in [start, end); `end` None: still down."""

    start: datetime
    end: datetime | None
    source: str = ""


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
    minimum_run: int = 0  # seconds; a shorter run of downtime counts as up
    whole_minutes: bool = False
    combine: str = "any"
    sources: Mapping[str, Fraction] = field(default_factory=dict)  # the weight of each; none named: all that report
    watched_by: Mapping[str, Sequence[tuple[datetime, datetime]]] = field(default_factory=dict)
    carry: int = 0  # seconds for which the last known state holds on


@dataclass(frozen=True)
class _Time:
    """The period so far cut into sets of spans, in microseconds."""

    hours: list[Span]  # service hours
    dropped: list[Span]
    good: list[Span]  # counted as good by an exclusion
    outages: list[Span]  # united, within and outside the hours
    observed: list[Span]
    whole: int  # what counts of the whole period, the future included
    shortest: int = 0  # of a run that counts
    step: int = 1  # of the length that counts of a run

    @cached_property
    def reported(self) -> list[Span]:
        """Down within the hours, before exclusions."""
        return common(self.hours, self.outages)

    @cached_property
    def counted(self) -> list[Span]:
        return without(self.hours, self.dropped)

    @cached_property
    def down(self) -> list[Span]:
        runs = without(without(self.reported, self.dropped), self.good)
        lasting = [(start, end) for start, end in runs if end - start >= self.shortest]
        return [(start, end - (end - start) % self.step) for start, end in lasting]

    @cached_property
    def known(self) -> list[Span]:
        return common(self.counted, union([*self.observed, *self.reported, *self.good]))


def uptime(rule: Rule, frame: Frame, facts: UptimeFacts) -> Measured:
    """Judge the availability of [lo, hi) as known at `known_at`. Raises `ValueError` for malformed facts."""
    if rule.op != ">=" or exact(rule.target) > 100:
        raise ValueError("uptime is promised as at least some percent")
    if facts.combine not in COMBINED:
        raise ValueError(f"sources go together by {', '.join(COMBINED)}, not {facts.combine!r}")
    if facts.combine != "any" and not facts.sources:
        raise ValueError(f"{facts.combine} needs the names of the sources")
    if facts.combine == "weighted":
        return _weighted(rule, frame, facts)
    return _known(rule, frame, facts)


def _known(rule: Rule, frame: Frame, facts: UptimeFacts) -> Measured:
    """By the rule for missing data."""

    def measure(rule: Rule, facts: UptimeFacts) -> Measured:
        return _measured(rule, frame, facts, _cut(frame, facts))

    return carried(measure, rule, facts, running=frame.running) if rule.missing == "carry" else measure(rule, facts)


def _measured(rule: Rule, frame: Frame, facts: UptimeFacts, time: _Time) -> Measured:
    counted, known, down = length(time.counted), length(time.known), length(time.down)
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


def _weighted(rule: Rule, frame: Frame, facts: UptimeFacts) -> Measured:
    """The times of each source by its weight; the outages shown are those of any."""
    shown = _known(rule, frame, facts)
    parts = [(weight, _alone(rule, frame, facts, source)) for source, weight in sorted(facts.sources.items())]
    weight = sum((each for each, _part in parts), Fraction())

    def mean(name: str) -> Fraction | None:
        found = [(each, getattr(part, name)) for each, part in parts if getattr(part, name) is not None]
        known = sum((each for each, _value in found), Fraction())
        return sum((each * value for each, value in found), Fraction()) / known if known else None

    down = sum((each * Fraction(part.figures["down"]) for each, part in parts), Fraction()) / weight
    best, span = mean("best"), Fraction(shown.figures["whole" if frame.running else "expected"])
    allowed = (1 - exact(rule.target) / 100) * span
    named = zip(sorted(facts.sources), parts, strict=True)
    rows = [{"source": source, "value": text(part.value)} for source, (_weight, part) in named]
    return replace(
        shown,
        value=mean("value"),
        gross=mean("gross"),
        best=best,
        coverage=sum((each * (part.coverage or 0) for each, part in parts), Fraction()) / weight,
        certain_loss=best is not None and not rule.reached_by(best),
        room=Room("seconds", allowed, down, allowed - down),
        figures={**shown.figures, "weighted_down": text(down), "sources": rows},
    )


def _alone(rule: Rule, frame: Frame, facts: UptimeFacts, source: str) -> Measured:
    own = replace(
        facts,
        outages=[each for each in facts.outages if each.source == source],
        observed=facts.watched_by.get(source, ()),
        combine="any",
        sources={},
    )
    return _known(rule, frame, own)


def _cut(frame: Frame, facts: UptimeFacts) -> _Time:
    lo, hi = micro(frame.lo), micro(frame.hi)
    period = [(lo, hi)] if facts.calendar is None else _hours(facts.calendar, frame)
    past = [(lo, max(lo, micro(frame.until)))]
    hours = common(period, past)
    dropped, good = _effect(facts, "drop"), _effect(facts, "as_good")
    observed = united("an observed span", facts.observed)
    return _Time(
        hours=hours,
        dropped=common(hours, dropped),
        good=without(common(hours, good), dropped),
        outages=common(past, _down(facts, observed[-1][1] if observed else lo)),
        observed=common(hours, observed),
        whole=length(without(period, dropped)),
        shortest=facts.minimum_run * SECOND,
        step=60 * SECOND if facts.whole_minutes else 1,
    )


def _down(facts: UptimeFacts, watched: int) -> list[Span]:
    """When the service was down: any of the sources, or all that the terms name."""

    def of(outages: Sequence[Outage]) -> list[Span]:
        ends = [each.end or max(each.start, at_micro(watched)) for each in outages]
        return joined("an outage", [each.start for each in outages], ends)

    if not facts.sources:
        return of(facts.outages)
    each_source = [of([each for each in facts.outages if each.source == source]) for source in facts.sources]
    if facts.combine != "all":
        return union(span for spans in each_source for span in spans)
    together = each_source[0]
    for spans in each_source[1:]:
        together = common(together, spans)
    return together


def _hours(calendar: Calendar, frame: Frame) -> list[Span]:
    # The calendar knows whole seconds; a period may begin or end within one.
    pairs = calendar.periods(frame.lo, frame.hi + timedelta(seconds=1))
    spans = [(micro(start), micro(end)) for start, end in pairs]
    return common(spans, [(micro(frame.lo), micro(frame.hi))])


def _effect(facts: UptimeFacts, effect: str) -> list[Span]:
    for each in facts.exclusions:
        if each.effect not in EFFECTS:
            raise ValueError(f"an exclusion is {', '.join(EFFECTS)}, not {each.effect!r}")
    return united(
        "an exclusion", ((each.start, each.end) for each in facts.exclusions if each.effect == effect)
    )


def _with_gaps(missing: str, up: int, counted: int, gap: int) -> tuple[int, int]:
    """Good and total time under the rule for missing data."""
    return {"gap": (up, counted - gap), "good": (up + gap, counted), "bad": (up, counted)}[missing]


def _gross(missing: str, time: _Time) -> Fraction | None:
    """The percentage as if nothing were excluded."""
    counted, down = length(time.hours), length(time.reported)
    known = length(union([*time.observed, *time.reported]))
    good, total = _with_gaps(missing, known - down, counted, counted - known)
    return _percent(good, total)


def _room(rule: Rule, total: int, used: int) -> Room:
    allowed = (1 - exact(rule.target) / 100) * total
    return Room("seconds", _seconds(allowed), _seconds(used), _seconds(allowed - used))


def _figures(time: _Time, facts: UptimeFacts) -> dict[str, Any]:
    """Seconds as exact text. `expected` is what counts so far, `whole` what counts by the period's end."""
    counted, known, down = length(time.counted), length(time.known), length(time.down)
    seconds = {
        "up": known - down,
        "down": down,
        "gap": counted - known,
        "expected": counted,
        "whole": time.whole,
        "excluded": length(time.dropped) + length(time.good),
        "dropped": length(time.dropped),
        "as_good": length(time.good),
        "suppressed": length(common(time.hours, _effect(facts, "suppress_only"))),
        "down_reported": length(time.reported),
        "down_excluded": length(time.reported) - down,
    }
    return {name: text(_seconds(each)) for name, each in seconds.items()} | {
        "outages": _outage_rows(time),
        "gaps": [{"start": iso(start), "end": iso(end)} for start, end in without(time.counted, time.known)],
    }


def _outage_rows(time: _Time) -> list[dict[str, str]]:
    """When each was, how long it lasted within the period, and how much of that counts."""
    counted = shared(time.outages, time.down)
    return [
        {"start": iso(start), "end": iso(end), "lasted": _said(end - start), "counted": _said(counts)}
        for (start, end), counts in zip(time.outages, counted, strict=True)
    ]


def _percent(good: int, total: int) -> Fraction | None:
    return Fraction(100 * good, total) if total else None


def _said(number: int) -> str:
    """Microseconds as exact text of seconds; whole ones without a fraction, because there are many."""
    return str(Fraction(number, SECOND)) if number % SECOND else str(number // SECOND)


def _seconds(micro: int | Fraction) -> Fraction:
    return Fraction(micro) / SECOND
