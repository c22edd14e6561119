"""Pushed OpenMetrics or Prometheus text as points of one metric (no ORM)."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from kpis.intake.prometheus import series_name
from kpis.intake.tables import Unreadable

MOST_POINTS = 10_000
OPENMETRICS = "application/openmetrics-text"


class Point(NamedTuple):
    """A value of one series at an instant, as it was written."""

    number: int
    series: str
    at: datetime
    value: Decimal
    counts: bool


def points(text: str, metric: str, *, openmetrics: bool, now: datetime) -> list[Point]:
    """The points of a metric, by time; one without a time is of `now`. Raises Unreadable."""
    try:
        found = list(_points(text, metric, openmetrics, now))
    except (ValueError, KeyError, IndexError, TypeError, OverflowError, AttributeError) as error:
        said = {"why": str(error)[:200]}
        raise Unreadable(_("This is not a text of metrics: %(why)s") % said) from error
    if len(found) > MOST_POINTS:
        raise Unreadable(_("At most %(most)d points at a time.") % {"most": MOST_POINTS})
    if not found:
        raise Unreadable(_("The metric %(name)s is not in it.") % {"name": metric})
    return sorted(found, key=lambda point: (point.at, point.number))


def _points(text: str, metric: str, openmetrics: bool, now: datetime) -> Iterator[Point]:
    number = 0
    for family in (read_openmetrics if openmetrics else read_text)(text):
        for each in family.samples:
            if each.name != metric:
                continue
            number += 1
            at = now if each.timestamp is None else datetime.fromtimestamp(float(each.timestamp), UTC)
            value = Decimal(repr(float(each.value)))
            yield Point(number, series_name(each.labels), at, value, family.type == "counter")
