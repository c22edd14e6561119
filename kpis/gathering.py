"""What the formulas need of a stream: facts become their plain inputs, as the signed terms want them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from agreements.businesstime import Calendar
from agreements.params import limit_name, of_outages
from kpis import facts, formulas, sampling
from kpis.models import Case
from kpis.rollups import Days

Spec = Mapping[str, Any]
UNIT_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86_400}


class Question(NamedTuple):
    """What is asked of a stream: the terms, the period, up to which delivery (None: all).

    `versions` are those of the agreement up to this one, oldest first: (in force since, its case terms).
    `excluded` is the time that approved exclusions take out, by its effect in these terms. `components` are the
    results that a composite is made of. `arithmetic` is the version of the formulas that asks. `rolled` is
    where whole days may come from; None: every row is read.
    """

    spec: Spec
    indicator_id: int
    frame: formulas.Frame
    known_until: int | None = None
    versions: Sequence[tuple[datetime, Spec]] = ()
    excluded: Sequence[formulas.Excluded] = ()
    components: Sequence[formulas.Component] = ()
    arithmetic: int = formulas.ARITHMETIC_VERSION
    rolled: Days | None = None


def _uptime(asked: Question) -> Any:
    params = asked.spec["kpi"]["params"]
    indicator, lo, hi, mark = sampling.window(asked)
    window = (indicator, lo - timedelta(seconds=sampling.carry(asked)), hi, mark)
    sources = {row["source"]: Fraction(row["weight"]) for row in params.get("sources", [])}
    outages, observed = facts.outages(*window), facts.observed(*window)
    if sources:
        outages, observed = outages.filter(source__in=sources), observed.filter(source__in=sources)
    watched = list(observed.values_list("source", "at", "until"))
    return formulas.UptimeFacts(
        outages=[formulas.Outage(*row) for row in outages.values_list("at", "until", "source")],
        observed=[(start, end) for _source, start, end in watched],
        calendar=sampling.hours(asked),
        exclusions=asked.excluded,
        minimum_run=params.get("minimum_run", 0),
        whole_minutes=params.get("whole_minutes", False),
        combine=params.get("combine", "any"),
        sources=sources,
        watched_by={name: [(lo, hi) for source, lo, hi in watched if source == name] for name in sources},
        carry=sampling.carry(asked),
    )


def _outages(asked: Question) -> formulas.OutageFacts:
    """The outages of the period one by one, each to its end."""
    kpi, params = asked.spec["kpi"], asked.spec["kpi"]["params"]
    sources = [row["source"] for row in params.get("sources", [])]
    outages, observed = facts.outages(*sampling.window(asked)), facts.observed(*sampling.window(asked))
    if sources:
        outages, observed = outages.filter(source__in=sources), observed.filter(source__in=sources)
    percentile = params.get("percentile")
    return formulas.OutageFacts(
        [formulas.Outage(*row) for row in outages.values_list("at", "until", "source")],
        list(observed.values_list("at", "until")), sampling.hours(asked), asked.excluded,
        params.get("minimum_run", 0), params.get("aggregate", ""),
        None if percentile is None else Decimal(percentile), UNIT_SECONDS.get(kpi["unit"], 1),
    )


def _deadline(asked: Question) -> Any:
    params = asked.spec["kpi"]["params"]
    limits = limits_of(asked.spec, params)
    cohort, (lo, hi) = params.get("cohort", "closed_in"), (asked.frame.lo, asked.frame.hi)
    history = [(since, limits_of(spec, params)) for since, spec in asked.versions]
    if cohort == "due_in":
        # A case may have been closed long before it was due.
        every = [limits, *(known for _since, known in history)]
        lo = min(
            limit.calendar.subtract(lo, limit.seconds + 1) for known in every for limit in known.values()
        )
    read = facts.cases_opened if cohort == "opened_in" else facts.cases_alive
    rows = read(asked.indicator_id, lo, hi, asked.known_until)
    wanted = rows.filter(priority__in=params.get("priorities") or list(limits))
    tickets = [
        formulas.Ticket(
            each.external_id, each.priority, each.at, ended(each, params),
            pauses=pauses_of(each), limit=_own_limit(each, history), allowed=_own_reasons(each, asked),
        )
        for each in newest(wanted)
    ]
    return formulas.DeadlineFacts(tickets, limits, cohort, asked.spec.get("pauses", ()))


def _own_limit(
    case: Case, history: list[tuple[datetime, dict[int, formulas.Limit]]]
) -> formulas.Limit | None:
    """A case that straddles two versions is judged by the one in force at its start."""
    begun = [limits for since, limits in history if since <= case.at]
    return begun[-1].get(case.priority) if begun else None


def _own_reasons(case: Case, asked: Question) -> Sequence[str] | None:
    """The same of the reasons to pause: those of the version in force at the case's start."""
    begun = [spec.get("pauses", ()) for since, spec in asked.versions if since <= case.at]
    return begun[-1] if begun else None


