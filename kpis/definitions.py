"""A KPI definition of the library: what it proposes, in words and as terms (no ORM).

A definition is a place to start from. What is put into a draft is a copy that its authors change as they like;
the terms carry the values, and nothing that happens to the library later touches them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from agreements import lint, params, sentences, tables
from agreements import terms as t
from agreements.lines import kind_word
from agreements.merging import fresh_key
from agreements.terms import CalendarTerm, Kpi, Service, Terms
from kpis import display, method
from kpis.spec import stream_kind

TOPICS = (
    ("availability", _lazy("Availability")),
    ("performance", _lazy("Performance")),
    ("support", _lazy("Support")),
    ("change", _lazy("Changes")),
    ("security", _lazy("Security and continuity")),
    ("data", _lazy("Data")),
    ("satisfaction", _lazy("Satisfaction")),
    ("overall", _lazy("Overall")),
)
KEY, SERVICE, HOURS = "K1", "service", "hours"
MOST_KPIS = 60  # as many as the editor's page takes
# What a new definition of each kind begins with: its unit, and settings that can be worked out.
START: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "uptime": ("%", {}),
    "slice_uptime": ("%", {"slice": 300, "error_percent": "5", "minimum_run": 1, "minimum_requests": 0}),
    "ratio": ("%", {"method": "sum"}),
    "deadline": ("%", {"cohort": "closed_in"}),
    "count": ("cases", {"cohort": "opened_in"}),
    "value": ("h", {"aggregate": "percentile", "percentile": "95"}),
    "score": ("points", {"minimum_answers": 1}),
    "composite": (
        "%", {"method": "weighted_mean", "components": [{"kpi": KEY, "weight": "1"}], "late_days": 5},
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Text:
    """What a definition says beside its figures, in the words of its author."""

    topic: str
    purpose: str  # why it is measured, and when it fits
    words: str  # how the figure is worked out
    caution: str = ""  # what it does not show
    origin: str = ""  # where the definition comes from


def read(document: Mapping[str, Any], name: str) -> Kpi:
    """The KPI that a definition proposes, under its name. Raises terms.TermsError for a malformed document."""
    own = {"key": KEY, "name": name, "service": "", **document}
    return t.load({"schema": t.SCHEMA, "kpis": [own]}).kpis[0]


def dump(kpi: Kpi) -> dict[str, Any]:
    """The document that is kept: the KPI without what only an agreement knows."""
    left = {"key", "name", "service", "calendar", "requirements", "exclusions"}
    return {name: each for name, each in t.plain(kpi).items() if name not in left}


def proposed(kind: str) -> Kpi:
    """What a new definition of a kind begins with."""
    unit, held = START[kind]
    return Kpi(KEY, "", "", kind, "", "<=" if kind == "count" else ">=", "", unit, params=dict(held))


def rows(kpi: Kpi) -> list[tuple[str, str]]:
    """Everything that is decided about the figure, a line each, for page, paper and API."""
    # How parts or slices go together is in the formula already.
    held = {key: each for key, each in kpi.params.items() if key in params.WORDS and key != "method"}
    said = [
        (_("Kind"), str(kind_word(kpi.kind))),
        (_("Formula"), method.formula({"kpi": asdict(kpi)})),
        (_("Settings"), ", ".join(params.words(held))),
        (_("Cases"), _cases(kpi)),
        (_("Target"), tables.level(kpi)),
        (_("Warn at"), f"{kpi.warn} {kpi.unit}".strip() if kpi.warn else ""),
        (_("Means"), sentences.sentence(sample(kpi), replace(kpi, calendar=HOURS))),
        (_("Judged"), capital(tables.every(kpi.period, kpi.trailing_days))),
        (_("Rounding"), rounding(kpi)),
        (_("Missing data"), capital(tables.missing(kpi))),
        (_("Least coverage"), tables.percent(kpi.coverage) if covered(kpi) else ""),
        (_("Source"), kpi.source),
    ]
    return [(label, value) for label, value in said if value]


def rounding(kpi: Kpi) -> str:
    """How the figure is compared and how it is shown."""
    target = sentences.number(kpi.target)
    places = kpi.decimals if target is None else max(kpi.decimals, display.places_of(Decimal(kpi.target)))
    return ngettext(
        "Compared exactly; shown with %d decimal, cut toward the bad side",
        "Compared exactly; shown with %d decimals, cut toward the bad side",
        places,
    ) % places


def covered(kpi: Kpi) -> bool:
    """Whether its formula knows how much of the whole was measured."""
    return kpi.kind not in ("deadline", "count", "score") or params.of_outages(kpi.params)


def _in_hours(kpi: Kpi) -> bool:
    """Whether the hours that count are a question of the agreement; elsewhere hours would leave facts out."""
    return kpi.kind in ("uptime", "slice_uptime") or params.of_outages(kpi.params)


def capital(text: str) -> str:
    """The same words as the beginning of a line."""
    return f"{text[:1].upper()}{text[1:]}"


def problems(kpi: Kpi) -> list[str]:
    """What keeps a definition from being published: what a draft that took it over could not be signed with."""
    whole = sample(kpi)
    return problems_in(replace(whole, kpis=whole.kpis[1:]), whole.kpis[0])


def problems_in(terms: Terms, kpi: Kpi) -> list[str]:
    """What keeps a KPI, put at the end of these terms, from being signed."""
    whole, place = replace(terms, kpis=[*terms.kpis, kpi]), f"kpis.{len(terms.kpis)}"
    found = lint.errors(lint.check(whole, lint.Facts(today=date(2026, 1, 1))))
    return [each.message for each in found if f"{each.place}.".startswith(f"{place}.")]


def sample(kpi: Kpi) -> Terms:
    """The smallest agreement in which the KPI can stand: a service open day and night, priorities, its parts."""
    always = CalendarTerm(HOURS, HOURS, "UTC", {day: [["00:00", "24:00"]] for day in tables.DAYS})
    wanted = kpi.params.get("priorities") or [1]
    parts = kpi.params.get("components") or [] if kpi.kind == "composite" else []
    keys = [each["kpi"] for each in parts if isinstance(each, dict) and isinstance(each.get("kpi"), str)]
    own = fresh_key(set(keys), "K")
    return Terms(
        services=[Service(SERVICE, SERVICE)],
        calendars=[always],
        kpis=[replace(kpi, key=own, service=SERVICE, calendar=HOURS), *(_part(key, kpi) for key in keys)],
        priorities=[t.Priority(each, str(each), 3600, HOURS, 1800) for each in wanted if isinstance(each, int)],
        term=t.Term(contract_year="2026-01-01"),
    )


def chosen(kpi: Kpi, *, service: str, calendar: str) -> Kpi:
    """The KPI of a service, within hours where its figure is one of time."""
    return replace(kpi, service=service, calendar=calendar if _in_hours(kpi) else "")


def placed(kpis: Sequence[Kpi], terms: Terms) -> list[Kpi]:
    """These KPIs as rows of a draft: under its next keys, with names of data that it does not have for other data.

    An index is made of those KPIs of the draft whose figure is a percentage to be reached.
    """
    taken, known, made = {each.key for each in terms.kpis}, list(terms.kpis), []
    for kpi in kpis:
        own = replace(kpi, key=fresh_key(taken, "K"), indicator=_stream(kpi, known))
        if kpi.kind == "composite":
            own = replace(own, params={**kpi.params, "components": _parts(own, known) or kpi.params["components"]})
        known.append(own)
        made.append(own)
    return made


def _stream(kpi: Kpi, known: Sequence[Kpi]) -> str:
    """The name of its data; with a number where data of another kind have it already."""
    kinds = {each.indicator: stream_kind(each) for each in known if each.kind in params.SHAPES}
    name, count = kpi.indicator, 1
    while kinds.get(name, stream_kind(kpi)) != stream_kind(kpi):
        count += 1
        name = f"{kpi.indicator}-{count}"
    return name


def _parts(whole: Kpi, known: Sequence[Kpi]) -> list[dict[str, str]]:
    span = (whole.period, whole.trailing_days)
    fit = [each for each in known if each.unit == "%" and each.op == ">=" and (each.period, each.trailing_days) == span]
    return [{"kpi": each.key, "weight": "1"} for each in fit if each.kind != "composite"]


def _part(key: str, whole: Kpi) -> Kpi:
    base = Kpi(key, key, SERVICE, "uptime", key.lower(), ">=", "99", "%", source=key, calendar=HOURS)
    return replace(base, period=whole.period, trailing_days=whole.trailing_days)


def _cases(kpi: Kpi) -> str:
    """Which cases count and what of them is measured, where a KPI is made of cases."""
    if stream_kind(kpi) != "cases":
        return ""
    held = kpi.params
    cohort = {
        "closed_in": _("closed in the period"),
        "opened_in": _("opened in the period"),
        "due_in": _("due in the period"),
    }.get(str(held.get("cohort", "opened_in" if kpi.kind == "count" else "closed_in")), "")
    measured = {
        "opened_to_responded": _("measured from opened to the first answer"),
        "opened_to_resolved": _("measured from opened to resolved"),
        "opened_to_closed": _("measured from opened to closed"),
    }.get(str(held.get("measure")), "")
    wanted = ", ".join(map(str, held.get("priorities") or []))
    return ", ".join(filter(None, [cohort, wanted and _("priority %s") % wanted, measured]))
