"""Good of all: so many good, or bad, of so many."""

from collections.abc import Callable
from decimal import Decimal
from zoneinfo import ZoneInfo

from kpis.intake.cells import instant, number
from kpis.intake.rows import Sample
from kpis.intake.tables import Line, Reader

COLUMNS = ("at", "value", "total", "good", "bad", "external_id", "evidence")
NEEDS = (("at",), ("value", "good", "bad"), ("total",))


def reader(zone: ZoneInfo | None) -> Callable[[Line, Reader], Sample]:
    """Reads one line: what was good (`value` or `good`) of `total`, or the total less what was `bad`."""
    moment = instant(zone)

    def ratio(line: Line, cells: Reader) -> Sample:
        total = cells.take(number, "total", otherwise=Decimal(0))
        if line.first("bad") and not line.first("value", "good"):
            good = total - cells.take(number, "bad", otherwise=Decimal(0))
        else:
            good = cells.take(number, "value" if line.first("value") else "good", otherwise=Decimal(0))
        return Sample(
            at=cells.take(moment, "at", otherwise=None),
            value=good,
            total=total,
            external_id=line.first("external_id"),
            evidence=line.first("evidence"),
            number=line.number,
        )

    return ratio
