"""How a figure is worked out, in plain words, from its signed terms (no ORM)."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from kpis import display

# Lazily: a module is read before anybody's language is known.
MISSING = {
    "gap": _lazy("Time or values that were not delivered are left out and shown."),
    "good": _lazy("What was not delivered counts as good."),
    "bad": _lazy("What was not delivered counts as bad."),
    "carry": _lazy("What was not delivered counts as the value before."),
}


def formula(spec: Mapping[str, Any]) -> str:
    """The figure as a fraction or a rank, in one line."""
    kpi = spec["kpi"]
    if kpi["kind"] == "uptime":
        return _("time up ÷ time that counts × 100")
    if kpi["kind"] == "deadline":
        return _("cases in time ÷ cases that count × 100")
    if kpi["kind"] == "score":
        return _("sum of the answers ÷ their number")
    params = kpi["params"]
    if params["aggregate"] == "percentile":
        return _("the value at place %(p)s %% × n, rounded up, of n ordered values") % {"p": params["percentile"]}
    return {
        "avg": _("sum of the values ÷ their number"),
        "min": _("the smallest value"),
        "max": _("the largest value"),
        "sum": _("the sum of the values"),
    }[params["aggregate"]]


def lines(spec: Mapping[str, Any]) -> list[str]:
    """The rules behind it, a sentence each."""
    kpi = spec["kpi"]
    by_kind = {"uptime": _uptime, "deadline": _deadline, "value": _value, "score": _score}[kpi["kind"]]
    zone = _("Periods are cut at midnight in %(zone)s.") % {"zone": spec["timezone"]}
    exact = _("Exact numbers are compared; what is shown is cut toward the bad side.")
    return [*by_kind(spec), zone, exact]


def _uptime(spec: Mapping[str, Any]) -> list[str]:
    hours = spec["kpi"]["calendar"]
    counts = (
        _("What counts are the hours of the calendar “%(calendar)s”.") % {"calendar": hours}
        if hours
        else _("Day and night count.")
    )
    return [
        counts,
        _("Outages that overlap count once; inside the watched span silence means up."),
        str(MISSING[spec["kpi"]["missing"]]),
    ]


def _deadline(spec: Mapping[str, Any]) -> list[str]:
    params = spec["kpi"]["params"]
    cohort = {
        "closed_in": _("Cases count in the period in which they are closed."),
        "opened_in": _("Cases count in the period in which they are opened."),
        "due_in": _("Cases count in the period in which they are due."),
    }[params.get("cohort", "closed_in")]
    wanted = params.get("priorities") or [row["priority"] for row in spec["priorities"]]
    limits = [
        _("Priority %(priority)d: at most %(time)s by the calendar “%(calendar)s”.")
        % {
            "priority": row["priority"],
            "time": display.duration(row["resolution_seconds"]),
            "calendar": row["calendar"],
        }
        for row in spec["priorities"]
        if row["priority"] in wanted
    ]
    late = _("A case still open past its deadline is missed in the period of its deadline, and only there.")
    return [cohort, *limits, late]


def _value(spec: Mapping[str, Any]) -> list[str]:
    kpi, params = spec["kpi"], spec["kpi"]["params"]
    if "measure" not in params:
        return [str(MISSING[kpi["missing"]])]
    said = [
        {
            "opened_to_resolved": _("A value is the time from opening a case to its resolution."),
            "opened_to_closed": _("A value is the time from opening a case to its closing."),
        }[params["measure"]]
    ]
    if params.get("priorities"):
        each = ", ".join(map(str, params["priorities"]))
        said.append(_("Cases of these priorities count: %(priorities)s.") % {"priorities": each})
    return [*said, _("A case without the end that is measured is shown and ranked nowhere.")]


def _score(spec: Mapping[str, Any]) -> list[str]:
    least = spec["kpi"]["params"].get("minimum_answers", 1)
    return [_("Below %(count)d answers there is not enough data.") % {"count": least}]
