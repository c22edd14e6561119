"""Tickets of a service desk."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from kpis.intake.cells import instant, optional, pauses, priority
from kpis.intake.rows import Case
from kpis.intake.tables import Line, Reader

COLUMNS = ("external_id", "opened_at", "responded_at", "resolved_at", "closed_at", "priority", "pauses")
# Kept beside the case and shown with it; no figure is made of them.
FACTS = ("contact_type", "made_sla", "reassignments", "reopenings")
NEEDS = (("external_id", "number"), ("opened_at",), ("closed_at",), ("priority",))


def reader(zone: ZoneInfo | None) -> Callable[[Line, Reader], Case]:
    """Reads one line; `zone` is meant where a time has no offset."""
    moment, waited = instant(zone), pauses(zone)

    def case(line: Line, cells: Reader) -> Case:
        return Case(
            external_id=line.first("external_id", "number"),
            at=cells.take(moment, "opened_at", otherwise=None),
            priority=cells.take(priority, "priority", otherwise=0),
            responded_at=cells.take(optional(moment), "responded_at", otherwise=None),
            resolved_at=cells.take(optional(moment), "resolved_at", otherwise=None),
            closed_at=cells.take(optional(moment), "closed_at", otherwise=None),
            pauses=cells.take(waited, "pauses", otherwise=()),
            facts={name: line.cells[name][:80] for name in FACTS if line.cells.get(name)},
            number=line.number,
        )

    return case
