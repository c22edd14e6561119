"""Outage logs: as tables, and as the history of a public status page."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from kpis.intake.cells import instant, optional
from kpis.intake.rows import Observed, Outage, Row
from kpis.intake.tables import Line, Reader

COLUMNS = ("down_at", "up_at", "external_id")
NEEDS = (("down_at",), ("up_at",))


def reader(zone: ZoneInfo | None) -> Callable[[Line, Reader], Outage]:
    """Reads one line, an empty up_at as still down; `zone` is meant where a time has no offset."""
    moment = instant(zone)

    def outage(line: Line, cells: Reader) -> Outage:
        return Outage(
            at=cells.take(moment, "down_at", otherwise=None),
            until=cells.take(optional(moment), "up_at", otherwise=None),
            external_id=line.first("external_id"),
            number=line.number,
        )

    return outage


def from_history(history: Mapping[str, Any], site: str, *, since: datetime, until: datetime) -> list[Row]:
    """What a status page's history (sites with down_at/up_at) knows of one site within [since, until).

    Cut to what was observed by `until`: an outage that lasts longer is still down, as it was then.
    Raises KeyError when the history has no such site.
    """
    found = next((each for each in history["sites"] if each["site"] == site), None)
    if found is None:
        raise KeyError(site)
    since = max(since, datetime.fromisoformat(found["monitored_since"]))
    until = min(until, datetime.fromisoformat(history["history_until"]))
    rows: list[Row] = [Observed(since, until)]
    for each in found["outages"]:
        down = datetime.fromisoformat(each["down_at"])
        up = datetime.fromisoformat(each["up_at"]) if each["up_at"] else None
        if down < until and (up is None or up > since):
            rows.append(Outage(down, up if up and up <= until else None))
    return rows
