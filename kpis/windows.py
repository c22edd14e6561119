"""Contract months and quarters as half-open spans of UTC (no ORM).

A window runs from local midnight to local midnight in the agreement's zone, so that it has as many seconds as
the zone gives it: March in Brussels has an hour less, October an hour more. A midnight that the zone skipped
is read with the offset before the change, an ambiguous one is its first occurrence (PEP 495).
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

MONTHS = {"month": 1, "quarter": 3}


class Window(NamedTuple):
    """A period of the contract: its label ("2026-05", "2026-Q2") and its half-open span in UTC."""

    label: str
    lo: datetime
    hi: datetime


def window_of(kind: str, timezone: str, at: datetime) -> Window:
    """The month or quarter that holds an instant. Raises ValueError for another kind of window."""
    if kind not in MONTHS:
        raise ValueError(f"a period is a month or a quarter, not {kind!r}")
    zone, months = ZoneInfo(timezone), MONTHS[kind]
    local = at.astimezone(zone)
    first = date(local.year, (local.month - 1) // months * months + 1, 1)
    following = _months_later(first, months)
    label = f"{first:%Y-%m}" if kind == "month" else f"{first.year}-Q{(first.month + 2) // 3}"
    return Window(label, _midnight(first, zone), _midnight(following, zone))


def windows(
    kind: str, timezone: str, since: datetime, until: datetime | None, now: datetime
) -> Iterator[Window]:
    """The windows of [since, until) that have begun by `now`, oldest first, cut at both ends.

    `until` None means without an end. A window cut at a version's edge keeps its label.
    """
    at = since
    while at <= now and (until is None or at < until):
        whole = window_of(kind, timezone, at)
        yield Window(whole.label, at, whole.hi if until is None else min(whole.hi, until))
        at = whole.hi


def label_bounds(label: str, timezone: str) -> Window:
    """The whole month or quarter of a label. Raises ValueError when it is none."""
    year, _, part = label.partition("-")
    kind = "quarter" if part.startswith("Q") else "month"
    month = int(part[1:]) * 3 - 2 if kind == "quarter" else int(part)
    found = window_of(kind, timezone, datetime(int(year), month, 15, tzinfo=UTC))
    if found.label != label:
        raise ValueError(f"{label!r} is no month and no quarter")
    return found


def quarter_of(month: str) -> str:
    """The label of the quarter that a month lies in: "2026-Q2" for "2026-05"."""
    return f"{month[:4]}-Q{(int(month[5:]) + 2) // 3}"


def months_back(month: str, count: int) -> list[str]:
    """A month and those before it, newest first: "2026-01", "2025-12", ..."""
    year, number = int(month[:4]), int(month[5:])
    return [f"{(at := year * 12 + number - 1 - back) // 12}-{at % 12 + 1:02}" for back in range(count)]


def days(lo: datetime, hi: datetime) -> Iterator[date]:
    """The UTC days that [lo, hi) touches; one day when both are the same instant."""
    day, last = lo.astimezone(UTC).date(), hi.astimezone(UTC)
    end = last.date() if last.time() != datetime.min.time() else last.date() - timedelta(days=1)
    yield day
    while day < end:
        day += timedelta(days=1)
        yield day


def local_days(lo: datetime, hi: datetime, zone: ZoneInfo) -> Iterator[tuple[date, datetime, datetime]]:
    """The days of [lo, hi) in a zone, each with its part of the span."""
    day, at = lo.astimezone(zone).date(), lo
    while at < hi:
        end = min(_midnight(day + timedelta(days=1), zone), hi)
        yield day, at, end
        day, at = day + timedelta(days=1), end


def _months_later(first: date, months: int) -> date:
    count = first.year * 12 + first.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
