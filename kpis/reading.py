"""One period of one KPI in words and pictures, from its outcome (no queries)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from agreements.params import of_outages
from agreements.tables import every
from kpis import charts, display
from kpis.formulas import Room
from kpis.models import Period, PeriodResult
from kpis.text import period_name, short_period_name
from kpis.windows import Cycle

NOT_MEASURED = ("insufficient_data", "not_due", "waived")


@dataclass(frozen=True)
class Reading:
    """How a KPI did in a period, or does so far. `result` is None while the period is not closed."""

    period: Period
    outcome: dict[str, Any]
    result: PeriodResult | None
    known_at: datetime

    @property
    def kpi(self) -> dict[str, Any]:
        return self.period.target.spec["kpi"]

    @property
    def verdict(self) -> str:
        return self.outcome["verdict"]

    @property
    def running(self) -> bool:
        return self.outcome["running"]

    @property
    def provisional(self) -> bool:
        """Over, but late data may still change it."""
        return self.result is None and not self.running

    @property
    def words(self) -> str:
        """Which vocabulary says the verdict: that of a running or of an ended period."""
        return "kpi" if self.running else "period"

    @property
    def measured(self) -> bool:
        return self.outcome["value"] is not None

    @property
    def cycle(self) -> Cycle:
        return Cycle.from_spec(self.period.target.spec)

    @cached_property
    def promise(self) -> charts.Promise:
        return promise_of(self.kpi)

    @property
    def value(self) -> str:
        """The figure, cut toward the bad side; a dash where nothing was measured."""
        return self.promise.show(number(self.outcome["value"]))

    @property
    def figure(self) -> str:
        """The same without its unit."""
        return self.promise.show(number(self.outcome["value"]), unit=False)

    @property
    def every(self) -> str:
        """How often it is judged, in words."""
        return every(self.kpi["period"], self.kpi.get("trailing_days", 0))

    @property
    def target(self) -> str:
        kpi = self.kpi
        return display.show_target(kpi["op"], Decimal(kpi["target"]), kpi["unit"])

    @property
    def gross(self) -> str:
        """Without exclusions; empty where they changed nothing."""
        same = self.outcome["gross"] in (None, self.outcome["value"])
        return "" if same else self.promise.show(number(self.outcome["gross"]))

    @property
    def best(self) -> str:
        """What is still possible; empty where that says nothing."""
        if not self.running or self.outcome["best"] is None:
            return ""
        return self.promise.show(number(self.outcome["best"]))

    @property
    def coverage(self) -> str:
        """How much of what should be known is known; empty where that has no meaning."""
        found = number(self.outcome["coverage"])
        return "" if found is None else display.show(found * 100, op=">=", decimals=1, unit="%")

    @property
    def carried(self) -> str:
        """How much of the figure is as it was last known; empty where nothing is."""
        return display.carried(self.kpi["kind"], self.outcome["figures"])

    @cached_property
    def room(self) -> Room | None:
        found = self.outcome["room"]
        if found is None:
            return None
        return Room(found["unit"], *(Fraction(found[name]) for name in ("allowed", "used", "left")))

    @property
    def room_left(self) -> str:
        return display.room_left(self.room, unit=self.kpi["unit"], decimals=self.kpi["decimals"])

    @property
    def room_used(self) -> str:
        return display.room_used(self.room)

    @property
    def room_bar(self) -> SafeString | str:
        if self.room is None or not self.measured:
            return ""
        return charts.room_bar(self.room, self.verdict, f"{self.room_left} {self.room_used}".strip())

    @property
    def share(self) -> str:
        """The figure's numerator and denominator in words."""
        return share(self.kpi, self.outcome)

    @property
    def point(self) -> charts.Point:
        return charts.Point(short_period_name(self.period.label), number(self.outcome["value"]), self.verdict)

    @property
    def period_name(self) -> str:
        return period_name(self.period.label)


def promise_of(kpi: dict[str, Any]) -> charts.Promise:
    """The target as charts and figures need it."""
    return charts.Promise(kpi["op"], Decimal(kpi["target"]), kpi["unit"], kpi["decimals"])


def number(text: str | None) -> Fraction | None:
    """An exact number of an outcome."""
    return None if text is None else Fraction(text)


def share(kpi: dict[str, Any], outcome: dict[str, Any]) -> str:
    """ "6,242 of 8,301 in time", "1,488 h 14 min up of 1,494 h 25 min"; what a figure was made of."""
    figures = outcome["figures"]
    if kpi["kind"] in ("uptime", "slice_uptime"):
        counted = number(figures["up"]) + number(figures["down"])
        said = {"up": display.duration(number(figures["up"])), "all": display.duration(counted)}
        return _("%(up)s up of %(all)s") % said
    if kpi["kind"] == "deadline":
        said = {"share": display.counted(figures["met"], figures["total"])}
        return _("%(share)s in time") % said
    if of_outages(kpi["params"]):
        return display.outages(len(figures["outages"]))
    if kpi["kind"] == "value":
        present = display.values(figures["present"])
        if not figures["missing"]:
            return present
        return _("%(present)s, %(missing)d without one") % {"present": present, "missing": figures["missing"]}
    if kpi["kind"] == "ratio":
        return _("%(good)s good of %(total)s") % {
            "good": display.number(number(figures["good"]) or 0, toward="down"),
            "total": display.number(number(figures["total"]) or 0),
        }
    if kpi["kind"] == "count":
        return display.cases(figures["count"])
    if kpi["kind"] == "composite":
        known = [each["key"] for each in figures["components"] if each["value"] is not None]
        return _("from %(parts)s") % {"parts": ", ".join(known)} if known else _("no part has a figure")
    return display.answers(figures["answers"])


def sentence(readings: list[Reading]) -> str:
    """The month in one sentence: "1 of 4 missed, 1 at risk, 2 on track."."""
    counts = count(readings)
    parts = []
    if counts["missed"]:
        parts.append(_("%(missed)d of %(all)d missed") % {"missed": counts["missed"], "all": len(readings)})
    if counts["at_risk"]:
        parts.append(_("%(count)d at risk") % {"count": counts["at_risk"]})
    if counts["met"]:
        running = any(reading.running for reading in readings)
        words = _("%(count)d on track") if running else _("%(count)d met")
        parts.append(words % {"count": counts["met"]})
    if counts["no_data"]:
        parts.append(_("%(count)d without enough data") % {"count": counts["no_data"]})
    return ", ".join(parts) + "." if parts else _("Nothing is measured yet.")


def count(readings: list[Reading]) -> dict[str, int]:
    """How many were missed, are at risk, met, or not measured."""
    return tally(reading.verdict for reading in readings)


def tally(verdicts) -> dict[str, int]:
    """Verdicts counted by the words of a list."""
    counts = {"missed": 0, "at_risk": 0, "met": 0, "no_data": 0}
    for verdict in verdicts:
        counts[{"breached": "missed", "met": "met", "at_risk": "at_risk"}.get(verdict, "no_data")] += 1
    return counts


def tone(readings: list[Reading]) -> str:
    """The tone of the sentence: the worst of them."""
    counts = count(readings)
    if counts["missed"]:
        return "bad"
    if counts["at_risk"]:
        return "warn"
    return "ok" if counts["met"] and not counts["no_data"] else "info"
