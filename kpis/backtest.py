"""A target against past data, before anybody signs it: what the last twelve periods would have been.

Each period is judged by the functions that close it, from all that is known today, and nothing is written. Every
case is judged by the terms that are tried, also one that another version judged when it was due. Periods before the
stream's first fact are left out; one without enough data is counted by itself, never as met or missed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from math import ceil, floor
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from agreements.terms import Kpi, Terms
from kpis import charts, display, exclusions, facts, formulas, periods
from kpis.gathering import Question
from kpis.models import Indicator
from kpis.parts import NO_FIGURE
from kpis.reading import promise_of
from kpis.spec import spec_of, stream_kind
from kpis.text import short_period_name
from kpis.windows import Cycle, Window

SHOWN = 12
SECOND = timedelta(seconds=1)


class Untried(ValueError):
    """The target can't be tried as it stands: something in it is not readable yet."""


class Tried(NamedTuple):
    """A period of the past and what it would have been."""

    window: Window
    outcome: formulas.Outcome


class Other(NamedTuple):
    """Another target on the same facts: in how many of the judged periods it would have been met."""

    said: str
    met: int
    judged: int


@dataclass(frozen=True)
class Backtest:
    """What a target would have been in the past, oldest period first; no periods: nothing was measured."""

    kpi: Mapping[str, Any]
    tried: Sequence[Tried] = ()
    others: Sequence[Other] = ()
    strictest: Other | None = None

    @cached_property
    def promise(self) -> charts.Promise:
        return promise_of(self.kpi)

    @property
    def missed(self) -> int:
        return _count(self.tried, formulas.BREACHED)

    @property
    def met(self) -> int:
        return _count(self.tried, formulas.MET)

    @property
    def judged(self) -> int:
        return self.met + self.missed

    @property
    def insufficient(self) -> int:
        return len(self.tried) - self.judged

    @property
    def sentence(self) -> str:
        return _sentence(self)

    @property
    def cells(self) -> list[charts.StripCell]:
        points = [
            charts.Point(short_period_name(each.window.label), each.outcome.value, each.outcome.verdict)
            for each in self.tried
        ]
        return charts.month_strip(points, self.promise)


def stream(kpi: Kpi, keeper_id: int, user: User, at: datetime) -> Indicator | None:
    """The stream that a KPI names, of who keeps the agreement, as far as this person may see its figures."""
    if not kpi.indicator.isprintable():  # a database may refuse to look for it
        return None
    return Indicator.objects.visible_to(user, at).filter(organisation=keeper_id, key=kpi.indicator).first()


def part_streams(terms: Terms, kpi: Kpi, keeper_id: int, user: User, at: datetime) -> dict[str, Indicator | None]:
    """The stream of each KPI that an index is made of, by its key; nothing for a KPI of another kind."""
    if kpi.kind != "composite" or not isinstance(kpi.params.get("components"), list):
        return {}
    keys = [row.get("kpi") for row in kpi.params["components"] if isinstance(row, dict)]
    return {each.key: stream(each, keeper_id, user, at) for each in terms.kpis if each.key in keys}


def run(
    terms: Terms, kpi: Kpi, indicator: Indicator | None, *, now: datetime, also: Iterable[str] = (),
    parts: Mapping[str, Indicator | None] | None = None,
) -> Backtest:  # fmt: skip
    """Try a KPI of these terms on the last twelve periods that are over at `now`.

    `also` are other targets, as written in terms, to be tried on the same facts. `indicator` is the stream of the
    provider that the KPI names; None: there is none. `parts` are the streams of the KPIs that an index is made of.
    Raises Untried when the KPI can't be computed.
    """
    try:
        spec = spec_of(terms, kpi, version="", terms_sha256="")
        if kpi.kind == "composite":
            return _run(spec, _index(terms, spec, parts or {}, now), [each for each in also if each != kpi.target])
        if indicator is None:
            return Backtest(spec["kpi"])
        if indicator.kind != stream_kind(kpi):
            raise Untried(_("“%s” holds data of another kind.") % indicator.key)
        return _run(spec, _gathered(spec, indicator, now), [each for each in also if each != kpi.target])
    except (ValueError, TypeError, KeyError, ArithmeticError) as error:  # what nobody has checked yet may be anything
        raise error if isinstance(error, Untried) else Untried(str(error)) from error


