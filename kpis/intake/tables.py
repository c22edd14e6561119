"""Delivered tables as rows of named cells (no ORM). Errors name row, column and reason."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from kpis.intake.cells import Value, Wrong
from kpis.intake.rows import LONGEST_ID, Row, RowError

Batch = tuple[Sequence[int], list[list[str]]]


class Unreadable(ValueError):
    """The file as a whole can't be read; the message says why in words."""


@dataclass
class Parsed:
    """What a file gave: rows that could be read, and one error for each cell that could not."""

    rows: list[Row] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)


@dataclass(frozen=True)
class Line:
    """One line of a table: its number as a spreadsheet shows it, and its cells by column name."""

    number: int
    cells: dict[str, str]

    def first(self, *names: str) -> str:
        """The cell of the first of these columns that the table has; empty when it has none."""
        return next((self.cells[name] for name in names if name in self.cells), "")


@dataclass
class Table:
    """A table whose first row named its columns; the rows below come in batches (numbers, cells), read once."""

    header: list[str]
    rows: Iterator[Batch]

    def named(self, mapping: Mapping[str, str]) -> "Table":
        """The same with our names for the columns that the mapping {ours: theirs} knows.

        A column of theirs that already has one of the mapped names is left out: the choice counts.
        """
        ours = {theirs: name for name, theirs in mapping.items() if theirs}
        header = [ours.get(name, "" if name in mapping and mapping[name] else name) for name in self.header]
        return Table(header, self.rows)

    def needing(self, needs: Sequence[tuple[str, ...]]) -> "Table":
        """The same, with its columns checked; each need is a name with its other names. Raises Unreadable."""
        missing = missing_columns(self.header, needs)
        if missing:
            said = {"missing": ", ".join(missing)}
            raise Unreadable(_("The first row must name the columns. Missing: %(missing)s.") % said)
        twice = sorted({name for name in self.header if name and self.header.count(name) > 1})
        if twice:
            raise Unreadable(_("Columns named twice: %(twice)s.") % {"twice": ", ".join(twice)})
        return self

    def batches(self) -> Iterator[Batch]:
        """The rows, each as wide as the header, empty ones left out."""
        width = len(self.header)
        for numbers, batch in self.rows:
            if set(map(len, batch)) != {width}:
                batch = [[*cells[:width], *[""] * (width - len(cells))] for cells in batch]
            if not all(map(any, batch)):
                full = [place for place, cells in enumerate(batch) if any(cells)]
                numbers, batch = [numbers[place] for place in full], [batch[place] for place in full]
            if batch:
                yield numbers, batch

    def lines(self, most: int) -> Iterator[Line]:
        """One row at a time. Raises Unreadable above `most`."""
        count = 0
        for numbers, batch in self.batches():
            count += len(batch)
            if count > most:
                said = {"most": most}
                raise Unreadable(_("The file has more than %(most)d rows. Deliver it in parts.") % said)
            columns = dict(zip(self.header, zip(*batch, strict=True), strict=True))
            yield from lines(numbers, columns)


def lines(numbers: Sequence[int], columns: Mapping[str, Sequence[str]]) -> Iterator[Line]:
    """The rows of a batch given by columns, blank ones left out."""
    for number, row in zip(numbers, zip(*columns.values(), strict=True), strict=True):
        cells = {name: cell.strip() for name, cell in zip(columns, row, strict=True)}
        if any(cells.values()):
            yield Line(number, cells)


def missing_columns(header: Sequence[str], needs: Sequence[tuple[str, ...]]) -> list[str]:
    """The needed columns that are not there, by their first names."""
    return [others[0] for others in needs if not set(others) & set(header)]


def collect(table: Iterator[Line], read: Callable[[Line, "Reader"], Row]) -> Parsed:
    """Read every line; a line with a wrong cell becomes errors instead of a row."""
    parsed = Parsed()
    for line in table:
        reader = Reader(line)
        row = read(line, reader)
        if reader.errors:
            parsed.errors += reader.errors
        else:
            parsed.rows.append(row)
    return parsed


class Reader:
    """Reads the cells of one line and remembers what was wrong with them."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self.errors: list[RowError] = []

    def take(self, parse: Callable[[str], Value], *names: str, otherwise: Value) -> Value:
        """The parsed cell, or `otherwise` after noting the error."""
        cell = self._line.first(*names)
        try:
            return parse(cell)
        except Wrong as error:
            column = next((name for name in names if name in self._line.cells), names[0])
            self.errors.append(RowError(self._line.number, column, str(error), cell[:LONGEST_ID]))
            return otherwise

