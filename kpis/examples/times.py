"""Examples of what is measured in time: availabilities and cases in time."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agreements.businesstime import Calendar
from agreements.params import limit_name
from kpis import display, formulas
from kpis.examples.case import Case, Spec, digits
from kpis.text import period_name
from kpis.windows import Window

FEW, MANY = 1000, 10_000  # slices: as many as show the edge of the target
MOST_CASES = 200
MOST_OUTAGES = 100
MINUTE = 60
UNIT_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86_400}


def uptime(spec: Spec, window: Window) -> Iterator[Case]:
    calendar = _hours(spec)
    total = calendar.between(window.lo, window.hi)
    if not total:
        return
    frame, rule = formulas.Frame(window.lo, window.hi, window.hi), formulas.Rule.from_terms(spec["kpi"])

    def misses(seconds: int) -> bool:
        facts = _one_outage(spec, window, calendar, seconds)
        return formulas.evaluate("uptime", rule, frame, facts).verdict != formulas.MET

    longest = _longest(misses, floor((100 - Fraction(rule.target)) / 100 * total), total)
    for seconds in (longest, longest + 1)[: 1 + (longest < total)]:
        facts = _one_outage(spec, window, calendar, seconds)
        down = total - Fraction(formulas.evaluate("uptime", rule, frame, facts).measured.figures["up"])
        words = {"period": period_name(window.label), "total": display.duration(total)}
        yield Case(
            _("%(period)s has %(total)s that count. The service is down once for %(down)s.")
            % {**words, "down": display.duration(seconds)},
            f"({digits(total)} − {digits(down)}) ÷ {digits(total)} × 100",
            facts,
        )


def _longest(misses: Callable[[int], bool], guess: int, total: int) -> int:
    """The longest downtime that still meets the promise: shortest runs, whole minutes and weights move the guess."""
    if not misses(guess) and (guess >= total or misses(guess + 1)):
        return guess
    low, high = 0, total + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if misses(middle) else (middle, high)
    return low


def _one_outage(spec: Spec, window: Window, calendar: Calendar, seconds: int) -> formulas.UptimeFacts:
    held = spec["kpi"]["params"]
    sources = {row["source"]: Fraction(row["weight"]) for row in held.get("sources", [])}
    combine = held.get("combine", "any")
    start, end = _span(calendar, window, 0, seconds)
    hit = list(sources) if combine == "all" else [next(iter(sources), "")]
    whole = (window.lo, window.hi)
    return formulas.UptimeFacts(
        outages=[formulas.Outage(start, end, name) for name in hit if seconds],
        observed=[whole],
        calendar=calendar,
        minimum_run=held.get("minimum_run", 0),
        whole_minutes=held.get("whole_minutes", False),
        combine=combine,
        sources=sources,
        watched_by={name: [whole] for name in sources},
    )


def outages(spec: Spec, window: Window) -> Iterator[Case]:
    """Outages one by one: as many as are allowed and one more, or one as long as is allowed and a second longer."""
    kpi, held, calendar = spec["kpi"], spec["kpi"]["params"], _hours(spec)
    least = max(MINUTE, held.get("minimum_run", 0))
    if kpi["kind"] == "count":
        most = int(Fraction(kpi["target"]))
        for number in (most, most + 1)[: 2 if most < MOST_OUTAGES else 0]:
            said = ngettext("%(count)s outage of %(time)s each.", "%(count)s outages of %(time)s each.", number)
            words = {"count": digits(number), "time": display.duration(least)}
            spans = [_span(calendar, window, place * (least + MINUTE), least) for place in range(number)]
            yield Case(said % words, digits(number), _told(spec, window, calendar, spans))
        return
    edge = floor(Fraction(kpi["target"]) * UNIT_SECONDS[kpi["unit"]])
    for seconds in (edge, edge + 1) if kpi["op"] == "<=" else (edge, edge - 1):
        spans = [_span(calendar, window, 0, seconds)] if seconds > 0 else []
        said = _("The only outage takes %s of the time that counts.") % display.duration(seconds)
        yield Case(said, display.duration(seconds), _told(spec, window, calendar, spans))


def _span(calendar: Calendar, window: Window, after: int, seconds: int) -> tuple[datetime, datetime]:
    """So many open seconds, so many open seconds after the period's beginning."""
    start = calendar.add(window.lo, after + 1) - timedelta(seconds=1)
    return start, calendar.add(start, seconds)


