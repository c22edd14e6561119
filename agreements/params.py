"""What a kind of KPI needs beside its target: which names there are, what each may hold, and how it is said (no ORM).

The kinds, what they are called and which answers to missing data make sense for them stand here once.
"""

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from agreements.lengths import short
from agreements.terms import Kpi

Check = Callable[[Any], bool]
SLICES = (60, 300, 600, 900, 1800, 3600)  # seconds; each divides an hour
COHORTS = ("closed_in", "opened_in", "due_in")
AGGREGATES = ("avg", "min", "max", "sum", "percentile")
RANKED = ("min", "max", "percentile")
MEASURES = ("opened_to_responded", "opened_to_resolved", "opened_to_closed")
MEASURE_UNITS = ("s", "min", "h", "d")
MISSING = {
    "uptime": ("gap", "good", "bad", "carry"),
    "slice_uptime": ("gap", "good", "bad", "carry"),
    "ratio": ("gap", "good", "bad", "carry"),
    "deadline": ("gap",),
    "count": ("gap", "good"),
    "value": ("gap", "good", "bad", "carry"),
    "score": ("gap",),
    "composite": ("gap", "good", "bad"),
}
KINDS = (
    ("uptime", gettext_lazy("Availability")),
    ("slice_uptime", gettext_lazy("Availability by error rate")),
    ("ratio", gettext_lazy("Share of what was good")),
    ("deadline", gettext_lazy("Cases in time")),
    ("count", gettext_lazy("Number of cases or outages")),
    ("value", gettext_lazy("Measured value")),
    ("score", gettext_lazy("Satisfaction score")),
    ("composite", gettext_lazy("Index of other KPIs")),
)
# Of these the figure is a percentage that is to be reached; of the first two of time.
SHARES = ("uptime", "slice_uptime", "deadline", "composite")
# The kinds whose figure is made of time, or of what was measured at times: of cases and answers none can be left out.
OF_TIME = ("uptime", "slice_uptime", "ratio", "value")
PERIODS = (
    "month", "quarter", "half_year", "year", "fiscal_quarter", "fiscal_year", "contract_year", "trailing",
)  # fmt: skip


def limit_name(held: Mapping[str, Any]) -> str:
    """Which time of a priority limits a KPI of cases: the one to answer, where it measures that, else to resolve."""
    return "response_seconds" if held.get("measure") == "opened_to_responded" else "resolution_seconds"


def one_of(*names: str) -> Check:
    return lambda value: value in names


def whole(least: int, most: int) -> Check:
    return lambda value: type(value) is int and least <= value <= most


def yes_or_no(value: Any) -> bool:
    return isinstance(value, bool)


def between(least: int, most: int, *, above: bool = False) -> Check:
    """A number as text between two bounds; with `above` the lower one is excluded."""

    def check(value: Any) -> bool:
        found = fraction(value)
        return found is not None and least <= found <= most and not (above and found == least)

    return check


def weights(name: str) -> Check:
    """A list of names with a weight above 0, each once: [{"kpi": "K1", "weight": "2"}]."""

    def check(value: Any) -> bool:
        rows: list[Any] = value if isinstance(value, list) else [None]
        if not all(isinstance(each, dict) and set(each) == {name, "weight"} for each in rows):
            return False
        names = [each[name] for each in rows]
        if not all(isinstance(each, str) and each.strip() for each in names) or len(set(names)) < len(names):
            return False
        return bool(rows) and all((fraction(each["weight"]) or 0) > 0 for each in rows)

    return check


def priorities(value: Any) -> bool:
    return isinstance(value, list) and all(type(each) is int for each in value)


def fraction(value: Any) -> Fraction | None:
    """An exact number written as text; None for anything else."""
    try:
        return Fraction(value) if isinstance(value, str) and "/" not in value and "e" not in value.lower() else None
    except ValueError:
        return None


