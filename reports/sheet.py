"""A report's facts as its templates take them: the printed sheet and the page show the same (no ORM)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from kpis import charts, display
from kpis.formulas import Room
from kpis.text import period_name, short_period_name
from reports import words

TONES = {"breached": "bad", "met": "ok", "at_risk": "warn"}
LIGHT_TONES = {"red": "bad", "amber": "warn", "green": "ok", "grey": "none"}
MINUTES = charts.Promise("<=", Decimal(0), "min", 0)
WIDE, HIGH = 430, 118
Row = dict[str, Any]


def build(facts: Mapping[str, Any]) -> Row:
    """Everything that the templates show. Times come in the zone that is active."""
    rows = words.results(facts)
    return {
        "facts": facts,
        "title": words.title(facts),
        "tone": LIGHT_TONES[facts["light"]],
        "light": words.light(facts),
        "lamp": charts.traffic_light(facts["light"], words.light(facts)),
        "headline": words.headline(facts),
        "more": words.more(facts),
        "in_force": words.in_force(facts, day),
        "figures": _figures(facts),
        "rows": [_row(row) for row in rows],
        "details": _details(facts, rows),
        "strip": _strip(facts),
        "methods": sorted({row["key"]: row for row in rows}.values(), key=lambda row: row["key"]),
        "doing": words.doing(facts, day),
        "deciding": words.deciding(facts, day),
        "quarter": _quarter(facts),
        "breaches": [_breach(each) for each in facts["breaches"]],
        "sources": words.sources(facts),
        "compiled_at": instant(facts["compiled_at"]),
        "data_closed_at": instant(facts["data_closed_at"]),
        "accepted_at": instant(facts["acceptance"]["until"]),
        "feedback": [each | {"at": instant(each["at"])} for each in facts["feedback"]],
        "actions": [
            each | {"due_on": date.fromisoformat(each["due_on"]), "closed_at": instant(each["closed_at"])}
            for each in facts["actions"]
        ],
        "deliveries": [each | {"last_at": instant(each["last_at"])} for each in facts["deliveries"]],
        "corrections": [_correction(each) for each in facts.get("corrections", [])],
        "credits": [each | {"period": period_name(each["label"])} for each in facts["credits"]],
    }


def instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def day(text: str) -> str:
    """The day of an instant in the active zone, or a bare date, in words: "3 June 2026"."""
    on = date.fromisoformat(text) if "T" not in text else localtime(datetime.fromisoformat(text)).date()
    return date_format(on, "j F Y")


def _figures(facts: Mapping[str, Any]) -> list[Row]:
    counts, year = facts["counts"], facts["year"]
    new = [each for each in facts["breaches"] if each["new"]]
    shut = [each for each in facts["breaches"] if each["state"] in ("closed", "not_a_breach")]
    proposed = [each["shown"] for each in facts["credits"] if each["state"] == "proposed"]
    settled = [each["shown"] for each in facts["credits"] if each["state"] != "proposed"]
    return [
        {
            "label": _("Met in %(period)s") % {"period": facts["name"]},
            "value": display.counted(counts["met"], counts["judged"]),
        },
        {
            "label": _("Met in the last 12 months"),
            "value": display.counted(year["met"], year["judged"]),
        },
        {
            "label": _("Breaches"),
            "value": str(len(new)),
            "note": _("new, %(count)d closed") % {"count": len(shut)},
        },
        {
            "label": _("Credit proposed") if proposed or not settled else _("Credits"),
            "value": " + ".join(proposed or settled) or display.NOTHING,
        },
    ]


def _details(facts: Mapping[str, Any], rows: Sequence[Row]) -> list[Row]:
    """The rows as they are explained: of a quarter by KPI, its chart drawn once."""
    if not facts["quarter"]:
        return [_row(row) for row in rows]
    ordered = [_row(row) for row in sorted(rows, key=lambda row: (row["key"], row["period"]["lo"]))]
    firsts = {row["key"]: place for place, row in reversed(list(enumerate(ordered)))}
    return [
        row | {"chart": row["chart"] if firsts[row["key"]] == place else "", "again": firsts[row["key"]] != place}
        for place, row in enumerate(ordered)
    ]


def _row(row: Row) -> Row:
    """A KPI's line on the first page and its details."""
    promise = _promise(row)
    history = [each for each in row["history"] if each["verdict"] != "not_due"]
    before = history[-2] if len(history) > 1 else None
    return row | {
        "tone": TONES.get(row["verdict"], "none"),
        "period_name": period_name(row["period"]["label"]),
        "before": before and promise.show(_number(before["value"])),
        "before_missed": before is not None and before["verdict"] == "breached",
        "of_year": _of_year(history),
        "chart": _chart(row, promise, history),
        "daily": _is_daily(row, history),
        "bar": _bar(row),
        "excluded": _excluded(row["figures"]),
        # Reports made before there were claims hold none.
        "exclusions": [_exclusion(each) for each in row.get("exclusions", [])],
        "disputed": row.get("disputed", []),
        "missing": words.missing(row),
        "outages": [_outage(each) for each in row["figures"].get("outages", [])],
        "late": [_late(each) for each in row["figures"].get("missed", [])],
        "late_by_priority": words.by_priority(row["figures"].get("missed_by_priority", {})),
    }


