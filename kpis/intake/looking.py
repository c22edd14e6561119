"""What taking rows in would do, of whatever kind they are."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from kpis.intake import sampling
from kpis.intake.plan import Plan, plan
from kpis.intake.rows import Row, RowError
from kpis.intake.staging import MOST_ERRORS, SAMPLED, Rules, Stage, stage_rows
from kpis.models import Indicator


def look(
    indicator: Indicator,
    rows: Iterable[Row] | Stage,
    *,
    source: str,
    at: datetime,
    reason: str = "",
    unread: Sequence[RowError] = (),
) -> Plan:
    """What taking these rows in would do, within a transaction; without the indicator's lock a preview."""
    if indicator.kind not in SAMPLED:
        assert not isinstance(rows, Stage)
        return plan(indicator, rows, source=source, at=at, reason=reason, unread=unread)
    if not isinstance(rows, Stage):
        stage = Stage()
        stage_rows(stage, list(rows), Rules(at, indicator.kind, unit=indicator.unit), unread=unread)
        rows = stage
    return sampling.plan(indicator, rows, source=source, reason=reason)


def counts(made: Plan) -> dict[str, Any]:
    """The numbers of a plan that its delivery keeps."""
    return {
        name: getattr(made, name)
        for name in ("rows", "added", "unchanged", "revised", "refused", "after_close")
    }


def report(made: Plan) -> dict[str, Any]:
    """A plan as a page shows it, as JSON."""
    return {
        **counts(made), "unexplained": made.unexplained, "good": made.good,
        "errors": [list(error) for error in made.errors[:MOST_ERRORS]],
    }
