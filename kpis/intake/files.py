"""Which reader reads the file of which stream (no ORM)."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from kpis.intake import cases, outages, samples
from kpis.intake.rows import Observed
from kpis.intake.tables import Parsed

READERS = {"outages": outages, "cases": cases, "values": samples, "scores": samples}


def read(
    kind: str,
    content: bytes,
    *,
    timezone: str = "",
    observed: tuple[datetime, datetime] | None = None,
) -> Parsed:
    """The rows of a delivered file, and the span that an outage log watched. Raises tables.Unreadable.

    An outage log without content says that nothing went down while it watched.
    """
    zone = ZoneInfo(timezone) if timezone else None
    parsed = Parsed() if observed and not content else READERS[kind].read(content, zone=zone)
    if observed:
        parsed.rows.append(Observed(*observed))
    return parsed


def read_held(held: Any) -> Parsed:
    """The rows of a HeldFile."""
    observed = (held.observed_from, held.observed_until) if held.observed_from else None
    return read(held.indicator.kind, bytes(held.content), timezone=held.timezone, observed=observed)


def columns(kind: str) -> tuple[str, ...]:
    """The columns that a file of this stream may have, the needed ones first."""
    extra = cases.FACTS if kind == "cases" else ()
    return (*READERS[kind].COLUMNS, *extra)
