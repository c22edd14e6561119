"""The work that came in against the limits up to which the targets hold (reads).

A limit counts the cases that were opened in its own calendar window, as far as the version was in force. It changes no
verdict: it stands beside it, with the moment at which the first case too many was opened.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Max

from agreements.models import Version
from kpis import display, facts
from kpis.gathering import newest
from kpis.models import Delivery, Indicator
from kpis.text import period_name
from kpis.windows import Cycle, Window

# Units of a limit that delivered cases answer.
COUNTED_UNITS = {"case", "cases", "ticket", "tickets", "incident", "incidents", "request", "requests"}
Stream = tuple[int, int]  # an indicator and the newest delivery that is looked at


@dataclass(frozen=True)
class Volume:
    """A limit in one window. `count` None: nothing that is delivered counts it."""

    key: str
    name: str
    most: int
    unit: str
    period: str
    label: str = ""
    count: int | None = None
    passed_at: datetime | None = None  # when the first case too many was opened

    @property
    def over(self) -> bool:
        return self.passed_at is not None

    @property
    def window(self) -> str:
        return period_name(self.label)

    @property
    def said(self) -> str:
        """ "9,300 of at most 9,000"; a dash where it is not measured."""
        return display.NOTHING if self.count is None else display.number(self.count)

    @property
    def limit(self) -> str:
        return f"{display.number(self.most)}{display.SPACE}{self.unit}"


def volumes(version: Version, lo: datetime, hi: datetime, known_at: datetime) -> list[Volume]:
    """The limits of a version in the windows that touch [lo, hi), as known at an instant; none: no query."""
    if not version.terms["workload"]:
        return []
    return list(counted(version, streams(version, known_at), lo, min(hi, known_at)))


def streams(version: Version, known_at: datetime) -> list[Stream]:
    """The cases that a version's targets are judged by, each up to the newest delivery at an instant."""
    cases = Indicator.objects.filter(targets__version=version.pk, kind=Indicator.Kind.CASES)
    seen = Delivery.objects.filter(indicator__in=cases, at__lte=known_at)
    marks = seen.order_by("indicator").values("indicator").annotate(mark=Max("pk"))
    return list(marks.values_list("indicator", "mark"))


def counted(version: Version, delivered: Sequence[Stream], lo: datetime, hi: datetime) -> Iterator[Volume]:
    """The same from deliveries up to given ones, and nothing from `hi` on."""
    for limit in version.terms["workload"]:
        named = {name: limit[name] for name in ("key", "name", "most", "unit", "period")}
        found = _windows(version.terms, limit["period"], lo, hi) if limit["unit"].lower() in COUNTED_UNITS else []
        if not delivered or not found:
            yield Volume(**named)
            continue
        for window in found:
            since = max(window.lo, version.measured_from)
            until = min(window.hi, hi, version.holds_until or hi)
            opened = sorted(_opened(delivered, since, until))
            passed = opened[limit["most"]] if len(opened) > limit["most"] else None
            yield Volume(**named, label=window.label, count=len(opened), passed_at=passed)


def _opened(delivered: Sequence[Stream], since: datetime, until: datetime) -> Iterator[datetime]:
    for indicator, mark in delivered:
        yield from (case.at for case in newest(facts.cases_opened(indicator, since, until, mark)))


def _windows(terms: Mapping[str, Any], period: str, lo: datetime, hi: datetime) -> list[Window]:
    """The whole windows that touch [lo, hi); none for a period that a limit can't have."""
    start = terms["term"].get("contract_year", "")
    first = date.fromisoformat(start) if start else None
    try:
        cycle = Cycle(period, terms["agreement"]["timezone"], terms["term"].get("fiscal_month", 1), first)
    except ValueError:
        return []
    found, at = [], lo
    while at < hi:
        found.append(cycle.window(at))
        at = found[-1].hi
    return found