def _told(spec: Spec, window: Window, calendar: Calendar, spans: list[tuple[datetime, datetime]]) -> Any:
    held = spec["kpi"]["params"]
    share = held.get("percentile")
    return formulas.OutageFacts(
        [formulas.Outage(start, end) for start, end in spans], [(window.lo, window.hi)], calendar,
        minimum_run=held.get("minimum_run", 0), aggregate=held.get("aggregate", ""),
        percentile=None if share is None else Decimal(share), unit=UNIT_SECONDS.get(spec["kpi"]["unit"], 1),
    )  # fmt: skip


def _hours(spec: Spec) -> Calendar:
    hours = spec["calendars"].get(spec["kpi"]["calendar"])
    return Calendar.from_dict(hours) if hours else Calendar.always(spec["timezone"])


def slices(spec: Spec, window: Window) -> Iterator[Case]:
    kpi, held = spec["kpi"], spec["kpi"]["params"]
    shortest, requests = held.get("minimum_run", 1), max(1, held.get("minimum_requests", 0))
    # Runs shorter than the shortest do not count: the first that misses is at least one.
    share = (100 - Fraction(kpi["target"])) / 100
    total = FEW if share * FEW >= 1 else MANY
    met = floor(share * total)
    up, bad = formulas.Share(Fraction(requests), Fraction(requests)), formulas.Share(Fraction(), Fraction(requests))
    for down in (met, max(met + 1, shortest)):
        rows = [(place * held["slice"] * 1_000_000, bad if place < down else up) for place in range(total)]
        facts = formulas.SliceFacts(
            held["slice"], rows, Fraction(held["error_percent"]), minimum_run=shortest,
            minimum_requests=held.get("minimum_requests", 0),
        )  # fmt: skip
        counts = down if down >= shortest else 0
        words = {"all": digits(total), "down": digits(down)}
        yield Case(
            _("Of %(all)s slices %(down)s one after the other are down.") % words,
            f"({digits(total)} − {digits(counts)}) ÷ {digits(total)} × 100",
            facts,
        )


def deadline(spec: Spec, window: Window) -> Iterator[Case]:
    held, target = spec["kpi"]["params"], Fraction(spec["kpi"]["target"])
    wanted = held.get("priorities") or [row["priority"] for row in spec["priorities"]]
    name = limit_name(held)
    row = next(row for row in spec["priorities"] if row["priority"] in wanted and row[name])
    limit = formulas.Limit(row[name], Calendar.from_dict(spec["calendars"][row["calendar"]]))
    latest = limit.calendar.add(window.lo, limit.seconds + 1)
    if latest >= window.hi:
        return
    total = min(MOST_CASES, max(10, ceil(100 / (100 - target)))) if target < 100 else 10
    allowed = floor((100 - target) / 100 * total)
    for late in (allowed, allowed + 1):
        ends = [latest if place < late else limit.calendar.add(window.lo, limit.seconds) for place in range(total)]
        tickets = [formulas.Ticket(str(place), row["priority"], window.lo, end) for place, end in enumerate(ends)]
        words = {"cases": display.cases(total), "late": digits(late), "limit": display.duration(limit.seconds)}
        yield Case(
            _("Of %(cases)s %(late)s take a second more than %(limit)s, all others just as long.") % words,
            f"{digits(total - late)} ÷ {digits(total)} × 100",
            formulas.DeadlineFacts(tickets, {row["priority"]: limit}, held.get("cohort", "closed_in")),
        )
