"""Rules about what is promised: KPIs, priorities, workload."""

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from agreements.lint.finding import Facts, Finding, error, numbered, share, twice, warning
from agreements.params import AGGREGATES, COHORTS, MEASURE_UNITS, MEASURES, MISSING, PERIODS, RANKED, of_outages
from agreements.sentences import number
from agreements.terms import Kpi, Terms


def kpis(terms: Terms, facts: Facts) -> Iterator[Finding]:
    if not terms.kpis:
        yield error("no-kpi", "kpis", _("The agreement promises nothing: it has no KPI."))
    for key in twice(kpi.key for kpi in terms.kpis):
        yield error("kpi-twice", "kpis", _("There are two KPIs %s.") % key)


def kpi(terms: Terms, facts: Facts) -> Iterator[Finding]:
    """What every KPI must have, whatever its kind."""
    known = {
        "service": {service.key for service in terms.services},
        "calendar": {calendar.key for calendar in terms.calendars} | {""},
    }
    for place, each in numbered(terms.kpis, "kpis"):
        if each.kind not in MISSING:
            yield error("unknown-kind", f"{place}.kind", _("%s: how it is measured is not known.") % name(each))
        if each.service not in known["service"]:
            yield error(
                "unknown-service",
                f"{place}.service",
                _("%s belongs to no service of the agreement.") % name(each),
            )
        if each.calendar not in known["calendar"]:
            yield error(
                "unknown-calendar",
                f"{place}.calendar",
                _("%s names a calendar that is not there.") % name(each),
            )
        if each.op not in (">=", "<=") or each.period not in PERIODS:
            yield error("bad-kpi", place, _("%s: comparison or period is not known.") % name(each))
        if not each.source.strip() or not each.indicator.strip():
            yield error("no-source", f"{place}.source", _("%s does not say where its data come from.") % name(each))
        if each.missing not in MISSING.get(each.kind, (each.missing,)):
            yield error(
                "bad-missing",
                f"{place}.missing",
                _("%s: this rule for missing data does not fit.") % name(each),
            )
        if share(each.coverage, most=1) is None:
            yield error(
                "bad-coverage",
                f"{place}.coverage",
                _("%s: the least measured share is between 0 and 1.") % name(each),
            )
        if each.data_due_days < 0:
            yield error(
                "bad-due",
                f"{place}.data_due_days",
                _("%s: data cannot be due before the period ends.") % name(each),
            )


def target(terms: Terms, facts: Facts) -> Iterator[Finding]:
    for place, each in numbered(terms.kpis, "kpis"):
        value = number(each.target)
        if value is None:
            yield error("no-target", f"{place}.target", _("%s has no target.") % name(each))
            continue
        if each.unit == "%" and not 0 <= value <= 100:
            yield error("impossible-target", f"{place}.target", _("%s: a share is between 0 and 100 %%.") % name(each))
        elif each.unit == "%" and each.op == ">=" and value == 100 and not each.exclusions:
            yield warning(
                "unreachable-target",
                f"{place}.target",
                _("%s promises 100 %% and excludes nothing: a single second breaks it.") % name(each),
            )
        warn = None if each.warn is None else number(each.warn)
        if each.warn is not None and (warn is None or (warn < value if each.op == ">=" else warn > value)):
            yield error("bad-warning", f"{place}.warn", _("%s warns only after the target is missed.") % name(each))


def references(terms: Terms, facts: Facts) -> Iterator[Finding]:
    requirements = {item.number for item in terms.requirements}
    exclusions = {item.key for item in terms.exclusions}
    for place, each in numbered(terms.kpis, "kpis"):
        for missing in sorted(set(each.requirements) - requirements):
            yield error(
                "unknown-requirement",
                place,
                _("%(kpi)s answers %(number)s, which is no requirement of the agreement.")
                % {"kpi": name(each), "number": missing},
            )
        for missing in sorted(set(each.exclusions) - exclusions):
            yield error(
                "unknown-exclusion",
                place,
                _("%(kpi)s leaves out “%(key)s”, which is not defined.") % {"kpi": name(each), "key": missing},
            )


def uptime(terms: Terms, facts: Facts) -> Iterator[Finding]:
    for place, each in of_kind(terms, "uptime"):
        if not each.calendar:
            yield error(
                "no-calendar",
                f"{place}.calendar",
                _("%s does not say in which hours it is measured.") % name(each),
            )


