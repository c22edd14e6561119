"""The pictures of the performance pages, from readings (no queries)."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from kpis import charts, details, display
from kpis.formulas import BREACHED, MET
from kpis.reading import Reading

MINUTES = charts.Promise("<=", Decimal(0), "min", 1)
WIDTH, HEIGHT = 472, 140


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


def day_picture(reading: Reading, excluded: Sequence[tuple[datetime, datetime]] = ()) -> dict[str, Any]:
    """The minutes that counted as down, day by day: a picture and the same as rows.

    Days with `excluded` time are hatched.
    """
    days = details.days(reading)
    points = [
        charts.Point(
            date_format(each["day"], "j M"), each["down"] / 60, BREACHED if each["down"] else MET,
            excluded=any(lo < each["hi"] and hi > each["lo"] for lo, hi in excluded),
        )
        for each in days
    ]
    rows = [
        {"day": each["day"], "down": display.duration(each["down"], toward="up")}
        for each in days
        if each["down"]
    ]
    title = _("Minutes down, day by day")
    picture = charts.day_chart(points, MINUTES, title, target=False, width=WIDTH, height=HEIGHT)
    return {"picture": picture, "rows": rows, "quiet": len(days) - len(rows), "hatched": bool(excluded)}


def month_picture(series: list[charts.Point], reading: Reading) -> SafeString | str:
    """The newest periods as a line against the target; nothing before there are two figures."""
    if sum(point.value is not None for point in series) < 2:
        return ""
    return charts.line_chart(
        series, reading.promise, _("Period by period"), width=WIDTH, height=HEIGHT
    )


