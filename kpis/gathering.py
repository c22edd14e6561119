"""What the formulas need of a stream: facts become their plain inputs, as the signed terms want them."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from agreements.businesstime import Calendar
from kpis import facts, formulas
from kpis.models import Case

Spec = Mapping[str, Any]
UNIT_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86_400}


def _uptime(spec: Spec, indicator_id: int, frame: formulas.Frame, known_until: int | None) -> Any:
    down = facts.outages(indicator_id, frame.lo, frame.hi, known_until).values_list("at", "until")
    watched = facts.observed(indicator_id, frame.lo, frame.hi, known_until).values_list("at", "until")
    calendar = spec["kpi"]["calendar"]
    return formulas.UptimeFacts(
        outages=[formulas.Outage(start, end) for start, end in down],
        observed=list(watched),
        calendar=Calendar.from_dict(spec["calendars"][calendar]) if calendar else None,
    )


def _deadline(spec: Spec, indicator_id: int, frame: formulas.Frame, known_until: int | None) -> Any:
    params, limits = spec["kpi"]["params"], limits_of(spec)
    cohort = params.get("cohort", "closed_in")
    since = frame.lo
    if cohort == "due_in":
        # A case may have been closed long before it was due.
        since = min(limit.calendar.subtract(frame.lo, limit.seconds + 1) for limit in limits.values())
    read = facts.cases_opened if cohort == "opened_in" else facts.cases_alive
    rows = read(indicator_id, since, frame.hi, known_until)
    wanted = rows.filter(priority__in=params.get("priorities") or list(limits))
    tickets = [
        formulas.Ticket(each.external_id, each.priority, each.at, ended(each, params))
        for each in newest(wanted)
    ]
    return formulas.DeadlineFacts(tickets, limits, cohort)


def _value(spec: Spec, indicator_id: int, frame: formulas.Frame, known_until: int | None) -> Any:
    params = spec["kpi"]["params"]
    percentile = params.get("percentile")
    if "measure" in params:
        values = _measured(spec, indicator_id, frame, known_until)
    else:
        values = list(_samples(indicator_id, frame, known_until))
    return formulas.ValueFacts(
        values, params["aggregate"], None if percentile is None else Decimal(percentile)
    )


def _score(spec: Spec, indicator_id: int, frame: formulas.Frame, known_until: int | None) -> Any:
    minimum = spec["kpi"]["params"].get("minimum_answers", 1)
    return formulas.ScoreFacts(list(_samples(indicator_id, frame, known_until)), minimum)


GATHER = {"uptime": _uptime, "deadline": _deadline, "value": _value, "score": _score}


def _samples(indicator_id: int, frame: formulas.Frame, known_until: int | None) -> Iterable[Decimal]:
    return facts.samples(indicator_id, frame.lo, frame.hi, known_until).values_list("value", flat=True)


def _measured(
    spec: Spec, indicator_id: int, frame: formulas.Frame, known_until: int | None
) -> list[Fraction | None]:
    """How long each case of the cohort took, in the KPI's unit; None where its end was not delivered."""
    kpi, params = spec["kpi"], spec["kpi"]["params"]
    read = facts.cases_opened if params.get("cohort") == "opened_in" else facts.cases_closed
    rows = read(indicator_id, frame.lo, frame.hi, known_until)
    if params.get("priorities"):
        rows = rows.filter(priority__in=params["priorities"])
    calendar = Calendar.from_dict(spec["calendars"][kpi["calendar"]]) if kpi["calendar"] else None
    unit = UNIT_SECONDS[kpi["unit"]]
    return [took(case, params["measure"], calendar, unit) for case in newest(rows)]


def took(case: Case, measure: str, calendar: Calendar | None, unit: int) -> Fraction | None:
    """How long a case took by a measure, in units of so many seconds: elapsed, or open time of a calendar."""
    end = {"opened_to_resolved": case.resolved_at, "opened_to_closed": case.closed_at}[measure]
    if end is None:
        return None
    if calendar is not None:
        return Fraction(calendar.between(case.at, end), unit)
    return Fraction((end - case.at) // timedelta(microseconds=1), 1_000_000 * unit)


def ended(case: Case, params: Mapping[str, Any]) -> datetime | None:
    """The end of what a deadline measures: the closing, unless the terms measure to the resolution."""
    if params.get("measure") == "opened_to_resolved":
        return case.resolved_at or case.closed_at
    return case.closed_at


def newest(cases: Iterable[Case]) -> list[Case]:
    """Each case once: where two sources know the same id, the newer delivery counts."""
    found: dict[str, Case] = {}
    for case in cases:
        known = found.get(case.external_id)
        if known is None or (case.delivery_id, case.source) > (known.delivery_id, known.source):
            found[case.external_id] = case
    return list(found.values())


def limits_of(spec: Spec) -> dict[int, formulas.Limit]:
    """The resolution times of the signed version by priority."""
    return {
        row["priority"]: formulas.Limit(
            row["resolution_seconds"], Calendar.from_dict(spec["calendars"][row["calendar"]])
        )
        for row in spec["priorities"]
    }
