"""What a figure was made of, page by page: the outages, the cases that missed, the single values."""

from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from django.core.paginator import Page, Paginator

from kpis import display, facts
from kpis.models import Case
from kpis.reading import Reading, number
from kpis.windows import local_days

ROWS = 25
TICK = timedelta(microseconds=1)


def table(reading: Reading, page: str | None) -> Page:
    """A page of the rows behind a figure; each is a dict of texts and instants for its template."""
    kind = reading.kpi["kind"]
    if "outages" in reading.outcome["figures"]:
        zone = ZoneInfo(reading.period.target.spec["timezone"])
        return _page(reading.outcome["figures"]["outages"], page, lambda rows: _outages(rows, zone))
    if kind == "deadline":
        return _page(reading.outcome["figures"]["missed"], page, lambda rows: _missed(reading, rows))
    if kind == "composite":
        return _page(reading.outcome["figures"]["components"], page, lambda rows: _components(reading, rows))
    if "measure" in reading.kpi["params"] or kind == "count":
        return _page([], page, list)
    period = reading.period
    mark = reading.result.inputs["highest_delivery"] if reading.result else None
    rows = facts.samples(period.target.indicator_id, period.lo, period.hi, mark)
    return _page(rows, page, lambda found: [_sample(each, reading) for each in found])


def days(reading: Reading) -> list[dict[str, Any]]:
    """The downtime of each day of the agreement's zone: its date, its span and the seconds that counted."""
    zone = ZoneInfo(reading.period.target.spec["timezone"])
    spans = [
        (datetime.fromisoformat(row["start"]), datetime.fromisoformat(row["end"]), Fraction(row["counted"]))
        for row in reading.outcome["figures"]["outages"]
    ]
    until = min(reading.period.hi, reading.known_at)
    return [
        {"day": day, "lo": lo, "hi": hi, "down": sum((_within(span, lo, hi) for span in spans), Fraction())}
        for day, lo, hi in local_days(reading.period.lo, until, zone)
    ]


def _within(span: tuple[datetime, datetime, Fraction], lo: datetime, hi: datetime) -> Fraction:
    """How much of an outage counts in a day; where hours or exclusions cut it, in proportion."""
    start, end, counted = span
    inside = (min(end, hi) - max(start, lo)) // TICK
    return counted * Fraction(inside, (end - start) // TICK) if inside > 0 else Fraction()


def _page(rows, number_: str | None, dress) -> Page:
    page = Paginator(rows, ROWS).get_page(number_)
    page.object_list = dress(page.object_list)
    return page


def _outages(rows: list[dict[str, Any]], zone: ZoneInfo) -> list[dict[str, Any]]:
    return [
        {
            "day": datetime.fromisoformat(row["start"]).astimezone(zone).date(),
            "start": datetime.fromisoformat(row["start"]),
            "end": datetime.fromisoformat(row["end"]),
            "lasted": display.duration(number(row["lasted"]), toward="up"),
            "counted": display.duration(number(row["counted"]), toward="up"),
        }
        for row in rows
    ]


def _missed(reading: Reading, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The missed cases of one page with their times; only these are read."""
    indicator = reading.period.target.indicator_id
    mark = reading.result.inputs["highest_delivery"] if reading.result else None
    current = Case.objects.current(indicator, mark).filter(external_id__in=[row["id"] for row in rows])
    known = {case.external_id: case for case in current.order_by("delivery_id")}
    return [
        row
        | {
            "case": known.get(row["id"]),
            "took": display.duration(row["elapsed"], toward="up"),
            "allowed": display.duration(row["limit"]),
        }
        for row in rows
    ]


def _components(reading: Reading, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    promise = reading.promise
    return [row | {"shown": promise.show(number(row["value"])), "share": row["weight"]} for row in rows]


def _sample(sample: Any, reading: Reading) -> dict[str, Any]:
    return {
        "at": sample.at,
        "value": display.show(
            sample.value, op=None, decimals=reading.kpi["decimals"], unit=reading.kpi["unit"]
        ),
        "total": sample.total,
        "evidence": sample.evidence,
    }
