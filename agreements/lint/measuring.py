"""Rules about how the newer kinds of KPIs are measured, and over which periods."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from agreements import params
from agreements.lint.finding import Facts, Finding, day, error, numbered, warning
from agreements.lint.kpis import name, of_kind
from agreements.sentences import number
from agreements.terms import Kpi, Terms

# These have rules of their own, with their own words.
TOLD = {
    "deadline": {"cohort", "measure", "priorities"},
    "value": {"aggregate", "percentile", "cohort", "measure", "priorities"},
    "score": {"minimum_answers"},
}


def shapes(terms: Terms, facts: Facts) -> Iterator[Finding]:
    """Everything beside the target is known to the kind, and of its type."""
    for place, each in numbered(terms.kpis, "kpis"):
        for wrong in dict.fromkeys(params.wrong(each)):
            if wrong not in TOLD.get(each.kind, ()):
                words = {"kpi": name(each), "what": wrong.replace("_", " ")}
                message = _("%(kpi)s: “%(what)s” is missing or not understood.") % words
                yield error("bad-param", f"{place}.params.{wrong}", message)


def shares(terms: Terms, facts: Facts) -> Iterator[Finding]:
    """What is a percentage to be reached is promised so; a number of cases at most."""
    for place, each in numbered(terms.kpis, "kpis"):
        reached = each.op == ">=" and each.unit == "%"
        if each.kind in ("slice_uptime", "composite") and not reached:
            yield error("bad-promise", f"{place}.op", _("%s is promised as at least some %%.") % name(each))
        if each.kind == "ratio" and each.unit != "%":
            yield error("bad-promise", f"{place}.unit", _("%s is a share: its unit is %%.") % name(each))
        if each.kind == "value" and params.of_outages(each.params) and each.missing != "gap":
            message = _("%s: of outages nothing is missing but time, which is left out.")
            yield error("bad-missing", f"{place}.missing", message % name(each))
        if each.kind == "count":
            target = number(each.target)
            if each.op != "<=" or target is None or target < 0 or target.denominator != 1:
                message = _("%s is promised as at most a whole number.")
                yield error("bad-promise", f"{place}.target", message % name(each))


def ratio(terms: Terms, facts: Facts) -> Iterator[Finding]:
    for place, each in of_kind(terms, "ratio"):
        if each.missing != "gap" and each.params.get("method", "sum") == "sum":
            message = _("%s: a missing row cannot count in a sum; average slices, or leave it out.")
            yield error("bad-missing", f"{place}.missing", message % name(each))


def count(terms: Terms, facts: Facts) -> Iterator[Finding]:
    rows = {row.priority for row in terms.priorities}
    for place, each in of_kind(terms, "count"):
        for priority in each.params.get("priorities") or []:
            if rows and priority not in rows:
                words = {"kpi": name(each), "priority": priority}
                message = _("%(kpi)s counts priority %(priority)s, for which no time limit is agreed.") % words
                yield warning("no-priority", f"{place}.params.priorities", message)


def exclusions(terms: Terms, facts: Facts) -> Iterator[Finding]:
    """What is left out of a figure must be a thing that the figure is made of."""
    known = {each.key: each for each in terms.exclusions}
    for place, each in numbered(terms.kpis, "kpis"):
        for left_out in (known[key] for key in each.exclusions if key in known):
            words = {"kpi": name(each), "name": left_out.name}
            if not params.of_time(each.kind, each.params):
                said = _("%(kpi)s can't leave out “%(name)s”: it is not made of time. Take it off this KPI.")
                yield error("unfit-exclusion", f"{place}.exclusions", said % words)
            elif left_out.effect == "as_good" and not params.has_good_time(each.kind, each.params):
                said = _("%(kpi)s can't count “%(name)s” as good: of values time can only be dropped.")
                yield error("unfit-exclusion", f"{place}.exclusions", said % words)


def composite(terms: Terms, facts: Facts) -> Iterator[Finding]:
    known = {each.key: each for each in terms.kpis}
    for place, each in of_kind(terms, "composite"):
        for row in each.params.get("components") or []:
            part = known.get(row.get("kpi", "")) if isinstance(row, dict) else None
            if message := _unfit(each, part, row):
                yield error("bad-component", f"{place}.params.components", message)


def _unfit(whole: Kpi, part: Kpi | None, row: object) -> str:
    """Why a KPI can't be a part of another; empty when it can."""
    if part is None:
        key = row.get("kpi") if isinstance(row, dict) else row
        return _("%(kpi)s is made of %(key)s, which is no KPI.") % {"kpi": name(whole), "key": key}
    words = {"kpi": name(whole), "part": name(part)}
    if part.kind == "composite":
        return _("%(kpi)s can't be made of %(part)s, which is an index itself.") % words
    if part.unit != "%" or part.op != ">=":
        return _("%(kpi)s can't be made of %(part)s, which is no percentage to be reached.") % words
    if (part.period, part.trailing_days) != (whole.period, whole.trailing_days):
        return _("%(kpi)s and %(part)s are judged over different periods.") % words
    return ""


def periods(terms: Terms, facts: Facts) -> Iterator[Finding]:
    for place, each in numbered(terms.kpis, "kpis"):
        if (each.period == "trailing") != (1 <= each.trailing_days <= 3660):
            message = _("%s: a trailing period, and no other, needs its number of days.")
            yield error("bad-period", f"{place}.trailing_days", message % name(each))
        if each.period == "trailing" and each.kind in ("deadline", "composite", "score"):
            message = _("%s: a case or an answer counts once, so its periods can't overlap.")
            yield error("bad-period", f"{place}.period", message % name(each))
        if each.period == "contract_year" and day(terms.term.contract_year) is None:
            message = _("%s is judged by contract years, but no day is set from which they count.")
            yield error("no-contract-year", "term.contract_year", message % name(each))
    if not 1 <= terms.term.fiscal_month <= 12:
        yield error("bad-fiscal", "term.fiscal_month", _("A fiscal year begins in month 1 to 12."))


RULES = [shapes, shares, ratio, count, exclusions, composite, periods]
