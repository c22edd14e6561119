"""The periods of a contract as half-open spans of UTC (no ORM).

A window runs from local midnight to local midnight in the agreement's zone, so that it has as many seconds as
the zone gives it: March in Brussels has an hour less, October an hour more. A midnight that the zone skipped
is read with the offset before the change, an ambiguous one is its first occurrence (PEP 495).

Rules, stated once:

* Months, quarters, half-years and years are those of the calendar. Fiscal quarters and years begin in the fiscal
  year's first month, contract years on the day and month of the contract's first day (29 February: on 1 March
  where the year has none).
* "trailing" is judged at the end of each month over so many local days before it, never before the version began.
* A label says which window it is: "2026-05", "2026-Q2", and for every other length the first month or day with
  the number of months: "2026-01~6", "2026-04-15~12".
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

MONTHS = {
    "month": 1, "quarter": 3, "half_year": 6, "year": 12,
    "fiscal_quarter": 3, "fiscal_year": 12, "contract_year": 12, "trailing": 1,
}  # fmt: skip
MONTH_LABEL = r"^[0-9]{4}-[0-9]{2}$"
LABEL = re.compile(
    r"(?P<year>[0-9]{4})-(?:Q(?P<quarter>[1-4])|(?P<month>[0-9]{2})(?:(?:-(?P<day>[0-9]{2}))?~(?P<count>[0-9]{1,2}))?)",
    re.ASCII,
)


class Window(NamedTuple):
    """A period of the contract: its label ("2026-05", "2026-Q2") and its half-open span in UTC."""

    label: str
    lo: datetime
    hi: datetime


class Label(NamedTuple):
    """What a label says: the first local day, and how many months."""

    first: date
    months: int

    @property
    def last_month(self) -> str:
        """The month that the window ends in or with."""
        return f"{_months_later(self.first, self.months) - timedelta(days=1):%Y-%m}"

    @property
    def month_labels(self) -> list[str]:
        """The months that the window ends with, as many as it has, oldest first."""
        return list(reversed(months_back(self.last_month, self.months)))


@dataclass(frozen=True)
class Cycle:
    """How a KPI's periods follow each other. Raises `ValueError` for a kind of period that is none."""

    kind: str
    timezone: str
    fiscal_month: int = 1
    contract_start: date | None = None
    trailing_days: int = 0

    def __post_init__(self) -> None:
        if self.kind not in MONTHS:
            raise ValueError(f"a period is {', '.join(MONTHS)}, not {self.kind!r}")
        if not 1 <= self.fiscal_month <= 12:
            raise ValueError(f"a fiscal year begins in month 1 to 12, not {self.fiscal_month}")
        if self.kind == "contract_year" and self.contract_start is None:
            raise ValueError("contract years need the day on which they begin")
        if (self.kind == "trailing") != (self.trailing_days > 0):
            raise ValueError("a trailing period, and no other, has a number of days")

    @classmethod
    def from_spec(cls, spec: Mapping[str, Any]) -> "Cycle":
        """Read what a target keeps of its signed version. Raises `ValueError` as above."""
        kpi, start = spec["kpi"], spec.get("contract_year", "")
        return cls(
            kpi["period"], spec["timezone"], spec.get("fiscal_month", 1),
            date.fromisoformat(start) if start else None, kpi.get("trailing_days", 0),
        )

    def window(self, at: datetime) -> Window:
        """The window that holds an instant; of a trailing one the month that does, with its longer span."""
        zone, months = ZoneInfo(self.timezone), MONTHS[self.kind]
        first = self._first(at.astimezone(zone).date(), months)
        following = _months_later(first, months)
        begins = following - timedelta(days=self.trailing_days) if self.kind == "trailing" else first
        return Window(_label(first, months), midnight(begins, zone), midnight(following, zone))

    def before(self, window: Window) -> Window:
        """The window in front of a whole one."""
        months = MONTHS[self.kind]
        zone, first = ZoneInfo(self.timezone), read_label(window.label).first
        return self.window(midnight(_months_later(first, -months), zone))

    def _first(self, day: date, months: int) -> date:
        if self.kind == "contract_year" and self.contract_start is not None:
            return _anniversary(self.contract_start, day)
        first_month = self.fiscal_month if self.kind.startswith("fiscal") else 1
        count = day.year * 12 + day.month - 1
        count -= (count - (first_month - 1)) % months
        return date(count // 12, count % 12 + 1, 1)


def window_of(kind: str, timezone: str, at: datetime) -> Window:
    """The month, quarter, half-year or year of the calendar that holds an instant."""
    return Cycle(kind, timezone).window(at)


def windows(cycle: Cycle, since: datetime, until: datetime | None, now: datetime) -> Iterator[Window]:
    """The windows of [since, until) that have begun by `now`, oldest first, cut at both ends.

    `until` None means without an end. A window cut at a version's edge keeps its label.
    """
    at = since
    while at <= now and (until is None or at < until):
        whole = cycle.window(at)
        hi = whole.hi if until is None else min(whole.hi, until)
        if cycle.kind != "trailing":
            lo = at
        else:
            lo = max(since, _days_before(hi, cycle.trailing_days, ZoneInfo(cycle.timezone)))
        yield Window(whole.label, lo, hi)
        at = whole.hi


def read_label(label: str) -> Label:
    """What a label says. Raises `ValueError` when it is none."""
    found = LABEL.fullmatch(label)
    if found is None:
        raise ValueError(f"{label!r} names no period")
    if found["quarter"]:
        return Label(date(int(found["year"]), int(found["quarter"]) * 3 - 2, 1), 3)
    return Label(date(int(found["year"]), int(found["month"]), int(found["day"] or 1)), int(found["count"] or 1))


def label_bounds(label: str, timezone: str) -> Window:
    """The whole span of a label of the calendar. Raises ValueError when it is none."""
    first, months = read_label(label)
    zone = ZoneInfo(timezone)
    return Window(label, midnight(first, zone), midnight(_months_later(first, months), zone))


def is_month(label: str) -> bool:
    """Whether a label is that of a month (or of a trailing period, which ends with it)."""
    return re.match(MONTH_LABEL, label) is not None


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
        end = min(midnight(day + timedelta(days=1), zone), hi)
        yield day, at, end
        day, at = day + timedelta(days=1), end


def _label(first: date, months: int) -> str:
    if first.day == 1 and months == 1:
        return f"{first:%Y-%m}"
    if first.day == 1 and months == 3 and first.month % 3 == 1:
        return f"{first.year}-Q{(first.month + 2) // 3}"
    return f"{first:%Y-%m}~{months}" if first.day == 1 else f"{first:%Y-%m-%d}~{months}"


def _anniversary(start: date, day: date) -> date:
    """The newest anniversary of a day up to another day."""
    this = _in_year(start, day.year)
    return this if this <= day else _in_year(start, day.year - 1)


def _in_year(start: date, year: int) -> date:
    return _months_later(start, (year - start.year) * 12)


def _months_later(first: date, months: int) -> date:
    """So many months later on the same day; 29 February becomes 1 March where there is none."""
    count = first.year * 12 + first.month - 1 + months
    year, month = count // 12, count % 12 + 1
    try:
        return date(year, month, first.day)
    except ValueError:
        return date(year, month + 1, 1)


def _days_before(hi: datetime, days_: int, zone: ZoneInfo) -> datetime:
    """The local midnight so many days before the day that ends at or after `hi`."""
    local = hi.astimezone(zone)
    last = local.date() if local.time() == datetime.min.time() else local.date() + timedelta(days=1)
    return midnight(last - timedelta(days=days_), zone)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a local day, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