def deadline(terms: Terms, facts: Facts) -> Iterator[Finding]:
    rows = {row.priority for row in terms.priorities}
    for place, each in of_kind(terms, "deadline"):
        if each.params.get("cohort", "closed_in") not in COHORTS:
            yield error(
                "unknown-cohort",
                f"{place}.params.cohort",
                _("%s does not say which cases it counts.") % name(each),
            )
        if each.params.get("measure", "opened_to_closed") not in MEASURES:
            yield error(
                "unknown-measure",
                f"{place}.params.measure",
                _("%s does not say until when a case is measured.") % name(each),
            )
        wanted = each.params.get("priorities") or []
        if each.params.get("measure") == "opened_to_responded":
            yield from _no_answer_promised(terms, place, each, wanted)
        if not rows and not wanted:
            yield error("no-priority", f"{place}.params.priorities", _("%s: no time limits are agreed.") % name(each))
        for priority in wanted:
            if priority not in rows:
                yield error(
                    "no-priority",
                    f"{place}.params.priorities",
                    _("%(kpi)s counts priority %(priority)s, for which no time limit is agreed.")
                    % {"kpi": name(each), "priority": priority},
                )


def _no_answer_promised(terms: Terms, place: str, kpi: Kpi, wanted: Sequence[int]) -> Iterator[Finding]:
    """Of a KPI that measures the first answer every priority it counts must say until when."""
    promised = {row.priority for row in terms.priorities if row.response_seconds}
    for row in terms.priorities:
        if row.priority not in promised and row.priority in (wanted or [row.priority]):
            said = _("%(kpi)s measures the first answer, but priority %(priority)s has no time to answer.")
            words = said % {"kpi": name(kpi), "priority": row.priority}
            yield error("no-response", f"{place}.params.priorities", words)


def value(terms: Terms, facts: Facts) -> Iterator[Finding]:
    for place, each in of_kind(terms, "value"):
        aggregate, percentile = each.params.get("aggregate"), each.params.get("percentile")
        if aggregate not in AGGREGATES:
            yield error(
                "unknown-aggregate",
                f"{place}.params.aggregate",
                _("%s does not say which figure is meant.") % name(each),
            )
        share_ = share(str(percentile or ""))
        if (aggregate == "percentile") != (percentile is not None) or (percentile is not None and not share_):
            yield error(
                "bad-percentile",
                f"{place}.params.percentile",
                _("%s needs a percentile above 0 and up to 100.") % name(each),
            )
        if each.missing in ("good", "bad") and aggregate not in RANKED:
            yield error(
                "bad-missing",
                f"{place}.missing",
                _("%s: a missing value cannot count in an average or a sum.") % name(each),
            )
        measure = each.params.get("measure")
        timed = measure is not None or of_outages(each.params)
        if timed and (measure not in (None, *MEASURES) or each.unit not in MEASURE_UNITS):
            yield error(
                "bad-measure",
                f"{place}.unit",
                _("%s measures how long something takes: in s, min, h or d.") % name(each),
            )


def score(terms: Terms, facts: Facts) -> Iterator[Finding]:
    for place, each in of_kind(terms, "score"):
        if not isinstance(answers := each.params.get("minimum_answers", 1), int) or answers < 1:
            yield error(
                "bad-answers",
                f"{place}.params.minimum_answers",
                _("%s needs at least one answer.") % name(each),
            )


def priorities(terms: Terms, facts: Facts) -> Iterator[Finding]:
    calendars = {calendar.key for calendar in terms.calendars}
    for priority in twice(row.priority for row in terms.priorities):
        yield error("priority-twice", "priorities", _("Priority %s has two rows.") % priority)
    for place, row in numbered(terms.priorities, "priorities"):
        if row.calendar not in calendars:
            yield error(
                "unknown-calendar",
                f"{place}.calendar",
                _("Priority %s names a calendar that is not there.") % row.priority,
            )
        if row.resolution_seconds <= 0:
            yield error(
                "no-resolution",
                f"{place}.resolution_seconds",
                _("Priority %s has no time to resolve.") % row.priority,
            )
        if row.response_seconds is not None and row.response_seconds > row.resolution_seconds:
            yield error(
                "response-late",
                f"{place}.response_seconds",
                _("Priority %s: the response may take longer than the resolution.") % row.priority,
            )


def workload(terms: Terms, facts: Facts) -> Iterator[Finding]:
    for key in twice(limit.key for limit in terms.workload):
        yield error("workload-twice", "workload", _("The limit %s is there twice.") % key)
    for place, limit in numbered(terms.workload, "workload"):
        if limit.most < 0 or not limit.unit.strip():
            yield error("bad-workload", place, _("The limit “%s” needs a number and a unit.") % limit.name)
        if limit.period not in PERIODS or limit.period == "trailing":
            message = _("The limit “%s” is counted in no window of the calendar.")
            yield error("bad-workload", f"{place}.period", message % limit.name)


def of_kind(terms: Terms, kind: str) -> Iterator[tuple[str, Kpi]]:
    return ((place, each) for place, each in numbered(terms.kpis, "kpis") if each.kind == kind)


def name(each: Kpi) -> str:
    return f"{each.key} {each.name}".strip()


RULES = [
    kpis,
    kpi,
    target,
    references,
    uptime,
    deadline,
    value,
    score,
    priorities,
    workload,
]
