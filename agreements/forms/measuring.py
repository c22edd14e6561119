"""What a kind of KPI needs beside its target, between the terms and the row of a form."""

from django.utils.translation import gettext_lazy as _

COHORTS = [
    ("closed_in", _("cases closed in the period")),
    ("opened_in", _("cases opened in the period")),
    ("due_in", _("cases due in the period")),
]
MEASURES = [
    ("", _("values as delivered")),
    ("opened_to_responded", _("time from opened to the first answer")),
    ("opened_to_resolved", _("time from opened to resolved")),
    ("opened_to_closed", _("time from opened to closed")),
    ("outages", _("length of each outage")),
]
COUNTED = [
    ("", _("cases")),
    ("outages", _("outages")),
]
AGGREGATES = [
    ("percentile", _("percentile")),
    ("avg", _("average")),
    ("max", _("largest value")),
    ("min", _("smallest value")),
    ("sum", _("sum")),
]
SLICES = [
    (60, _("1 minute")),
    (300, _("5 minutes")),
    (600, _("10 minutes")),
    (900, _("15 minutes")),
    (1800, _("30 minutes")),
    (3600, _("1 hour")),
]
RATIO_METHODS = [
    ("sum", _("sum of the good ÷ sum of all")),
    ("mean_of_slices", _("mean of the slices")),
]
COMBINED = [
    ("any", _("down when any is down")),
    ("all", _("down when all are down")),
    ("weighted", _("each by its weight")),
]
COMPOSITES = [
    ("weighted_mean", _("weighted mean")),
    ("worst_of", _("worst of them")),
    ("series", _("product: all are needed")),
]


def loaded(kpi):
    """The values of the form from a KPI's params."""
    held = kpi.params
    return {
        "cohort": held.get("cohort", "opened_in" if kpi.kind == "count" else "closed_in"),
        "priorities": held.get("priorities", []),
        "until": held.get("measure", "opened_to_closed"),
        "measure": held.get("measure", held.get("of", "")),
        "of": held.get("of", ""),
        "aggregate": held.get("aggregate", ""),
        "percentile": held.get("percentile", ""),
        "minimum_answers": held.get("minimum_answers", 1),
        "slice": held.get("slice", 300),
        "error_percent": held.get("error_percent", ""),
        "minimum_slices": held.get("minimum_run", 1),
        "minimum_requests": held.get("minimum_requests", 0),
        "ratio_method": held.get("method", "sum"),
        "method": held.get("method", "weighted_mean"),
        "minimum_run": None if kpi.kind == "slice_uptime" else held.get("minimum_run"),
        "whole_minutes": held.get("whole_minutes", False),
        "combine": held.get("combine", "any"),
        "sources": [(each["source"], each["weight"]) for each in held.get("sources", [])],
        "components": [(each["kpi"], each["weight"]) for each in held.get("components", [])],
        "late_days": held.get("late_days", 5),
        "every": held.get("every"),
        "carry": held.get("carry"),
    }


def written(row):
    """The params of a KPI from its row of the form."""
    carried = {"carry": row["carry"]} if row.get("missing") == "carry" and row.get("carry") else {}
    return carried | {
        "uptime": _of_uptime, "slice_uptime": _of_slices, "ratio": _of_ratio, "deadline": _of_deadline,
        "count": _of_count, "value": _of_value, "score": _of_score, "composite": _of_composite,
    }[row["kind"]](row)  # fmt: skip


def _cases(row):
    found = {"cohort": row.get("cohort", "closed_in")}
    return found | ({"priorities": row["priorities"]} if row.get("priorities") else {})


def _of_count(row):
    return _outages(row) if row.get("of") == "outages" else _cases(row)


def _outages(row):
    found = {"of": "outages", "minimum_run": row.get("minimum_run"), "sources": _sources(row)}
    return {name: each for name, each in found.items() if each}


def _sources(row):
    return [{"source": name, "weight": weight} for name, weight in row.get("sources") or []]


def _of_uptime(row):
    """Only what was said: an availability of old keeps its hash."""
    found = {"minimum_run": row.get("minimum_run"), "whole_minutes": row.get("whole_minutes")}
    if row.get("sources"):
        found["combine"] = row.get("combine", "any")
        found["sources"] = _sources(row)
    return {name: each for name, each in found.items() if each}


def _of_slices(row):
    return {
        "slice": row["slice"], "error_percent": row["error_percent"], "minimum_run": row["minimum_slices"],
        "minimum_requests": row["minimum_requests"],
    }  # fmt: skip


def _of_ratio(row):
    slices = {"slice": row["slice"]} if row["ratio_method"] == "mean_of_slices" else {}
    return {"method": row["ratio_method"], **slices}


def _of_deadline(row):
    return _cases(row) | ({"measure": row["until"]} if row["until"] not in ("", "opened_to_closed") else {})


def _of_value(row):
    figure = {"aggregate": row["aggregate"]}
    if row["aggregate"] == "percentile":
        figure["percentile"] = row["percentile"]
    if row["measure"] == "outages":
        return figure | _outages(row)
    if row["measure"]:
        return figure | _cases(row) | {"measure": row["measure"]}
    return figure | ({"every": row["every"]} if row.get("every") else {})


def _of_score(row):
    return {"minimum_answers": row["minimum_answers"]}


def _of_composite(row):
    components = [{"kpi": name, "weight": weight} for name, weight in row["components"]]
    return {"method": row["method"], "components": components, "late_days": row["late_days"]}
