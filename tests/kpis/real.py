"""The real input of the demo, and figures of it worked out by other means than the portal's formulas."""

import csv
import gzip
import json
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import cache
from io import BytesIO
from pathlib import Path

from kpis.intake import files, outages

DATA = Path(__file__).parents[2] / "slaportal/demo/data"
# 526 weeks: weekdays are kept, and April and May 2016 become May and June 2026.
SHIFT = timedelta(days=3682)
DESK_OPENS, DESK_CLOSES = 15, 22


@cache
def incidents():
    """The desk's incidents as dicts of plain values, on their days in 2026."""
    with gzip.open(DATA / "incidents.csv.gz", "rt") as file:
        return [
            row
            | {name: _shifted(row[name]) for name in ("opened_at", "resolved_at", "closed_at")}
            | {"priority": int(row["priority"]), "made_sla": row["made_sla"] == "1"}
            for row in csv.DictReader(file)
        ]


def _shifted(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC) + SHIFT if text else None


def shifted_csv():
    """The file as a desk would deliver it in 2026."""
    names = ["number", "opened_at", "resolved_at", "closed_at", "priority", "contact_type", "made_sla",
             "reassignments", "reopenings"]
    lines = [",".join(names)]
    for row in incidents():
        times = {name: row[name].isoformat() if row[name] else "" for name in names[1:4]}
        flags = {"made_sla": str(int(row["made_sla"])), "priority": str(row["priority"])}
        lines.append(",".join((row | times | flags)[name] for name in names))
    return "\n".join(lines).encode() + b"\n"


def case_rows():
    return files.read("cases", BytesIO(shifted_csv()), zone=None).rows


@cache
def history():
    return json.loads((DATA / "outages.json").read_text())


def outage_rows(site, since, until):
    return outages.from_history(history(), site, since=since, until=until)


def down_seconds(site, lo, hi):
    """Second by second: the seconds of [lo, hi) in which somebody reported the site down."""
    down = set()
    for each in next(one for one in history()["sites"] if one["site"] == site)["outages"]:
        start = max(datetime.fromisoformat(each["down_at"]), lo)
        end = min(datetime.fromisoformat(each["up_at"]), hi) if each["up_at"] else hi
        down.update(range(int(start.timestamp()), int(end.timestamp())))
    return len(down)


def desk_seconds(start, end):
    """Open seconds of the desk, Monday to Friday 15:00-22:00 UTC, one day after the other."""
    total, day = 0, start.replace(hour=0, minute=0, second=0)
    while day <= end:
        if day.weekday() < 5:
            opens, closes = day + timedelta(hours=DESK_OPENS), day + timedelta(hours=DESK_CLOSES)
            total += max(0, int((min(end, closes) - max(start, opens)).total_seconds()))
        day += timedelta(days=1)
    return total


def closed_within(lo, hi, *priorities):
    return [row for row in incidents() if lo <= row["closed_at"] < hi and row["priority"] in priorities]


def nearest_rank(values, percent):
    """The smallest value that at least so many percent of the values do not exceed."""
    ordered = sorted(values)
    return next(
        value for place, value in enumerate(ordered, start=1)
        if Fraction(100 * place, len(ordered)) >= percent
    )
