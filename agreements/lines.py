"""The terms as labelled lines in plain words, so that two of them can be compared (no ORM).

Each line has a key that stays when its value changes ("kpis:K1:target"). Every value of the terms stands in a
line, but identity (reference, version, kind, language) and the clauses, whose text is compared word by word.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from agreements import params as params_
from agreements import tables
from agreements.terms import Kpi, Level, Terms


@dataclass(frozen=True)
class Line:
    """One promise in words; `section` is the section of the terms that holds it."""

    key: str
    label: str
    value: str

    @property
    def section(self) -> str:
        return self.key.split(":")[0]


def lines(terms: Terms) -> list[Line]:
    """Every line, in the order of the document. Empty values are left out: they promise nothing."""
    found = [Line(key, label, str(value)) for group in GROUPS for key, label, value in group(terms)]
    return [line for line in found if line.value]


Triple = tuple[str, str, object]


def _heading(terms: Terms) -> Iterator[Triple]:
    yield "agreement:title", _("Title"), terms.agreement.title
    yield "agreement:timezone", _("Time zone"), terms.agreement.timezone
    yield "agreement:currency", _("Currency"), terms.agreement.currency


def _parties(terms: Terms) -> Iterator[Triple]:
    for side, party in (("provider", terms.parties.provider), ("client", terms.parties.client)):
        label = side_word(side)
        yield f"parties:{side}", label, party.organisation
        yield f"parties:{side}:address", _("%s, address") % label, party.address
        people = "; ".join(", ".join(filter(None, (who.name, who.title))) for who in party.representatives)
        yield f"parties:{side}:people", _("%s, represented by") % label, people


def _services(terms: Terms) -> Iterator[Triple]:
    for each in terms.services:
        value = f"{each.name} ({criticality(each.criticality)})"
        yield f"services:{each.key}", _("Service"), f"{value}: {each.description}" if each.description else value


def _term(terms: Terms) -> Iterator[Triple]:
    term = terms.term
    yield "term:start", _("Holds from"), tables.day(term.effective_from)
    yield "term:end", _("Ends"), tables.day(term.ends_on) if term.ends_on else _("no fixed end")
    yield "term:renewal", _("At the end"), renewal(terms)
    yield "term:notice", _("Notice"), _("%d days") % term.notice_days
    fiscal = date_format(date(2026, term.fiscal_month, 1), "F") if 1 < term.fiscal_month <= 12 else ""
    yield "term:fiscal", _("Fiscal years begin in"), fiscal
    yield "term:contract-year", _("Contract years count from"), tables.day(term.contract_year)
    yield "review:interval", _("Reviewed"), _("every %d months") % terms.review.interval_months
    yield "review:text", _("What a review looks at"), terms.review.text


def renewal(terms: Terms) -> str:
    months = terms.term.renewal_months
    return {
        "none": _("it ends"),
        "automatic": _("renews by %d months") % months,
        "by_agreement": _("renews by %d months if both agree") % months,
    }.get(terms.term.renewal, terms.term.renewal)


def _signatories(terms: Terms) -> Iterator[Triple]:
    for each in terms.signatories:
        words = {"party": side_word(each.party), "capacity": each.capacity, "step": each.step}
        yield f"signatories:{each.slot}", _("Signs"), _("%(capacity)s (%(party)s), step %(step)s") % words


def _requirements(terms: Terms) -> Iterator[Triple]:
    for each in terms.requirements:
        yield f"requirements:{each.number}", _("Requirement %s") % each.number, each.text
        yield f"requirements:{each.number}:who", _("%s, asked by") % each.number, each.who
        yield f"requirements:{each.number}:why", _("%s, why") % each.number, each.why
        yield f"requirements:{each.number}:priority", _("%s, weight") % each.number, weight(each.priority)


def _kpis(terms: Terms) -> Iterator[Triple]:
    calendars = {each.key: each.name for each in terms.calendars}
    services = {each.key: each.name for each in terms.services}
    exclusions = {each.key: each.name for each in terms.exclusions}
    for kpi in terms.kpis:
        pairs = [
            ("target", _("target"), f"{tables.level(kpi)} ({tables.every(kpi.period, kpi.trailing_days)})"),
            ("name", _("name"), kpi.name),
            ("kind", _("measured as"), kind(kpi)),
            ("service", _("service"), services.get(kpi.service, kpi.service)),
            ("hours", _("hours"), calendars.get(kpi.calendar, kpi.calendar)),
            ("warn", _("warns at"), f"{kpi.warn} {kpi.unit}" if kpi.warn else ""),
            ("source", _("data from"), f"{kpi.source} ({kpi.indicator})"),
            ("due", _("data due"), _("%d days after the period") % kpi.data_due_days),
            ("missing", _("missing data"), tables.missing(kpi)),
            ("coverage", _("least measured"), kpi.coverage),
            ("decimals", _("shown with"), _("%d decimals") % kpi.decimals),
            ("critical", _("critical"), _("yes") if kpi.critical else ""),
            ("exclusions", _("does not count"), ", ".join(exclusions.get(key, key) for key in kpi.exclusions)),
            ("requirements", _("answers"), ", ".join(kpi.requirements)),
        ]
        for name, label, value in pairs:
            title = f"{kpi.key} {kpi.name}" if name == "target" else f"{kpi.key}, {label}"
            yield f"kpis:{kpi.key}:{name}", title, value


def kind(kpi: Kpi) -> str:
    """How a KPI is measured, with what its kind needs: "95th percentile of the time to resolve, priority 1, 2"."""
    params = dict(kpi.params)
    words = [kind_word(kpi.kind)]
    aggregate = params.pop("aggregate", None)
    if aggregate:
        share = params.pop("percentile", None)
        words.append(_("%sth percentile") % share if aggregate == "percentile" else aggregate_word(aggregate))
    if measure := params.pop("measure", None):
        words.append(measure_word(measure))
    if cohort := params.pop("cohort", None):
        words.append(cohort_word(cohort))
    if wanted := params.pop("priorities", None):
        words.append(_("priority %s") % ", ".join(map(str, wanted)))
    if (answers := params.pop("minimum_answers", None)) is not None:
        words.append(_("at least %s answers") % answers)
    return ", ".join([*words, *params_.words(params)])


def _priorities(terms: Terms) -> Iterator[Triple]:
    for row in tables.priorities(terms):
        each = row["priority"]
        label = f"P{each.priority} {each.name}".strip()
        key = f"priorities:{each.priority}"
        yield f"{key}:name", _("Priority %s") % each.priority, each.name
        yield f"{key}:response", _("%s, response") % label, row["response"]
        yield f"{key}:resolution", _("%s, resolution") % label, row["resolution"]
        yield f"{key}:hours", _("%s, hours") % label, row["hours"]


def _credits(terms: Terms) -> Iterator[Triple]:
    for row in tables.credits(terms):
        credit = row["credit"]
        label, key = _("Credit for %s") % credit.kpi, f"credits:{credit.kpi}"
        yield f"{key}:fee", _("%s, fee") % label, row["fee"]
        tiers = "; ".join(
            f"{tier['range']}: {tier['amount'] if item.kind == 'fixed' else tier['percent']}"
            for tier, item in zip(row["tiers"], credit.tiers, strict=True)
        )
        yield f"{key}:tiers", label, tiers
        yield f"{key}:cap", _("%s, cap") % label, f"{credit.cap_percent} %"
        yield f"{key}:minimum", _("%s, at least") % label, row["minimum"]
        yield f"{key}:claim", _("%s, to be claimed") % label, _("within %d days") % credit.claim_days


def _crediting(terms: Terms) -> Iterator[Triple]:
    yield "crediting:together", _("All credits together"), tables.together(terms)


def _workload(terms: Terms) -> Iterator[Triple]:
    for each in terms.workload:
        words = {"name": each.name, "most": each.most, "unit": each.unit, "period": tables.every(each.period)}
        value = _("%(name)s: at most %(most)d %(unit)s, %(period)s") % words
        yield f"workload:{each.key}", _("Limit of the workload"), value


def _calendars(terms: Terms) -> Iterator[Triple]:
    for row in tables.calendars(terms):
        calendar = row["calendar"]
        key, name = f"calendars:{calendar.key}", calendar.name
        week = _("day and night") if row["always"] else "; ".join(f"{days} {times}" for days, times in row["week"])
        yield f"{key}:name", _("Calendar %s") % calendar.key, name
        yield f"{key}:week", _("%s, hours") % name, week
        yield f"{key}:timezone", _("%s, time zone") % name, calendar.timezone
        yield f"{key}:holidays", _("%s, closed on") % name, ", ".join(row["holidays"])
        special = "; ".join(f"{day} {times}" for day, times in row["special"])
        yield f"{key}:special", _("%s, other hours on") % name, special
        breaks = "; ".join(f"{day} {span}" for day, span in row["breaks"])
        yield f"{key}:breaks", _("%s, breaks") % name, breaks


def _exclusions(terms: Terms) -> Iterator[Triple]:
    for row in tables.exclusions(terms):
        item = row["exclusion"]
        value = " ".join([item.text.rstrip(".") + "." if item.text else "", *row["rules"]]).strip()
        yield f"exclusions:{item.key}", _("Does not count"), f"{item.name}: {value}"
    for number, window in enumerate(terms.maintenance, 1):
        yield f"maintenance:{number}", _("Maintenance"), f"{window.name}: {window.text}"
    for pause in terms.pauses:
        yield f"pauses:{pause.key}", _("Pauses a case"), f"{pause.name}: {pause.definition}"


def _escalation(terms: Terms) -> Iterator[Triple]:
    titles = {each.key: each.title for each in terms.escalation.positions}
    calendars = {each.key: each.name for each in terms.calendars}
    for each in terms.escalation.positions:
        yield f"escalation:position:{each.key}", _("Position %s") % each.key, f"{each.title} ({side_word(each.party)})"
    for level in terms.escalation.levels:
        yield f"escalation:level:{level.level}", _("Level %s") % level.level, level_words(level, titles, calendars)
    if terms.escalation.repeats:
        yield "escalation:repetition:ladder", _("Repetition"), tables.again(terms)


def level_words(level: Level, titles: dict[str, str], calendars: dict[str, str]) -> str:
    said = [
        level.name,
        _("told %s") % tables.told(level, calendars),
        ", ".join(titles.get(key, key) for key in level.positions),
    ]
    if level.ack_seconds is not None:
        said.append(_("acknowledge within %s") % tables.duration(level.ack_seconds))
    if level.critical:
        said.append(_("also at night"))
    return "; ".join(filter(None, said))


def _reporting(terms: Terms) -> Iterator[Triple]:
    reporting = terms.reporting
    titles = {each.key: each.title for each in terms.escalation.positions}
    yield "reporting:intervals", _("Reports"), tables.intervals(terms)
    yield "reporting:recipients", _("Reports go to"), ", ".join(titles.get(key, key) for key in reporting.recipients)
    yield "reporting:grace", _("A period is closed"), _("%d days after its end") % reporting.grace_days
    yield "reporting:accepted", _("A report counts as accepted"), _("after %d days") % reporting.accepted_after_days


def _duties(terms: Terms) -> Iterator[Triple]:
    for number, duty in enumerate(terms.duties, 1):
        yield f"duties:{number}", _("Duty of the client"), duty


GROUPS = [
    _heading,
    _parties,
    _services,
    _term,
    _signatories,
    _requirements,
    _kpis,
    _priorities,
    _credits,
    _crediting,
    _workload,
    _calendars,
    _exclusions,
    _escalation,
    _reporting,
    _duties,
]


def side_word(side: str) -> str:
    return {"provider": _("Provider"), "client": _("Client")}.get(side, side)


def weight(priority: str) -> str:
    return {"must": _("Must"), "should": _("Should"), "could": _("Could")}.get(priority, priority)


def criticality(value: str) -> str:
    return {
        "low": _("low"),
        "medium": _("medium"),
        "high": _("high"),
        "critical": _("critical"),
    }.get(value, value)


def kind_word(value: str) -> str:
    return str(dict(params_.KINDS).get(value, value))


def aggregate_word(value: str) -> str:
    return {
        "percentile": _("percentile"),
        "avg": _("average"),
        "min": _("smallest value"),
        "max": _("largest value"),
        "sum": _("sum"),
    }.get(value, value)


def measure_word(value: str) -> str:
    return {
        "opened_to_responded": _("from opened to the first answer"),
        "opened_to_resolved": _("from opened to resolved"),
        "opened_to_closed": _("from opened to closed"),
    }.get(value, value)


def cohort_word(value: str) -> str:
    return {
        "closed_in": _("cases closed in the period"),
        "opened_in": _("cases opened in the period"),
        "due_in": _("cases due in the period"),
    }.get(value, value)