def pauses_of(case: Case) -> tuple[tuple[datetime, datetime | None, str], ...]:
    """When a case waited, and for what."""
    read = datetime.fromisoformat
    return tuple((read(since), read(until) if until else None, reason) for since, until, reason in case.pauses)


def _value(asked: Question) -> Any:
    params = asked.spec["kpi"]["params"]
    if of_outages(params):
        return _outages(asked)
    percentile = params.get("percentile")
    values, expected = (_measured(asked), None) if "measure" in params else sampling.values(asked)
    return formulas.ValueFacts(
        values, params["aggregate"], None if percentile is None else Decimal(percentile), expected,
        sampling.carried_values(asked),
    )


def _score(asked: Question) -> Any:
    minimum = asked.spec["kpi"]["params"].get("minimum_answers", 1)
    return formulas.ScoreFacts(list(facts.samples(*sampling.window(asked)).values_list("value", flat=True)), minimum)


def _count(asked: Question) -> Any:
    params, frame = asked.spec["kpi"]["params"], asked.frame
    if of_outages(params):
        return _outages(asked)
    read = facts.cases_closed if params.get("cohort") == "closed_in" else facts.cases_opened
    rows = read(*sampling.window(asked))
    if params.get("priorities"):
        rows = rows.filter(priority__in=params["priorities"])
    since = frame.lo if frame.running else frame.hi
    delivered = facts.delivered_since(asked.indicator_id, since, asked.known_until)
    return formulas.CountFacts([each.external_id for each in newest(rows)], delivered)


def _composite(asked: Question) -> Any:
    return formulas.CompositeFacts(asked.components, asked.spec["kpi"]["params"]["method"])


GATHER = {
    "uptime": _uptime, "slice_uptime": sampling.slice_uptime, "ratio": sampling.ratio, "deadline": _deadline,
    "count": _count, "value": _value, "score": _score, "composite": _composite,
}  # fmt: skip


def _measured(asked: Question) -> list[Fraction | None]:
    """How long each case of the cohort took, in the KPI's unit; None where its end was not delivered."""
    kpi, params = asked.spec["kpi"], asked.spec["kpi"]["params"]
    read = facts.cases_opened if params.get("cohort") == "opened_in" else facts.cases_closed
    rows = read(*sampling.window(asked))
    if params.get("priorities"):
        rows = rows.filter(priority__in=params["priorities"])
    calendar = sampling.hours(asked)
    unit = UNIT_SECONDS[kpi["unit"]]
    return [took(case, params["measure"], calendar, unit) for case in newest(rows)]


def took(case: Case, measure: str, calendar: Calendar | None, unit: int) -> Fraction | None:
    """How long a case took by a measure, in units of so many seconds: elapsed, or open time of a calendar."""
    end = {
        "opened_to_responded": case.responded_at, "opened_to_resolved": case.resolved_at,
        "opened_to_closed": case.closed_at,
    }[measure]  # fmt: skip
    if end is None:
        return None
    if calendar is not None:
        return Fraction(calendar.between(case.at, end), unit)
    return Fraction((end - case.at) // timedelta(microseconds=1), 1_000_000 * unit)


def ended(case: Case, params: Mapping[str, Any]) -> datetime | None:
    """The end of what a deadline measures: the closing, unless the terms measure to the answer or the resolution.

    A case that was closed is answered and resolved by then, also where nobody wrote down when.
    """
    if params.get("measure") == "opened_to_responded":
        return case.responded_at or case.closed_at
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


def limits_of(spec: Spec, params: Mapping[str, Any]) -> dict[int, formulas.Limit]:
    """The times that the signed version allows by priority: to answer, where a KPI measures that, else to resolve."""
    name = limit_name(params)
    return {
        row["priority"]: formulas.Limit(row[name], Calendar.from_dict(spec["calendars"][row["calendar"]]))
        for row in spec["priorities"]
        if row[name]
    }
