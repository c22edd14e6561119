"""Where a running availability is heading, from its outcome alone (no queries). Labelled; never a verdict."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from agreements.businesstime import Calendar
from kpis import burning, display
from kpis.reading import Reading, number

OF_TIME = ("uptime", "slice_uptime")


@dataclass(frozen=True)
class Outlook:
    """What is still possible and what is expected, in words, and the four alerts."""

    best: str
    expected: str
    exhausted_at: datetime | None
    probable_loss: bool
    alerts: list[dict[str, Any]]

    @property
    def firing(self) -> bool:
        return any(each["firing"] for each in self.alerts)


def of(reading: Reading) -> Outlook | None:
    """None for a period that is over, another kind of figure, and a target of 100 %: it allows nothing."""
    target = Fraction(reading.kpi["target"])
    if reading.kpi["kind"] not in OF_TIME or not reading.running or not reading.measured or not target < 100:
        return None
    room, figures, period = reading.room, reading.outcome["figures"], reading.period
    if room is None or not room.allowed:
        return None
    whole = room.allowed / (1 - target / 100)
    found = burning.forecast(target, (period.lo, period.hi), room.used, Fraction(figures["expected"]), whole)
    return Outlook(
        reading.promise.show(found.best), reading.promise.show(found.expected), found.exhausted_at,
        found.probable_loss, _alerts(reading, target),
    )


def _alerts(reading: Reading, target: Fraction) -> list[dict[str, Any]]:
    period, now = reading.period, reading.known_at
    rows = reading.outcome["figures"]["outages"]
    down = [
        (datetime.fromisoformat(row["start"]), datetime.fromisoformat(row["end"]))
        for row in rows
        if number(row["counted"])
    ]
    found = burning.burn(target, period.hi - period.lo, down, _counted(reading, now), now)
    return [
        {
            "window": display.duration(int(each.window.total_seconds())),
            "factor": display.number(each.factor, 1),
            "rate": display.number(each.long, 1) if each.long is not None else _("not yet known"),
            "firing": each.firing,
        }
        for each in found
    ]  # fmt: skip


def _counted(reading: Reading, now: datetime) -> list[tuple[datetime, datetime]]:
    """The service hours of the period so far; exclusions are left in, which only makes a warning later."""
    spec, lo = reading.period.target.spec, reading.period.lo
    key = spec["kpi"]["calendar"]
    if not key:
        return [(lo, now)]
    return Calendar.from_dict(spec["calendars"][key]).periods(lo, now + timedelta(seconds=1))
