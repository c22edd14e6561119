"""Measured or attested values as CSV."""

from decimal import Decimal
from zoneinfo import ZoneInfo

from kpis.intake.rows import Sample
from kpis.intake.tables import Line, Parsed, Reader, collect, instant, lines, number

COLUMNS = ("at", "value", "unit", "external_id", "evidence")
NEEDS = (("at",), ("value",))


def read(content: bytes, *, zone: ZoneInfo | None = None) -> Parsed:
    """The values of a file. Raises tables.Unreadable."""
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

    return collect(lines(content, needs=NEEDS), sample)
