"""Samples between reading and taking in: good rows as lines of text that COPY reads, and what was wrong (no ORM)."""

import gc
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TextIO
from zoneinfo import ZoneInfo

from kpis.intake import ratios, samples, vectors
from kpis.intake import rows as r
from kpis.intake.rows import RowError
from kpis.intake.tables import Batch, Table, collect, lines

# More are counted and not kept: a list that nobody can read needs no memory.
MOST_ERRORS = 10_000
NULL = "\\N"
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
SAMPLED = ("values", "scores", "ratios")
READERS = {"ratios": ratios.reader}


@dataclass
class Rules:
    """What a row is judged by before anything else is known."""

    now: datetime
    kind: str = "values"
    zone: ZoneInfo | None = None
    unit: str = ""


@dataclass
class Stage:
    """Good samples as lines (number, at, value, total, external id, evidence), and what is worth knowing of them."""

    text: TextIO = field(default_factory=io.StringIO)
    rows: int = 0
    refused: int = 0
    errors: list[RowError] = field(default_factory=list)
    lo: str = ""
    hi: str = ""
    ordered: bool = True
    days: set[str] = field(default_factory=set)

    def add(self, numbers: Iterable[int], columns: vectors.Columns) -> None:
        """Keep a batch of good rows."""
        at = columns.at
        totals = [each or NULL for each in columns.total]
        lines = map("\t".join, zip(map(str, numbers), *columns._replace(total=totals), strict=True))
        self.text.write("\n".join(lines) + "\n")
        self.ordered = self.ordered and at[0] > self.hi and columns.ordered
        self.rows += len(at)
        self.lo, self.hi = min(self.lo or at[0], *at[:1], min(at)), max(self.hi, max(at))
        self.days.update(cell[:10] for cell in at)

    def refuse(self, errors: Sequence[RowError]) -> None:
        """Note what is wrong with some rows."""
        self.refused += len({error.number for error in errors})
        self.errors += errors[: max(0, MOST_ERRORS - len(self.errors))]

    def summary(self) -> dict[str, Any]:
        """All but the lines, as JSON."""
        return {
            "rows": self.rows, "refused": self.refused, "errors": [list(error) for error in self.errors],
            "lo": self.lo, "hi": self.hi, "ordered": self.ordered, "days": sorted(self.days),
        }

    @classmethod
    def again(cls, text: TextIO, summary: Mapping[str, Any]) -> "Stage":
        """The stage whose lines and summary were kept."""
        errors = [RowError(*error) for error in summary["errors"]]
        return cls(text, **{**summary, "errors": errors, "days": set(summary["days"])})


def stage_table(table: Table, stage: Stage, rules: Rules) -> Iterable[int]:
    """Read a table batch by batch; yields the number of rows seen after each, so that progress can be told."""
    seen, batches = 0, table.batches()
    while (count := _stage_batch(table.header, batches, stage, rules)) is not None:
        seen += count
        yield seen


def _stage_batch(header: list[str], batches: Iterator[Batch], stage: Stage, rules: Rules) -> int | None:
    with uncollected():
        numbers, cells = next(batches, ((), []))
        if not cells:
            return None
        columns = dict(zip(header, zip(*cells, strict=True), strict=True))
        stage_columns(stage, numbers, columns, rules)
    return len(numbers)


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the collector of cycles, which a row never makes: looking for them took half the time."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def stage_columns(
    stage: Stage, numbers: Sequence[int], columns: Mapping[str, Sequence[str]], rules: Rules
) -> None:
    """Keep a batch given by columns: at once when it is clean, else row by row."""
    if rules.kind == "ratios" and "good" in columns and "value" not in columns:
        columns = {"value" if name == "good" else name: cells for name, cells in columns.items()}
    found = vectors.clean(columns, zone=rules.zone, now=rules.now, unit=rules.unit, kind=rules.kind)
    if found is not None:
        stage.add(numbers, found)
        return
    parsed = collect(lines(numbers, columns), READERS.get(rules.kind, samples.reader)(rules.zone))
    stage_rows(stage, parsed.rows, rules, unread=parsed.errors)


def stage_rows(
    stage: Stage, given: Sequence[r.Row], rules: Rules, *, unread: Sequence[RowError] = ()
) -> None:
    """Keep typed rows, those with an error left out and noted."""
    errors = [*unread, *r.errors(given, kind=rules.kind, now=rules.now, unit=rules.unit)]
    if errors:
        stage.refuse(errors)
    bad = {error.number for error in errors}
    good = [(number, row) for number, row in r.numbered(given) if number not in bad]
    if good:
        rows = [row for _number, row in good if isinstance(row, r.Sample)]
        columns = vectors.Columns(
            [vectors.text_of(row.at) for row in rows],
            [f"{row.value:f}" for row in rows],
            ["" if row.total is None else f"{row.total:f}" for row in rows],
            [row.external_id.translate(ESCAPES) for row in rows],
            [row.evidence.translate(ESCAPES) for row in rows],
        )
        stage.add([number for number, _row in good], columns)
