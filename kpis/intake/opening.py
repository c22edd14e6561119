"""Delivered files as tables, read as a stream: CSV in the usual encodings, XLSX (no ORM).

Nothing here holds more than a line of CSV or a row of XLSX, and an XLSX is measured before it is unpacked.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, time, timedelta
from itertools import accumulate, chain, islice
from typing import Any, BinaryIO

from django.utils.translation import gettext as _
from openpyxl import load_workbook

from kpis.intake.tables import Batch, Table, Unreadable

BATCH = 10_000
CHUNK = 256 * 1024
LONGEST_LINE = 100_000
MOST_UNPACKED = 300 * 1024 * 1024
BIGGEST_PART = 60 * 1024 * 1024  # what openpyxl holds at once: styles and shared texts
MOST_COLUMNS = 200
UTF16 = (b"\xff\xfe", b"\xfe\xff")
ZIP = b"PK\x03\x04"
LEGACY = b"\xd0\xcf\x11\xe0"
NOT_UTF8 = re.compile("[\udc80-\udcff]")


def open_table(file: BinaryIO) -> Table:
    """The table in a file: an XLSX by its first bytes, else CSV. Raises Unreadable."""
    file.seek(0)
    start = file.read(4)
    file.seek(0)
    if start == LEGACY:
        raise Unreadable(_("This is an old Excel file. Save it as XLSX or “CSV UTF-8” and try again."))
    batches = _xlsx(file) if start == ZIP else _csv(file, start)
    _numbers, (header,) = next(batches, ((1,), [[]]))
    while header and not header[-1]:  # a spreadsheet's rows are as wide as its widest
        header.pop()
    if len(header) > MOST_COLUMNS:
        raise Unreadable(_("The file has more than %(most)d columns.") % {"most": MOST_COLUMNS})
    return Table([cell.strip().lower() for cell in header], batches)


def _csv(file: BinaryIO, start: bytes) -> Iterator[Batch]:
    """The header alone, then batch by batch."""
    encoding = "utf-16" if start[:2] in UTF16 else "utf-8-sig"
    # What is not UTF-8 comes through as marks, so that its row can be named.
    errors = "strict" if encoding == "utf-16" else "surrogateescape"
    text = io.TextIOWrapper(file, encoding, errors, newline="")
    row, size = 1, 1
    try:
        lines = chain.from_iterable(_chunks(text))
        first = next(lines, "")
        reader = csv.reader(chain([first], lines), delimiter=max(",;\t", key=first.count), strict=True)
        while batch := list(islice(reader, size)):
            numbers = _numbers(batch, row, reader.line_num)
            yield numbers, batch
            row, size = reader.line_num + 1, BATCH
    except csv.Error as error:
        said = {"row": reader.line_num, "why": error}
        raise Unreadable(_("Row %(row)d can't be read: %(why)s.") % said) from None
    except UnicodeError:
        raise Unreadable(_("Row %(row)d or one soon after is not written in UTF-16.") % {"row": row}) from None
    finally:
        # The file is its owner's to close.
        with suppress(ValueError):
            text.detach()


def _numbers(batch: list[list[str]], row: int, last: int) -> Sequence[int]:
    """The line each row begins in; cells that hold line breaks make it longer."""
    if last - row + 1 == len(batch):
        return range(row, last + 1)
    breaks = (sum(cell.count("\n") for cell in cells) for cells in batch)
    return list(accumulate(breaks, lambda at, more: at + 1 + more, initial=row))[:-1]


def _chunks(text: io.TextIOWrapper) -> Iterator[Iterable[str]]:
    """The lines, a chunk at a time, so that what is checked is checked for many at once."""
    carried, number = "", 1
    while chunk := text.read(CHUNK):
        whole, found, rest = (carried + chunk).rpartition("\n")
        whole += found
        if len(rest) > LONGEST_LINE:
            said = {"row": number + whole.count("\n"), "most": LONGEST_LINE}
            raise Unreadable(_("Row %(row)d is longer than %(most)d characters.") % said)
        yield _checked(whole, number)
        carried, number = rest, number + whole.count("\n")
    yield _checked(carried, number)


def _checked(chunk: str, number: int) -> Iterable[str]:
    if "\x00" in chunk:
        raise Unreadable(_("This is not a text file. Save the table as XLSX or “CSV UTF-8” and try again."))
    if not chunk.isascii() and (found := NOT_UTF8.search(chunk)):
        said = {"row": number + chunk.count("\n", 0, found.start())}
        raise Unreadable(
            _("Row %(row)d is not written in UTF-8. Save the file as “CSV UTF-8” and try again.") % said
        )
    return io.StringIO(chunk, newline="")


def _xlsx(file: BinaryIO) -> Iterator[Batch]:
    """The header alone, then batch by batch."""
    _measure(file)
    try:
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        # What the sheet says about its size may be wrong, and openpyxl would believe it.
        sheet.reset_dimensions()
        rows = sheet.iter_rows(values_only=True)
        number, size = 1, 1
        while batch := [list(map(_cell, row)) for row in islice(rows, size)]:
            yield range(number, number + len(batch)), batch
            number, size = number + len(batch), 1000
        book.close()
    except Unreadable:
        raise
    except Exception as error:  # openpyxl lets out whatever its parsers meet in a broken file
        raise Unreadable(_("This XLSX can't be read. Save it again, or as “CSV UTF-8”.")) from error


def _measure(file: BinaryIO) -> None:
    """Refuse what would fill the memory; zipfile never unpacks more of a part than its size says."""
    try:
        parts = zipfile.ZipFile(file).infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise Unreadable(_("This XLSX can't be read. Save it again, or as “CSV UTF-8”.")) from error
    held = sum(part.file_size for part in parts if "/worksheets/" not in part.filename)
    if sum(part.file_size for part in parts) > MOST_UNPACKED or held > BIGGEST_PART or len(parts) > 1000:
        raise Unreadable(_("This XLSX is too big when unpacked. Deliver it in parts, or as CSV."))
    file.seek(0)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        # A serial number holds a second only nearly.
        return (value + timedelta(milliseconds=500)).replace(microsecond=0).isoformat(" ")
    if isinstance(value, bool | time | timedelta):
        return str(value)
    return f"{value:.15g}" if isinstance(value, float) else str(value)