def _of_year(history: Sequence[Row]) -> str:
    verdicts = [each["verdict"] for each in history]
    return display.counted(verdicts.count("met"), verdicts.count("met") + verdicts.count("breached"))


def _chart(row: Row, promise: charts.Promise, history: Sequence[Row]) -> str:
    """The months against the target; of a young agreement the minutes of downtime day by day."""
    if _is_daily(row, history):
        days = [
            charts.Point(
                date_format(date.fromisoformat(each["day"]), "j M"), (_number(each["down"]) or Fraction()) / 60
            )
            for each in row["days"]
        ]
        title = _("%(name)s: minutes of downtime by day") % row
        return charts.day_chart(days, MINUTES, title, target=False, width=WIDE, height=HIGH)
    if len(history) < 2 or all(each["value"] is None for each in history):
        return ""
    points = [_point(each) for each in history]
    return charts.line_chart(points, promise, _("%(name)s by month") % row, width=WIDE, height=HIGH)


def _is_daily(row: Row, history: Sequence[Row]) -> bool:
    return len(history) < 3 and any(_number(each["down"]) for each in row["days"])


def _bar(row: Row) -> str:
    if not row["room"] or row["value"] is None:
        return ""
    parts = (Fraction(row["room"][name]) for name in ("allowed", "used", "left"))
    room = Room(row["room"]["unit"], *parts)
    return charts.room_bar(room, row["verdict"], f"{row['room_left']} {row['room_used']}".strip())


def _excluded(figures: Mapping[str, Any]) -> str:
    seconds = _number(figures.get("excluded")) or Fraction()
    return display.duration(seconds) if seconds else ""


def _exclusion(each: Mapping[str, Any]) -> Row:
    spans = [{name: instant(span[name]) for name in ("lo", "hi")} for span in each["spans"]]
    return dict(each) | {"spans": spans}


def _correction(each: Mapping[str, Any]) -> Row:
    """A corrected result with its two editions as a verdict's template takes them."""
    return dict(each) | {"period": period_name(each["label"]), "at": instant(each["at"])}


def _outage(each: Mapping[str, Any]) -> Row:
    return {
        "start": instant(each["start"]),
        "end": instant(each["end"]),
        "lasted": display.duration(Fraction(each["lasted"]), toward="up"),
        "counted": display.duration(Fraction(each["counted"]), toward="up"),
    }


def _late(each: Mapping[str, Any]) -> Row:
    took, limit = display.duration(each["elapsed"], toward="up"), display.duration(each["limit"])
    return dict(each) | {"took": took, "allowed": limit}


def _strip(facts: Mapping[str, Any]) -> Row:
    """The twelve months, each KPI once."""
    rows = {row["key"]: row for row in sorted(words.results(facts), key=lambda row: row["key"])}
    return {
        "months": [short_period_name(month) for month in facts["months"]],
        "rows": [
            {
                "key": row["key"],
                "name": row["name"],
                "unit": row["unit"],
                "cells": charts.month_strip([_point(each) for each in row["history"]], _promise(row)),
            }
            for row in rows.values()
        ],
    }


def _quarter(facts: Mapping[str, Any]) -> Row:
    """The table KPI by month, with the figure of the whole part for information."""
    quarter = facts["quarter"]
    if not quarter:
        return {}
    found: dict[str, list[Row]] = {}
    for row in quarter["results"]:
        found.setdefault(row["key"], []).append(_row(row))
    lines = [_line(key, rows, facts) for key, rows in sorted(found.items())]
    return {
        "months": [period_name(label) for label in quarter["months"]],
        "rows": sorted(lines, key=lambda line: -line["missed"]),
    }


def _line(key: str, rows: Sequence[Row], facts: Mapping[str, Any]) -> Row:
    """A KPI's results by month; two in a month in which a new version took over."""
    quarter = facts["quarter"]
    return {
        "row": rows[0],
        "cells": [[row for row in rows if row["period"]["label"] == label] for label in quarter["months"]],
        "judged": [row for row in rows if row["period"]["label"] == facts["label"]],
        "whole": [row for row in quarter["figures"] if row["key"] == key],
        "missed": sum(row["verdict"] == "breached" for row in rows),
    }


def _breach(breach: Mapping[str, Any]) -> Row:
    opened, taken = instant(breach["opened_at"]), instant(breach["acknowledged_at"])
    after = display.duration(int((taken - opened).total_seconds())) if opened and taken else ""
    times = {name: instant(breach[name]) for name in ("opened_at", "acknowledged_at", "closed_at")}
    steps = [
        dict(each) | {"at": instant(each["at"]), "due_at": instant(each["due_at"]), "told": ", ".join(each["told"])}
        for each in breach["steps"]
    ]
    return dict(breach) | times | {"after": after, "steps": steps}


def _point(cell: Mapping[str, Any]) -> charts.Point:
    return charts.Point(short_period_name(cell["label"]), _number(cell["value"]), cell["verdict"])


def _promise(row: Mapping[str, Any]) -> charts.Promise:
    return charts.Promise(row["op"], Decimal(row["target"]), row["unit"], row["decimals"])


def _number(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(text)