CASES: dict[str, Check] = {"cohort": one_of(*COHORTS), "priorities": priorities, "measure": one_of(*MEASURES)}
# For how many seconds the last known holds on, where missing data are as it was.
CARRIED = {"carry": whole(1, 31 * 86_400)}
SHAPES: dict[str, dict[str, Check]] = {
    "uptime": {
        **CARRIED,
        "minimum_run": whole(0, 86_400),
        "whole_minutes": yes_or_no,
        "combine": one_of("any", "all", "weighted"),
        "sources": weights("source"),
    },
    "slice_uptime": {
        **CARRIED,
        "slice": lambda value: value in SLICES,
        "error_percent": between(0, 100),
        "minimum_run": whole(1, 1440),
        "minimum_requests": whole(0, 10**9),
    },
    "ratio": {**CARRIED, "method": one_of("sum", "mean_of_slices"), "slice": lambda value: value in SLICES},
    "deadline": CASES,
    "count": {"cohort": one_of("opened_in", "closed_in"), "priorities": priorities},
    "value": {
        **CASES,
        **CARRIED,
        "aggregate": one_of(*AGGREGATES),
        "percentile": between(0, 100, above=True),
        "every": whole(1, 31 * 86_400),
    },
    "score": {"minimum_answers": whole(1, 10_000)},
    "composite": {
        "method": one_of("weighted_mean", "worst_of", "series"),
        "components": weights("kpi"),
        "late_days": whole(0, 90),
    },
}
# A number or a length of outages ("of": "outages") is told otherwise than one of cases or values.
OUTAGES: dict[str, Check] = {
    "of": one_of("outages"), "minimum_run": whole(0, 86_400), "sources": weights("source"),
}  # fmt: skip
OF_OUTAGES: dict[str, dict[str, Check]] = {
    "count": OUTAGES,
    "value": {**OUTAGES, "aggregate": one_of(*AGGREGATES), "percentile": between(0, 100, above=True)},
}
# What each kind can't do without.
NEEDED = {
    "slice_uptime": ("slice", "error_percent"),
    "value": ("aggregate",),
    "composite": ("method", "components"),
}


def wrong(kpi: Kpi) -> Iterator[str]:
    """The names of a KPI's params that are unknown to its kind, hold what they may not, or are not there."""
    shape = (OF_OUTAGES if of_outages(kpi.params) else SHAPES).get(kpi.kind, {})
    for name in sorted({*kpi.params, *NEEDED.get(kpi.kind, ())}):
        if name not in kpi.params or name not in shape or not shape[name](kpi.params[name]):
            yield name
    if kpi.kind == "ratio" and kpi.params.get("method") == "mean_of_slices" and "slice" not in kpi.params:
        yield "slice"
    if (kpi.missing == "carry") != ("carry" in kpi.params):
        yield "carry"
    if kpi.kind == "value" and kpi.missing == "carry" and ("every" not in kpi.params or "measure" in kpi.params):
        yield "every"
    if kpi.kind == "uptime" and kpi.params.get("combine", "any") != "any" and "sources" not in kpi.params:
        yield "sources"


def of_outages(params: Mapping[str, Any]) -> bool:
    """Whether a number or a length is that of outages."""
    return params.get("of") == "outages"


def of_time(kind: str, params: Mapping[str, Any]) -> bool:
    """Whether time can be left out of such a figure."""
    return of_outages(params) or (kind in OF_TIME and "measure" not in params)


def has_good_time(kind: str, params: Mapping[str, Any]) -> bool:
    """Whether time can be called good: a value is a number, and a sum of shares knows no time."""
    slices = kind == "slice_uptime" or params.get("method") == "mean_of_slices"
    return kind == "uptime" or slices or of_outages(params)


def words(params: Mapping[str, Any]) -> list[str]:
    """What params mean, a phrase each, in a fixed order; one that is not known as it stands."""
    said = [(name, params[name]) for name in WORDS if name in params]
    rest = [f"{name} {params[name]}" for name in sorted(params.keys() - WORDS.keys())]
    return [*filter(None, (WORDS[name](value) for name, value in said)), *rest]


def _run(value: int) -> str:
    return _("shorter runs than %d do not count") % value if value > 1 else ""


def _named(value: Any, name: str) -> str:
    rows = value if isinstance(value, list) else []
    return ", ".join(
        each.get(name, "") if each.get("weight") == "1" else f"{each.get(name)} × {each.get('weight')}" for each in rows
    )


WORDS: dict[str, Callable[[Any], str]] = {
    "of": lambda value: _("of outages") if value == "outages" else str(value),
    "slice": lambda value: _("slices of %d minutes") % (value // 60) if value != 60 else _("slices of a minute"),
    "error_percent": lambda value: _("down above %s %% errors") % value,
    "minimum_run": _run,
    "minimum_requests": lambda value: _("only with %d requests or more") % value if value else "",
    "whole_minutes": lambda value: _("whole minutes only") if value else "",
    "combine": lambda value: {
        "any": _("down when any source is down"),
        "all": _("down when all sources are down"),
        "weighted": _("each source by its weight"),
    }.get(value, str(value)),
    "sources": lambda value: _("sources %s") % _named(value, "source"),
    "every": lambda value: ngettext("a value each %d second", "a value each %d seconds", value) % value,
    "method": lambda value: {
        "sum": _("sum of the good ÷ sum of all"),
        "mean_of_slices": _("mean of the slices"),
        "weighted_mean": _("weighted mean"),
        "worst_of": _("worst of"),
        "series": _("product, as of parts in series"),
    }.get(value, str(value)),
    "components": lambda value: _named(value, "kpi"),
    "carry": lambda value: _("the last known holds on for %s") % short(value),
    "late_days": lambda value: ngettext("waits %d day for a part", "waits %d days for a part", value) % value,
}
