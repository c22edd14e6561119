"""Pushed JSON rows as the typed rows of kpis.intake (no ORM). Numbers stay exact: 99.95 is never a float."""

import codecs
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from kpis.intake import cases, outages, ratios, samples
from kpis.intake.cells import instant
from kpis.intake.rows import Observed, Row, RowError
from kpis.intake.staging import SAMPLED, Rules, Stage, stage_columns, stage_rows
from kpis.intake.tables import Line, Parsed, Reader, collect

MOST_ROWS = 10_000
# A watched span is pushed under shorter names than it has in a file.
PUSHED_AS = {"observed_from": "from", "observed_until": "until"}
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


class Read(NamedTuple):
    """What a body gave: rows as take_in wants them, and the errors of those that can't be read."""

    rows: Sequence[Row] | Stage
    errors: Sequence[RowError]


def read(stream: Any, rows: Sequence[Any], now: datetime) -> Read:
    """The rows for a stream, numbered from 1, and one error for each cell that can't be read."""
    if stream.kind not in SAMPLED:
        return Read(*vars(_parsed(stream.kind, rows)).values())
    stage, rules = Stage(), Rules(now, stream.kind, None, stream.unit)
    columns = _columns(rows, set(SHAPES[_shape(stream.kind, {})][0]))
    if columns is not None:
        stage_columns(stage, range(1, len(rows) + 1), columns, rules)
    else:
        parsed = _parsed(stream.kind, rows)
        stage_rows(stage, parsed.rows, rules, unread=parsed.errors)
    return Read(stage, ())


def pointer(error: RowError) -> str:
    """Where an error stands in the body (RFC 6901); a whole delivery has the name of what is wrong."""
    if not error.number:
        return f"/{error.column}"
    column = PUSHED_AS.get(error.column, error.column).replace("~", "~0").replace("/", "~1")
    return f"/rows/{error.number - 1}" + (f"/{column}" if column else "")


def _columns(rows: Sequence[Any], known: set[str]) -> dict[str, list[str]] | None:
    """The rows by column, as text; None where some row is not what a sample looks like."""
    if set(map(type, rows)) != {dict}:
        return None
    names = set().union(*rows)
    if "at" not in names or not names & {"value", "good"} or not names <= known:
        return None
    columns = {}
    for name in names:
        cells = [row.get(name) for row in rows]
        kinds = set(map(type, cells))
        if type(None) in kinds:
            cells = ["" if cell is None else cell for cell in cells]
        if not kinds <= {str, int, Decimal, type(None)}:
            return None
        columns[name] = list(map(str, cells))
    return columns if _is_text("".join(map("".join, columns.values()))) else None


def _is_text(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= sign <= "\udfff" for sign in text)


def _parsed(kind: str, rows: Sequence[Any]) -> Parsed:
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
    if not _is_text(text):
        raise ValueError(_("Holds a character that is not text."))
    return text.strip()