def _run(spec: Mapping[str, Any], gathered: Sequence[tuple[Window, Any]], also: Sequence[str]) -> Backtest:
    kpi = spec["kpi"]
    rule = formulas.Rule.from_terms(kpi)
    tried = [Tried(window, _judge(kpi, rule, window, found)) for window, found in gathered]
    worst = _strictest(rule, kpi, tried)
    return Backtest(
        kpi,
        tried,
        [_other(kpi, target, gathered) for target in dict.fromkeys(also)],
        _other(kpi, worst, gathered) if worst else None,
    )


def _index(
    terms: Terms, spec: Mapping[str, Any], streams: Mapping[str, Indicator | None], now: datetime
) -> list[tuple[Window, Any]]:
    """What an index is made of in each period, oldest first: its parts as these terms would have judged them."""
    known = {key: each for key, each in streams.items() if each is not None}
    begun = [at for each in known.values() if (at := facts.first_at(each)) is not None]
    windows = _windows(spec, min(begun, default=None), now)
    figures = {key: _part(terms, key, each, windows) for key, each in known.items()}
    rows = [(row["kpi"], Fraction(row["weight"])) for row in spec["kpi"]["params"]["components"]]
    method = spec["kpi"]["params"]["method"]
    return [
        (window, formulas.CompositeFacts([
            formulas.Component(key, weight, *figures.get(key, {}).get(window.label, (None, ""))) for key, weight in rows
        ], method))
        for window in windows
    ]  # fmt: skip


def _part(
    terms: Terms, key: str, indicator: Indicator, windows: Sequence[Window]
) -> dict[str, tuple[Fraction | None, str]]:
    """The figure and verdict of a part in each period, by its label. Raises Untried for an index of indexes."""
    kpi = terms.kpi(key)
    if indicator.kind != stream_kind(kpi) or kpi.kind == "composite":
        raise Untried(_("“%s” holds data of another kind.") % indicator.key)
    spec = spec_of(terms, kpi, version="", terms_sha256="")
    rule = formulas.Rule.from_terms(spec["kpi"])
    judged = [
        (window.label, _judge(spec["kpi"], rule, window, found))
        for window, found in _gathered_in(spec, indicator, windows)
    ]
    return {
        label: (None if outcome.verdict in NO_FIGURE else outcome.value, outcome.verdict) for label, outcome in judged
    }


def _gathered(spec: Mapping[str, Any], indicator: Indicator, now: datetime) -> list[tuple[Window, Any]]:
    """The facts of each period, oldest first."""
    return _gathered_in(spec, indicator, _windows(spec, facts.first_at(indicator), now))


def _gathered_in(
    spec: Mapping[str, Any], indicator: Indicator, windows: Sequence[Window]
) -> list[tuple[Window, Any]]:
    """The same for given periods, each without the cases that an earlier one counted as missed."""
    counted = _counted_before(spec, indicator, windows[0].lo) if windows else set()
    excluded = exclusions.of_stream(indicator.pk, spec, windows[0].lo, windows[-1].hi) if windows else []
    gathered = []
    for window in windows:
        frame = formulas.Frame(window.lo, window.hi, window.hi)
        found = periods.gather(Question(spec, indicator.pk, frame, excluded=excluded), sorted(counted))
        gathered.append((window, found))
        if isinstance(found, formulas.DeadlineFacts):
            counted |= _open_past_due(spec, frame, found)
    return gathered


