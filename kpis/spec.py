"""What a target keeps of its signed version: one JSON document with all that its figures need (no ORM)."""

import dataclasses
from typing import Any

from agreements.params import of_outages
from agreements.terms import CalendarTerm, Kpi, Terms

OUTAGES, CASES, VALUES, SCORES, RATIOS, RESULTS = "outages", "cases", "values", "scores", "ratios", "results"


def spec_of(terms: Terms, kpi: Kpi, *, version: str, terms_sha256: str) -> dict[str, Any]:
    """The KPI's own term, with its calendar, priorities, exclusions and credit beside it.

    Raises ValueError when the terms name a calendar they do not hold.
    """
    credit = next((each for each in terms.credits if each.kpi == kpi.key), None)
    return {
        "kpi": dataclasses.asdict(kpi),
        **case_terms(terms, kpi.calendar),
        "exclusions": [dataclasses.asdict(each) for each in terms.exclusions if each.key in kpi.exclusions],
        "credit": dataclasses.asdict(credit) if credit else None,
        "crediting": dataclasses.asdict(terms.crediting),
        "currency": terms.agreement.currency,
        "timezone": terms.agreement.timezone,
        "fiscal_month": terms.term.fiscal_month,
        "contract_year": terms.term.contract_year,
        # A period never closes before its data are due.
        "grace_days": max(terms.reporting.grace_days, kpi.data_due_days),
        "version": version,
        "terms_sha256": terms_sha256,
    }


def case_terms(terms: Terms, *calendars: str) -> dict[str, Any]:
    """What judges a case: the priorities, the calendars that they and `calendars` name, the reasons to pause."""
    wanted = {*calendars, *(row.calendar for row in terms.priorities)} - {""}
    found = {calendar.key: _hours(calendar) for calendar in terms.calendars if calendar.key in wanted}
    if missing := wanted - found.keys():
        raise ValueError(f"the terms hold no calendar {', '.join(sorted(missing))}")
    return {
        "calendars": found,
        "priorities": [dataclasses.asdict(row) for row in terms.priorities],
        "pauses": [each.key for each in terms.pauses],
    }


def stream_kind(kpi: Kpi) -> str:
    """The kind of indicator that feeds a KPI. A value measured on cases ("measure") is made of cases."""
    if of_outages(kpi.params):
        return OUTAGES
    if kpi.kind == "value":
        return CASES if "measure" in kpi.params else VALUES
    return {
        "uptime": OUTAGES, "slice_uptime": RATIOS, "ratio": RATIOS, "deadline": CASES, "count": CASES,
        "score": SCORES, "composite": RESULTS,
    }[kpi.kind]  # fmt: skip


def known_priorities(specs: list[dict[str, Any]]) -> set[int]:
    """The priorities that some of these targets know."""
    rows = {row["priority"] for spec in specs for row in spec["priorities"]}
    return rows | {each for spec in specs for each in spec["kpi"]["params"].get("priorities", [])}


def _hours(calendar: CalendarTerm) -> dict[str, Any]:
    """The form that businesstime.Calendar.from_dict reads."""
    document = dataclasses.asdict(calendar)
    return {name: each for name, each in document.items() if name not in ("key", "name")}
