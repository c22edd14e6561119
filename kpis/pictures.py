"""The pictures of the performance pages, from readings."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from agreements.params import of_outages
from kpis import charts, daily, details, display, roomchart
from kpis.formulas import BREACHED, MET, exact
from kpis.outlook import OF_TIME
from kpis.reading import Reading

MINUTES = charts.Promise("<=", Decimal(0), "min", 1)
CASES = charts.Promise("<=", Decimal(0))
WIDTH, HEIGHT = 472, 140
LONGEST = 100  # days: of a longer period the parts are shown, not its days
Spans = Sequence[tuple[datetime, datetime]]


def sparks(found: list[Reading], history: dict[str, list[charts.Point]]) -> list[dict[str, Any]]:
    """Each reading with the shape of its last twelve months."""
    title = _("12 months")
    return [
        {
            "reading": each,
            "spark": charts.sparkline(history[each.period.target.key], each.promise, title),
        }
        for each in found
    ]


def day_picture(reading: Reading, excluded: Spans = ()) -> dict[str, Any] | None:
    """The days of a period: a picture, and the same as rows that lead to each day. None: a kind that has no days.

    Days with `excluded` time are hatched. Of time it is the minutes that counted as down, of deadlines the late
    cases, of values each day's own figure beside the target.
    """
    kind, params = reading.kpi["kind"], reading.kpi["params"]
    if not reading.measured:
        return None
    if kind in OF_TIME or of_outages(params):
        return _downtime(reading, excluded)
    if (reading.period.hi - reading.period.lo).days > LONGEST:
        return None
    if kind == "deadline":
        return _late(reading)
    if kind == "ratio" or kind == "value" and "measure" not in params and not of_outages(params):
        return _figures(reading, excluded)
    return None


def _downtime(reading: Reading, excluded: Spans) -> dict[str, Any]:
    days = details.days(reading)
    points = [
        charts.Point(
            date_format(each["day"], "j M"), each["down"] / 60, BREACHED if each["down"] else MET,
            excluded=_touched(excluded, each["lo"], each["hi"]),
        )
        for each in days
    ]  # fmt: skip
    rows = [
        {"day": each["day"], "said": display.duration(each["down"], toward="up")} for each in days if each["down"]
    ]
    title = _("Minutes down, day by day")
    picture = charts.day_chart(points, MINUTES, title, target=False, width=WIDTH, height=HEIGHT)
    found = roomchart.left(reading)
    with timezone.override(ZoneInfo(reading.period.target.spec["timezone"])):
        room = roomchart.picture(found) if found else ""
    return _shown(picture, rows, len(days), excluded, _("minutes down that counted"), _("Down")) | {"room": room}


def _late(reading: Reading) -> dict[str, Any]:
    days = daily.late(reading)
    points = [charts.Point(date_format(each.day, "j M"), each.value, BREACHED if each.value else MET) for each in days]
    rows = [{"day": each.day, "said": display.number(each.value)} for each in days if each.value]
    title = _("Late cases, day by day")
    picture = charts.day_chart(points, CASES, title, target=False, width=WIDTH, height=HEIGHT)
    return _shown(picture, rows, len(days), (), _("late cases, by the day on which they ended"), _("Late cases"))


def _figures(reading: Reading, excluded: Spans) -> dict[str, Any]:
    promise, days = reading.promise, daily.measured(reading)
    spans = {day: (lo, hi) for day, lo, hi in daily.days_of(reading)}
    points = [
        charts.Point(
            date_format(each.day, "j M"), each.value, MET if _reached(promise, each.value) else BREACHED,
            excluded=_touched(excluded, *spans[each.day]),
        )
        for each in days
    ]  # fmt: skip
    rows = [{"day": each.day, "said": promise.show(each.value)} for each in days if each.value is not None]
    title = _("The figure of each day")
    draw = charts.line_chart if promise.op == ">=" else charts.day_chart
    picture = draw(points, promise, title, width=WIDTH, height=HEIGHT)
    about = _("each day’s own figure; the period is judged as a whole")
    return _shown(picture, rows, len(days), excluded, about, _("Figure"))


def _shown(
    picture: SafeString, rows: list[dict], days: int, excluded: Spans, about: str, column: str
) -> dict[str, Any]:
    return {
        "picture": picture, "rows": rows, "quiet": days - len(rows), "hatched": bool(excluded), "about": about,
        "column": column, "days_at": "day/", "nothing": "0" if column != _("Figure") else _("not measured"),
    }  # fmt: skip


def _touched(spans: Spans, lo: datetime, hi: datetime) -> bool:
    return any(start < hi and end > lo for start, end in spans)


def _reached(promise: charts.Promise, value: Fraction | None) -> bool:
    if value is None:
        return True
    target = exact(promise.target)
    return value >= target if promise.op == ">=" else value <= target


def month_picture(series: list[charts.Point], reading: Reading) -> SafeString | str:
    """The newest periods as a line against the target; nothing before there are two figures."""
    if sum(point.value is not None for point in series) < 2:
        return ""
    return charts.line_chart(series, reading.promise, _("Period by period"), width=WIDTH, height=HEIGHT)