def _windows(spec: Mapping[str, Any], since: datetime | None, now: datetime) -> list[Window]:
    """The newest whole periods that are over and have begun to be measured, oldest first."""
    found: list[Window] = []
    cycle = Cycle.from_spec(spec)
    window = cycle.window(now)
    while since is not None and len(found) < SHOWN:
        window = cycle.before(window)
        if window.hi <= since:
            break
        found.insert(0, window)
    return found


def _counted_before(spec: Mapping[str, Any], indicator: Indicator, lo: datetime) -> set[str]:
    """Cases that were open past their deadline when the first period began: an earlier one counted them."""
    if spec["kpi"]["kind"] != "deadline":
        return set()
    found = periods.gather(Question(spec, indicator.pk, formulas.Frame(lo - SECOND, lo, lo)))
    begun = min((ticket.opened_at for ticket in found.tickets), default=lo - SECOND)
    return _open_past_due(spec, formulas.Frame(begun, lo, lo), found)


def _open_past_due(spec: Mapping[str, Any], frame: formulas.Frame, found: formulas.DeadlineFacts) -> set[str]:
    rule = formulas.Rule.from_terms(spec["kpi"])
    return set(formulas.evaluate("deadline", rule, frame, found).measured.figures["open_past_due"])


def _judge(kpi: Mapping[str, Any], rule: formulas.Rule, window: Window, found: Any) -> formulas.Outcome:
    return formulas.evaluate(kpi["kind"], rule, formulas.Frame(window.lo, window.hi, window.hi), found)


def _other(kpi: Mapping[str, Any], target: str, gathered: Sequence[tuple[Window, Any]]) -> Other:
    rule = formulas.Rule.from_terms({**kpi, "target": target, "warn": None})
    tried = [Tried(window, _judge(kpi, rule, window, found)) for window, found in gathered]
    met, missed = _count(tried, formulas.MET), _count(tried, formulas.BREACHED)
    return Other(display.show_target(kpi["op"], Decimal(target), kpi["unit"]), met, met + missed)


def _strictest(rule: formulas.Rule, kpi: Mapping[str, Any], tried: Sequence[Tried]) -> str | None:
    """The strictest target that every judged period would have met, with the digits of this one; None: it is this."""
    judged = [each.outcome for each in tried if each.outcome.verdict in (formulas.MET, formulas.BREACHED)]
    values = [each.value for each in judged if each.value is not None]
    if not values or len(values) < len(judged):
        return None
    places = max(kpi["decimals"], display.places_of(rule.target))
    worst, cut = (min(values), floor) if rule.op == ">=" else (max(values), ceil)
    found = Decimal(cut(worst * 10**places)).scaleb(-places)
    return None if found == rule.target else f"{found:f}"


def _count(tried: Sequence[Tried], verdict: str) -> int:
    return sum(each.outcome.verdict == verdict for each in tried)


def _sentence(found: Backtest) -> str:
    if not found.tried:
        if found.kpi["kind"] == "composite":
            return _("No past data: none of the KPIs that it is made of was measured yet.")
        return _("No past data: nothing was delivered for “%s” yet.") % found.kpi["indicator"]
    if not found.judged:
        return _("%s without enough data: nothing can be said.") % _span(found, len(found.tried))
    words = {"missed": found.missed, "span": _span(found, found.judged)}
    missed, met = _("Would have missed %(missed)d of the last %(span)s"), _("Would have met the last %(span)s")
    said = (missed if found.missed else met) % words
    if not found.insufficient:
        return f"{said}."
    few = ngettext("%d more had not enough data.", "%d more had not enough data.", found.insufficient)
    return f"{said}; {few % found.insufficient}"


def _span(found: Backtest, count: int) -> str:
    if found.kpi["period"] in ("quarter", "fiscal_quarter"):
        return ngettext("%d quarter", "%d quarters", count) % count
    if found.kpi["period"] in ("month", "trailing"):
        return ngettext("%d month", "%d months", count) % count
    return ngettext("%d period", "%d periods", count) % count
