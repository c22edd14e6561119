"""How a figure is worked out, in plain words, from its signed terms (no ORM)."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from agreements import params
from kpis import display

# Lazily: a module is read before anybody's language is known.
MISSING = {
    "gap": _lazy("Time or values that were not delivered are left out and shown."),
    "good": _lazy("What was not delivered counts as good."),
    "bad": _lazy("What was not delivered counts as bad."),
    "carry": _lazy("What was not delivered is as it was last known, for a time; behind it, it is left out."),
}


def formula(spec: Mapping[str, Any]) -> str:
    """The figure as a fraction or a rank, in one line."""
    kpi = spec["kpi"]
    if kpi["kind"] in OTHERS:
        return _other(kpi)
    if kpi["kind"] == "uptime":
        return _("time up ÷ time that counts × 100")
    if kpi["kind"] == "deadline":
        return _("cases in time ÷ cases that count × 100")
    if kpi["kind"] == "score":
        return _("sum of the answers ÷ their number")
    held = kpi["params"]
    if held["aggregate"] == "percentile":
        return _("the value at place %(p)s %% × n, rounded up, of n ordered values") % {"p": held["percentile"]}
    return {
        "avg": _("sum of the values ÷ their number"),
        "min": _("the smallest value"),
        "max": _("the largest value"),
        "sum": _("the sum of the values"),
    }[held["aggregate"]]


def lines(spec: Mapping[str, Any]) -> list[str]:
    """The rules behind it, a sentence each."""
    kpi = spec["kpi"]
    by_kind = {
        "uptime": _uptime, "slice_uptime": _slices, "ratio": _ratio, "deadline": _deadline, "count": _count,
        "value": _value, "score": _score, "composite": _composite,
    }[kpi["kind"]]  # fmt: skip
    zone = _("Periods are cut at midnight in %(zone)s.") % {"zone": spec["timezone"]}
    exact = _("Exact numbers are compared; what is shown is cut toward the bad side.")
    return [*by_kind(spec), zone, exact]


def _uptime(spec: Mapping[str, Any]) -> list[str]:
    return [
        *_hours(spec),
        *_told(spec),
        _("Outages that overlap count once; inside the watched span silence means up."),
        str(MISSING[spec["kpi"]["missing"]]),
    ]


def _deadline(spec: Mapping[str, Any]) -> list[str]:
    held = spec["kpi"]["params"]
    cohort = {
        "closed_in": _("Cases count in the period in which they are closed."),
        "opened_in": _("Cases count in the period in which they are opened."),
        "due_in": _("Cases count in the period in which they are due."),
    }[held.get("cohort", "closed_in")]
    wanted = held.get("priorities") or [row["priority"] for row in spec["priorities"]]
    limits = [
        _("Priority %(priority)d: at most %(time)s by the calendar “%(calendar)s”.")
        % {
            "priority": row["priority"],
            "time": display.duration(row[params.limit_name(held)]),
            "calendar": row["calendar"],
        }
        for row in spec["priorities"]
        if row["priority"] in wanted and row[params.limit_name(held)]
    ]
    if held.get("measure") == "opened_to_responded":
        limits.insert(0, _("A case ends with its first answer, at the latest when it is closed."))
    if reasons := spec.get("pauses"):
        limits.append(_("Waiting does not count where its reason is %(reasons)s.") % {"reasons": ", ".join(reasons)})
    late = _("A case still open past its deadline is missed in the period of its deadline, and only there.")
    return [cohort, *limits, late]


def _value(spec: Mapping[str, Any]) -> list[str]:
    kpi, held = spec["kpi"], spec["kpi"]["params"]
    if params.of_outages(held):
        return _outages(spec)
    if "measure" not in held:
        return [*_hours(spec), *_told(spec), str(MISSING[kpi["missing"]])]
    said = [
        {
            "opened_to_responded": _("A value is the time from opening a case to its first answer."),
            "opened_to_resolved": _("A value is the time from opening a case to its resolution."),
            "opened_to_closed": _("A value is the time from opening a case to its closing."),
        }[held["measure"]]
    ]
    if held.get("priorities"):
        each = ", ".join(map(str, held["priorities"]))
        said.append(_("Cases of these priorities count: %(priorities)s.") % {"priorities": each})
    return [*said, _("A case without the end that is measured is shown and ranked nowhere.")]


def _score(spec: Mapping[str, Any]) -> list[str]:
    least = spec["kpi"]["params"].get("minimum_answers", 1)
    said = ngettext(
        "Below %d answer there is not enough data.", "Below %d answers there is not enough data.", least
    )
    return [said % least]


OTHERS = ("slice_uptime", "ratio", "count", "composite")


def _other(kpi: Mapping[str, Any]) -> str:
    if kpi["kind"] == "slice_uptime":
        return _("slices up ÷ slices that count × 100")
    if kpi["kind"] == "count":
        return _("the number of outages") if params.of_outages(kpi["params"]) else _("the number of cases")
    if kpi["kind"] == "ratio" and kpi["op"] == "<=":
        counted = _("sum of what is counted ÷ sum of all × 100")
    else:
        counted = _("sum of the good ÷ sum of all × 100")
    return {
        "sum": counted,
        "mean_of_slices": _("sum of the slices’ percentages ÷ their number"),
        "weighted_mean": _("sum of weight × figure ÷ sum of the weights"),
        "worst_of": _("the smallest figure of the parts"),
        "series": _("the product of the parts, as of parts that are all needed"),
    }[kpi["params"].get("method", "sum")]


def _hours(spec: Mapping[str, Any]) -> list[str]:
    hours = spec["kpi"]["calendar"]
    if hours:
        return [_("What counts are the hours of the calendar “%(calendar)s”.") % {"calendar": hours}]
    return [_("Day and night count.")]


def _told(spec: Mapping[str, Any]) -> list[str]:
    """What the params say beside the rest."""
    held = spec["kpi"]["params"]
    said = params.words({name: each for name, each in held.items() if name in params.WORDS})
    return [f"{', '.join(said).capitalize()}."] if said else []


def _slices(spec: Mapping[str, Any]) -> list[str]:
    over = _("A slice is down above the limit of errors; it counts when it begins in hours that count.")
    return [*_hours(spec), over, *_told(spec), str(MISSING[spec["kpi"]["missing"]])]


def _ratio(spec: Mapping[str, Any]) -> list[str]:
    return [*_hours(spec), *_told(spec), str(MISSING[spec["kpi"]["missing"]])]


def _count(spec: Mapping[str, Any]) -> list[str]:
    held = spec["kpi"]["params"]
    if params.of_outages(held):
        return _outages(spec)
    said = (
        _("Cases count in the period in which they are closed.")
        if held.get("cohort") == "closed_in"
        else _("Cases count in the period in which they are opened.")
    )
    wanted = ", ".join(map(str, held.get("priorities") or []))
    which = [_("Cases of these priorities count: %(priorities)s.") % {"priorities": wanted}] if wanted else []
    return [said, *which, _("None is none only when data came after the period’s end.")]


def _outages(spec: Mapping[str, Any]) -> list[str]:
    return [
        *_hours(spec),
        *_told(spec),
        _("Outages that overlap or touch are one; it belongs whole to the period in which it begins."),
        _("What counts of it is its time in hours that count, without what is excluded."),
    ]


def _composite(spec: Mapping[str, Any]) -> list[str]:
    missing = {
        "gap": _("A part without a figure is left out."),
        "good": _("A part without a figure counts as 100 %."),
        "bad": _("A part without a figure counts as 0 %."),
    }[spec["kpi"]["missing"]]
    return [*_told(spec), missing, _("When a part gets a new edition, so does the index.")]
