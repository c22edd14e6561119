"""Time windows of OpenSLO and the periods of a contract, both ways.

A calendar-aligned window begins at a midnight of the agreement's zone and is as long as a period. A rolling one is a
number of days before each month's end: OpenSLO looks back from any moment, a contract from the end of a month.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from agreements.terms import Kpi, Terms
from kpis.windows import Cycle, read_label

MONTHS = {"1M": 1, "3M": 3, "1Q": 3, "6M": 6, "2Q": 6, "12M": 12, "4Q": 12, "1Y": 12}
DURATIONS = {
    "month": "1M", "quarter": "1Q", "half_year": "6M", "year": "1Y", "fiscal_quarter": "1Q", "fiscal_year": "1Y",
    "contract_year": "1Y",
}  # fmt: skip
LENGTH = {1: ("month",), 3: ("quarter", "fiscal_quarter"), 6: ("half_year",),
          12: ("year", "fiscal_year", "contract_year")}  # fmt: skip
START = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2}) 00:00:00", re.ASCII)
DAYS = re.compile(r"([1-9][0-9]{0,3})([dw])", re.ASCII)
SINCE = datetime(2026, 1, 1, tzinfo=UTC)


class NoPeriod(ValueError):
    """A window that is no period of a contract; the message says why."""


def written(terms: Terms, kpi: Kpi, begins: datetime) -> dict[str, Any]:
    """The time window of a KPI whose version begins at an instant. Raises ValueError as the periods do."""
    if kpi.period == "trailing":
        return {"duration": f"{kpi.trailing_days}d", "isRolling": True}
    start = terms.term.contract_year
    cycle = Cycle(
        kpi.period, terms.agreement.timezone, terms.term.fiscal_month, date.fromisoformat(start) if start else None
    )
    first = read_label(cycle.window(begins).label).first
    zone = {"startTime": f"{first.isoformat()} 00:00:00", "timeZone": zone_name(terms.agreement.timezone)}
    return {"duration": DURATIONS[kpi.period], "isRolling": False, "calendar": zone}


def zone_name(zone: str) -> str:
    """The name that their schema takes: of region and place."""
    return "Etc/UTC" if zone == "UTC" else zone


def rolling(duration: str) -> int:
    """The days of a rolling window. Raises NoPeriod."""
    found = DAYS.fullmatch(duration)
    days = int(found[1]) * {"d": 1, "w": 7}[found[2]] if found else 0
    if not 1 <= days <= 3660:
        raise NoPeriod(_("a rolling window has 1 to 3660 days (d) here, or whole weeks (w)"))
    return days


def aligned(terms: Terms, duration: str, start: str, zone: str, wanted: str | None) -> str:
    """The period of a calendar-aligned window; `wanted` chooses where several begin on one day. Raises NoPeriod."""
    if duration not in MONTHS:
        raise NoPeriod(_("periods are months (1M), quarters (1Q), half-years (6M) and years (1Y)"))
    try:
        ZoneInfo(zone)
        found = START.fullmatch(start)
        first = date(*map(int, found.groups())) if found else None
    except (ValueError, OSError) as error:  # the zone's reader says so in several ways
        raise NoPeriod(_("the time zone or the day is not known")) from error
    if first is None:
        raise NoPeriod(_("a period begins at midnight, written as 2026-01-01 00:00:00"))
    fit = list(_beginning(terms, MONTHS[duration], first))
    if not fit:
        raise NoPeriod(_("no period of this agreement begins on that day"))
    return wanted if wanted in fit else fit[0]


def _beginning(terms: Terms, months: int, first: date) -> Iterator[str]:
    """The periods of a length that begin on a day."""
    contract = terms.term.contract_year[5:]
    for period in LENGTH[months]:
        if period == "contract_year":
            begins = contract == f"{first:%m-%d}"
        else:
            offset = terms.term.fiscal_month if period.startswith("fiscal") else 1
            begins = first.day == 1 and (first.month - offset) % months == 0
        if begins:
            yield period
