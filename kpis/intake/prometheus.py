"""Ranges of a Prometheus server as samples: what is asked, who may be asked, what the answer says (no ORM)."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.utils.translation import gettext as _
from urllib3.exceptions import HTTPError

from kpis.intake.rows import DECIMALS, LONGEST_ID, Row, RowError, Sample
from kpis.intake.tables import Parsed

TIMEOUT = (5, 30)
MOST_BYTES = 20 * 1024 * 1024
# Prometheus gives 11,000 points a series at most.
MOST_POINTS = 10_000


class Unanswered(Exception):
    """The server gave no usable answer; the message says why in words."""


class Range(NamedTuple):
    """The slices (start, end], on the grid of the step: the first asked is start + step."""

    start: datetime
    end: datetime
    step: timedelta

    @property
    def empty(self) -> bool:
        return self.end <= self.start


def next_range(taken_until: datetime, now: datetime, step_seconds: int) -> Range:
    """What is missing up to a step before `now`, at most 10,000 slices: the rest is the next fetch's."""
    step = timedelta(seconds=step_seconds)
    whole = int((now - taken_until) / step) - 1
    return Range(taken_until, taken_until + step * max(0, min(whole, MOST_POINTS)), step)


def check_address(url: str) -> None:
    """Only servers that the operator named are asked, so that nobody can look into the network through the portal.

    Raises Unanswered.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or parts.username or parts.query or parts.fragment:
        raise Unanswered(_("Write an address such as https://prometheus.example.org:9090."))
    if parts.netloc.lower() not in settings.PROMETHEUS_HOSTS:
        said = {"host": parts.netloc}
        raise Unanswered(_("%(host)s is not among the servers that the operator allows (PROMETHEUS_HOSTS).") % said)


def fetch(url: str, query: str, asked: Range) -> Parsed:
    """The samples of a range. Raises Unanswered.

    Prometheus repeats a value for five minutes after its last scrape; where it says that a value is as old as
    a step, the slice had none and stays a gap.
    """
    check_address(url)
    values, seen = _ask(url, query, asked), _ask(url, f"timestamp({query})", asked)
    step = asked.step.total_seconds()
    stale = {
        (series_name(series["metric"]), at)
        for series in seen["result"]
        for at, when in series["values"]
        if at - float(when) >= step
    }
    for series in values["result"]:
        name = series_name(series["metric"])
        series["values"] = [point for point in series["values"] if (name, point[0]) not in stale]
    return parse(values)


def _ask(url: str, query: str, asked: Range) -> dict[str, Any]:
    data = {
        "query": query, "start": (asked.start + asked.step).timestamp(), "end": asked.end.timestamp(),
        "step": int(asked.step.total_seconds()),
    }
    try:
        with requests.post(
            url.rstrip("/") + "/api/v1/query_range", data=data, timeout=TIMEOUT, allow_redirects=False, stream=True
        ) as answer:
            body = answer.raw.read(MOST_BYTES + 1, decode_content=True)
        found = json.loads(body) if len(body) <= MOST_BYTES else None
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        raise Unanswered(_("No answer: %(why)s") % {"why": type(error).__name__}) from error
    if found is None:
        raise Unanswered(_("The answer is too long. Ask for fewer series or a longer step."))
    if not isinstance(found, dict) or found.get("status") != "success":
        why = found.get("error", answer.status_code) if isinstance(found, dict) else answer.status_code
        raise Unanswered(_("The server says: %(why)s") % {"why": str(why)[:200]})
    if found["data"].get("resultType") != "matrix":
        raise Unanswered(_("The query does not give numbers over time."))
    return found["data"]


def parse(data: Mapping[str, Any]) -> Parsed:
    """The samples of a matrix; what is no number (NaN, Inf) is an error of its row."""
    parsed, number = Parsed(), 0
    for series in data["result"]:
        name = series_name(series["metric"])
        for at, value in series["values"]:
            number += 1
            row = sample(name, at, value, number)
            if isinstance(row, RowError):
                parsed.errors.append(row)
            else:
                parsed.rows.append(row)
    return parsed


def sample(name: str, at: float, value: str, number: int) -> Row | RowError:
    """One point. Prometheus measures in binary: more than ten decimals are noise, and rounded away."""
    try:
        exact = Decimal(value)
    except InvalidOperation:
        exact = Decimal("NaN")
    if not exact.is_finite():
        return RowError(number, "value", _("Is not a number."), value[:LONGEST_ID])
    moment = datetime.fromtimestamp(int(Decimal(str(at)) * 1000) / 1000, UTC)
    return Sample(moment, rounded(exact), name, number=number)


def rounded(value: Decimal) -> Decimal:
    """At most 15 digits and ten decimals, as samples hold them."""
    places = min(DECIMALS, max(0, 14 - value.adjusted()))
    return value.quantize(Decimal(1).scaleb(-places)) if value.adjusted() < 15 else value


def series_name(labels: Mapping[str, str] | Sequence[tuple[str, str]]) -> str:
    """What tells a series from another: its labels without the metric's name."""
    pairs = sorted((name, value) for name, value in dict(labels).items() if name != "__name__")
    return ",".join(f"{name}={value}" for name, value in pairs)
