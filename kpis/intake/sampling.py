"""What taking staged samples in would do: the same questions as kpis.intake.plan, asked of the database at once."""

from dataclasses import dataclass
from datetime import date

from kpis.intake import bulk
from kpis.intake.plan import Plan, closed_periods, whole_errors
from kpis.intake.rows import RowError
from kpis.intake.staging import MOST_ERRORS, Stage
from kpis.models import Indicator
from kpis.rollups import merged


@dataclass
class SamplePlan(Plan):
    """A plan whose rows lie in a stage, and in a table of this transaction once that was needed."""

    stage: Stage | None = None
    loaded: bool = False

    def load(self) -> None:
        """Bring the rows to the database."""
        if not self.loaded:
            bulk.load(self.stage or Stage())
            self.loaded = True

    def refuse(self, found: tuple[int, list[RowError]]) -> int:
        """Note so many rows with their errors; returns how many."""
        count, errors = found
        self.refused += count
        self.errors += errors[: max(0, MOST_ERRORS - len(self.errors))]
        return count


def plan(indicator: Indicator, stage: Stage, *, source: str, reason: str = "") -> SamplePlan:
    """Compare staged samples with what the indicator knows from this source, within a transaction.

    To be relied on, the caller holds the indicator's lock; without it this is a preview.
    """
    made = SamplePlan(rows=stage.rows + stage.refused, refused=stage.refused, stage=stage)
    made.errors = [*whole_errors(source, reason), *stage.errors]
    if stage.rows and not any(error.number == 0 for error in made.errors):
        _compare(made, indicator, stage, source, reason)
        made.errors.sort(key=lambda error: (error.number, error.column))
    return made


def _compare(made: SamplePlan, indicator: Indicator, stage: Stage, source: str, reason: str) -> None:
    closed = list(bulk.spans_touched(merged(closed_periods(indicator)), stage))
    if stage.ordered and not closed and not bulk.touches(indicator.pk, source, stage):
        # Later and later, where nothing is known: every row is new, and nobody need look at each.
        made.added, made.days = stage.rows, {date.fromisoformat(day) for day in stage.days}
        return
    made.load()
    made.refuse(bulk.refuse_twins())
    if indicator.kind == Indicator.Kind.SCORES:
        made.refuse(bulk.refuse_within(closed))
    bulk.compare(indicator.pk, source)
    if not reason:
        made.unexplained = made.refuse(bulk.refuse_unexplained(indicator.pk, source))
    found = bulk.counts()
    made.added, made.unchanged = found.get(bulk.NEW, 0), found.get(bulk.KNOWN, 0)
    made.revised = found.get(bulk.BESIDE, 0) + found.get(bulk.CHANGED, 0)
    made.days = bulk.days() if made.added or made.revised else set()
    made.after_close = sum(bulk.written_within(lo, hi) for lo, hi in closed)


def write(made: SamplePlan, indicator_id: int, source: str, delivery_id: int) -> None:
    """Write what the plan says, and let go of its table."""
    if not made.loaded and made.stage is not None:  # every row is new: nobody asked for a table
        bulk.append(indicator_id, source, delivery_id, made.stage)
        return
    made.load()
    bulk.write(indicator_id, source, delivery_id)
    bulk.drop()
