"""Measured or attested values."""

from collections.abc import Callable
from decimal import Decimal
from zoneinfo import ZoneInfo

from kpis.intake.cells import instant, number
from kpis.intake.rows import Sample
from kpis.intake.tables import Line, Reader

COLUMNS = ("at", "value", "unit", "external_id", "evidence")
NEEDS = (("at",), ("value",))


def reader(zone: ZoneInfo | None) -> Callable[[Line, Reader], Sample]:
    """Reads one line; `zone` is meant where a time has no offset."""
    moment = instant(zone)

    def sample(line: Line, cells: Reader) -> Sample:
        return Sample(
            at=cells.take(moment, "at", otherwise=None),
            value=cells.take(number, "value", otherwise=Decimal(0)),
            external_id=line.first("external_id"),
            evidence=line.first("evidence"),
            unit=line.first("unit"),
            number=line.number,
        )

    return sample
