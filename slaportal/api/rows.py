"""Pushed JSON rows as the typed rows of kpis.intake (no ORM). Numbers stay exact: 99.95 is never a float."""

import codecs
import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from kpis.intake import cases, outages, ratios, samples
from kpis.intake.cells import instant
from kpis.intake.rows import Observed, Row, RowError
from kpis.intake.tables import Line, Parsed, Reader, collect

MOST_ROWS = 10_000
moment = instant(None)


class ExactJSONParser(JSONParser):
    """JSON whose fractions are Decimal; NaN and Infinity are no JSON."""

    def parse(self, stream, media_type=None, parser_context=None):
        try:
            return json.load(codecs.getreader("utf-8")(stream), parse_float=Decimal, parse_constant=_no_number)
        except ValueError as error:
            raise ParseError(_("This is not JSON: %(why)s") % {"why": error}) from error


def _no_number(name):
    raise ValueError(name)


def _observed(line: Line, cells: Reader) -> Row:
    return Observed(
        at=cells.take(moment, "from", otherwise=None),
        until=cells.take(moment, "until", otherwise=None),
        number=line.number,
    )


# The columns of each kind of row, and who reads them.
SHAPES: dict[str, tuple[tuple[str, ...], Callable[[Line, Reader], Row]]] = {
    "outage": (outages.COLUMNS, outages.reader(None)),
    "observed": (("from", "until"), _observed),
    "case": (cases.COLUMNS, cases.reader(None)),
    "sample": (samples.COLUMNS, samples.reader(None)),
    "ratio": (ratios.COLUMNS, ratios.reader(None)),
}


def read(kind: str, rows: Sequence[Any]) -> Parsed:
    """The rows for an indicator of `kind`, numbered from 1, and one error for each cell that can't be read."""
    parsed = Parsed()
    for place, row in enumerate(rows, start=1):
        columns, reader = SHAPES[_shape(kind, row)]
        line, found = _line(place, row, columns)
        parsed.errors += found
        if not found:
            one = collect(iter([line]), reader)
            parsed.rows += one.rows
            parsed.errors += one.errors
    return parsed


def _shape(kind: str, row: Any) -> str:
    if kind == "outages":
        return "observed" if isinstance(row, Mapping) and {"from", "until"} & row.keys() else "outage"
    return {"cases": "case", "ratios": "ratio"}.get(kind, "sample")


def _line(place, row, columns):
    """The row as text cells, or what is wrong with it."""
    if not isinstance(row, Mapping):
        return None, [RowError(place, "", _("Is not an object."))]
    unknown = sorted(set(row) - set(columns))
    wrong = [RowError(place, name[:80], _("Is not a column of this stream.")) for name in unknown]
    cells = {}
    for name in columns:
        try:
            cells[name] = _cell(row.get(name))
        except ValueError as error:
            wrong.append(RowError(place, name, str(error)))
    return Line(place, cells), wrong


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ValueError(_("Is neither text nor a number."))
    text = str(value)
    if any("\ud800" <= sign <= "\udfff" for sign in text):
        raise ValueError(_("Holds a character that is not text."))
    return text.strip()
