"""Delivered CSV files as rows of named cells, and cells as values (no ORM).

Errors name row, column and reason.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from kpis.intake.rows import LONGEST_ID, Row, RowError

MOST_ROWS = 100_000
NUMBER = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,2})?")
Value = TypeVar("Value")


class Unreadable(ValueError):
    """The file as a whole can't be read; the message says why in words."""


class Wrong(ValueError):
    """One cell can't be read; the message says why in words."""


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


def lines(content: bytes, *, needs: Sequence[tuple[str, ...]]) -> Iterator[Line]:
    """The lines below the header, empty ones left out. Commas, semicolons or tabs part the cells.

    `needs` are the columns that must be there, each with its other names. Raises Unreadable.
    """
    text = _text(content)
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header = _header(next(_checked(reader), []), needs)
    for count, cells in enumerate(_checked(reader), start=1):
        if count > MOST_ROWS:
            said = {"most": MOST_ROWS}
            raise Unreadable(_("The file has more than %(most)d rows. Deliver it in parts.") % said)
        if any(cell.strip() for cell in cells):
            padded = [*cells, *[""] * (len(header) - len(cells))]
            named = zip(header, padded, strict=False)
            yield Line(reader.line_num, {name: cell.strip() for name, cell in named})


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


def instant(zone: ZoneInfo | None) -> Callable[[str], datetime]:
    """A parser of ISO times; those without an offset are read in `zone`, or refused when there is none."""

    def parse(cell: str) -> datetime:
        try:
            at = datetime.fromisoformat(cell)
        except ValueError:
            raise Wrong(_("Is not a time such as 2026-05-07T20:50 or 2026-05-07T20:50:59Z.")) from None
        if at.tzinfo is None:
            if zone is None:
                raise Wrong(_("Has no time zone. Choose the zone of the file, or write the offset."))
            at = _local(at, zone)
        try:
            return at.astimezone(UTC)
        except OverflowError:
            raise Wrong(_("Is out of range.")) from None

    return parse


def optional(parse: Callable[[str], Value]) -> Callable[[str], Value | None]:
    """The same parser, with None for an empty cell."""
    return lambda cell: parse(cell) if cell else None


def number(cell: str) -> Decimal:
    """An exact number with a point; "NaN", "1,5" and "1_000" are refused."""
    if not NUMBER.fullmatch(cell):
        raise Wrong(_("Is not a number such as 4 or 12.5."))
    return Decimal(cell)


def priority(cell: str) -> int:
    """ "3", "P3" or "3 - Moderate"."""
    found = re.match(r"[pP]?([0-9]{1,2})\b", cell)
    if not found:
        raise Wrong(_("Is not a priority such as 3 or P3."))
    return int(found[1])


def _text(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        said = {"row": content[: error.start].count(b"\n") + 1}
        raise Unreadable(
            _("Row %(row)d is not written in UTF-8. Save the file as “CSV UTF-8” and try again.") % said
        ) from None
    if "\x00" in text:
        raise Unreadable(_("This is not a text file. Save the table as “CSV UTF-8” and try again."))
    return text


def _checked(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error as error:
        row = reader.line_num  # type: ignore[attr-defined]
        raise Unreadable(_("Row %(row)d can't be read: %(why)s.") % {"row": row, "why": error}) from None


def _header(cells: list[str], needs: Sequence[tuple[str, ...]]) -> list[str]:
    names = [cell.strip().lower() for cell in cells]
    missing = [others[0] for others in needs if not set(others) & set(names)]
    if missing:
        said = {"missing": ", ".join(missing)}
        raise Unreadable(_("The first row must name the columns. Missing: %(missing)s.") % said)
    twice = {name for name in names if name and names.count(name) > 1}
    if twice:
        raise Unreadable(_("Columns named twice: %(twice)s.") % {"twice": ", ".join(sorted(twice))})
    return names


def _local(at: datetime, zone: ZoneInfo) -> datetime:
    """A delivered time must mean one instant: unlike opening hours, a measurement can't be read by a rule."""
    first, last = at.replace(tzinfo=zone, fold=0), at.replace(tzinfo=zone, fold=1)
    if first.utcoffset() == last.utcoffset():
        return first
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != at:
        raise Wrong(_("The clocks skipped this time in %(zone)s.") % {"zone": zone.key})
    raise Wrong(_("This time came twice in %(zone)s. Write the offset.") % {"zone": zone.key})

