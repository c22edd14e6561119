"""The measurement guide of an agreement: how each of its figures is worked out, from its terms alone (no ORM).

It says nothing that is not in the terms, and everything of them that a figure hangs on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _

from agreements import params, sentences, signing, tables
from agreements.lines import kind_word
from agreements.terms import Kpi, Terms
from kpis import definitions, examples, method
from kpis.definitions import capital
from kpis.examples import Example
from kpis.spec import spec_of


@dataclass(frozen=True)
class Sheet:
    """One KPI: what is promised, how it is worked out, what does not count, and examples."""

    kpi: Kpi
    kind: str
    level: str
    sentence: str
    service: str
    rows: list[tuple[str, str]]
    formula: str = ""
    rules: list[str] = field(default_factory=list)
    exclusions: list[Mapping[str, Any]] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)
    problem: str = ""  # why it can't be said how it is worked out: only a draft has one


def sheets(terms: Terms, at: datetime) -> list[Sheet]:
    """The sheet of each KPI, in their order; `at` stands in for the first day where the terms name none."""
    begins = _begins(terms, at)
    return [_sheet(terms, kpi, begins) for kpi in terms.kpis]


def hours(terms: Terms) -> list[dict[str, Any]]:
    """The calendars that some figure hangs on, as the printed agreement shows them."""
    used = {kpi.calendar for kpi in terms.kpis} | {row.calendar for row in terms.priorities}
    return [row for row in tables.calendars(terms) if row["calendar"].key in used]


def _sheet(terms: Terms, kpi: Kpi, begins: datetime) -> Sheet:
    known = Sheet(
        kpi,
        kind_word(kpi.kind),
        tables.level(kpi),
        sentences.sentence(terms, kpi),
        next((each.name for each in terms.services if each.key == kpi.service), ""),
        _rows(terms, kpi),
        exclusions=[row for row in tables.exclusions(terms) if row["exclusion"].key in kpi.exclusions],
    )
    try:
        spec = spec_of(terms, kpi, version=terms.agreement.version, terms_sha256="")
        worked = examples.examples(spec, begins)
        return replace(known, formula=method.formula(spec), rules=method.lines(spec), examples=worked)
    except (ValueError, TypeError, KeyError, ArithmeticError, StopIteration) as error:  # a draft may hold anything
        said = _("It can't be worked out as it is written now: %s.") % str(error).strip("'. ")
        return replace(known, problem=said)


def _rows(terms: Terms, kpi: Kpi) -> list[tuple[str, str]]:
    calendar = next((each.name for each in terms.calendars if each.key == kpi.calendar), "")
    answers = [f"{each.number} {each.text}" for each in terms.requirements if each.number in kpi.requirements]
    said = [
        (_("Judged"), _judged(terms, kpi)),
        (_("Hours"), (calendar or _("every hour")) if _in_hours(kpi) else ""),
        (_("Unit"), kpi.unit),
        (_("Warn at"), f"{kpi.warn} {kpi.unit}".strip() if kpi.warn else ""),
        (_("Source"), kpi.source),
        (_("Data"), kpi.indicator),
        (_("Data due"), _due(kpi)),
        (_("Rounding"), definitions.rounding(kpi)),
        (_("Missing data"), capital(tables.missing(kpi))),
        (_("Least coverage"), _floor(kpi) if definitions.covered(kpi) else ""),
        (_("Critical"), _("A miss alone makes the report red") if kpi.critical else ""),
        (_("Credit"), _("A miss earns a credit, by the tiers of the agreement") if _credited(terms, kpi) else ""),
        (_("Answers"), "; ".join(answers)),
    ]
    return [(label, value) for label, value in said if value]


def _judged(terms: Terms, kpi: Kpi) -> str:
    zone = _("from midnight to midnight in %s") % terms.agreement.timezone
    return f"{capital(tables.every(kpi.period, kpi.trailing_days))}, {zone}"


def _in_hours(kpi: Kpi) -> bool:
    """Of the other kinds each case has the hours of its priority, or none."""
    return kpi.kind in params.OF_TIME or params.of_outages(kpi.params)


def _due(kpi: Kpi) -> str:
    return _("%s after the end of the period") % sentences.days(kpi.data_due_days)


def _floor(kpi: Kpi) -> str:
    if kpi.missing == "bad":
        return _("none: what was not measured counts as missed")
    return _("%s; with less there is not enough data and no verdict") % tables.percent(kpi.coverage)


def _credited(terms: Terms, kpi: Kpi) -> bool:
    return any(each.kpi == kpi.key for each in terms.credits)


def _begins(terms: Terms, at: datetime) -> datetime:
    try:
        return signing.effective_from(terms.term, terms.agreement)
    except (signing.Refused, ValueError, KeyError):
        return at.astimezone(UTC)
