"""Samples compared with what is known and written, by the database itself: a row never becomes an object here."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from kpis.intake.opening import BATCH
from kpis.intake.rows import RowError
from kpis.intake.staging import ESCAPES, MOST_ERRORS, NULL, Stage
from kpis.models import Sample

TABLE = "kpis_incoming"
COLUMNS = "number, at, value, total, external_id, evidence"
TOTAL = COLUMNS.split(", ").index("total")
SAME_IN_ALL, OF_ROW = "indicator_id, source, revision, voided, delivery_id", COLUMNS.removeprefix("number, ")
# What COPY is given at once, and about how long a line is.
BLOCK, LINE = 256 * 1024, 64
# What becomes of a row.
NEW, KNOWN, BESIDE, REFUSED, CHANGED = range(5)
WRITTEN = f"state IN ({NEW}, {BESIDE}, {CHANGED})"
UNESCAPED = {"\\\\": "\\", "\\t": "\t", "\\n": "\n", "\\r": "\r"}
SAME = (
    f"s.indicator_id = %s AND s.source = %s AND s.at = {TABLE}.at AND s.external_id = {TABLE}.external_id"
)


def load(stage: Stage) -> None:
    """Put the good rows of a stage into a table of this transaction alone."""
    drop()
    types = {name: Sample._meta.get_field(name).db_type(connection) for name in ("at", "value", "external_id")}
    end = " ON COMMIT DROP" if _postgres() else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMP TABLE {TABLE} (number integer, at {types['at']}, value {types['value']}, "
            f"total {types['value']}, "
            f"external_id {types['external_id']}, evidence text, revision integer NOT NULL DEFAULT 0, "
            f"state smallint NOT NULL DEFAULT {NEW}){end}"
        )
        stage.text.seek(0)
        if _postgres():
            cursor.copy_expert(f"COPY {TABLE} ({COLUMNS}) FROM STDIN", stage.text, BLOCK)
            return
        lines = map(_cells, stage.text)
        while chunk := list(islice(lines, BATCH)):
            cursor.executemany(f"INSERT INTO {TABLE} ({COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s)", chunk)


def drop() -> None:
    """Let go of the table, in a transaction that goes on."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {'pg_temp' if _postgres() else 'temp'}.{TABLE}")


def touches(indicator_id: int, source: str, stage: Stage) -> bool:
    """Whether anything is known from this source within the time of the stage."""
    return bool(
        _rows(
            "SELECT 1 FROM kpis_sample WHERE indicator_id = %s AND source = %s AND at >= %s AND at <= %s LIMIT 1",
            indicator_id, source, stage.lo, stage.hi,
        )
    )


def refuse_twins() -> tuple[int, list[RowError]]:
    """The same key twice is an error of the later row, because nobody can say which one counts."""
    places = (
        f"(SELECT number, external_id, FIRST_VALUE(number) OVER (PARTITION BY at, external_id ORDER BY number) "
        f"AS first FROM {TABLE}) places WHERE first <> number"
    )
    said = _("The same key as row %(row)d.")
    errors = [
        RowError(number, "external_id", said % {"row": first}, name)
        for number, first, name in _rows(
            f"SELECT number, first, external_id FROM {places} ORDER BY number LIMIT {MOST_ERRORS}"
        )
    ]
    count = _run(f"UPDATE {TABLE} SET state = {REFUSED} WHERE number IN (SELECT number FROM {places})") if errors else 0
    return count, errors


def refuse_within(spans: list[tuple[datetime, datetime]]) -> tuple[int, list[RowError]]:
    """An answer about a closed period is too late."""
    errors = []
    for lo, hi in spans:
        within = (f"state = {NEW} AND at >= %s AND at < %s", *map(_moment, (lo, hi)))
        errors += [
            RowError(number, "at", _("The period of this answer is closed."), str(at))
            for number, at in _rows(f"SELECT number, at FROM {TABLE} WHERE {within[0]}", *within[1:])
        ]
        _run(f"UPDATE {TABLE} SET state = {REFUSED} WHERE {within[0]}", *within[1:])
    return len(errors), errors


def compare(indicator_id: int, source: str) -> None:
    """Say of each row whether its newest revision is the same, differs beside the figure, or in it."""
    other = "IS DISTINCT FROM" if _postgres() else "IS NOT"
    _run(
        f"UPDATE {TABLE} SET revision = s.revision + 1, state = CASE "
        f"WHEN s.value <> {TABLE}.value OR s.total {other} {TABLE}.total OR s.voided THEN {CHANGED} "
        f"WHEN s.evidence <> {TABLE}.evidence THEN {BESIDE} ELSE {KNOWN} END "
        f"FROM kpis_sample s WHERE {TABLE}.state = {NEW} AND {SAME} AND NOT EXISTS (SELECT 1 FROM kpis_sample l "
        "WHERE l.indicator_id = s.indicator_id AND l.at = s.at AND l.source = s.source "
        "AND l.external_id = s.external_id AND l.revision > s.revision)",
        indicator_id, source,
    )


def refuse_unexplained(indicator_id: int, source: str) -> tuple[int, list[RowError]]:
    """A figure that differs from a known one needs a reason."""
    said = _("Differs from what was delivered before. Give a reason to correct it.")
    errors = [
        RowError(number, "value", said, f"{before:f}" if hasattr(before, "as_tuple") else str(before))
        for number, before in _rows(
            f"SELECT number, s.value FROM {TABLE} JOIN kpis_sample s ON {SAME} "
            f"AND s.revision = {TABLE}.revision - 1 WHERE state = {CHANGED} ORDER BY number LIMIT {MOST_ERRORS}",
            indicator_id, source,
        )
    ]
    count = _run(f"UPDATE {TABLE} SET state = {REFUSED} WHERE state = {CHANGED}") if errors else 0
    return count, errors


def counts() -> dict[int, int]:
    """How many rows become what."""
    return dict(_rows(f"SELECT state, COUNT(*) FROM {TABLE} GROUP BY state"))


def days() -> set[date]:
    """The UTC days that are touched."""
    day = "(at AT TIME ZONE 'UTC')::date::text" if _postgres() else "substr(at, 1, 10)"
    return {date.fromisoformat(each) for (each,) in _rows(f"SELECT DISTINCT {day} FROM {TABLE} WHERE {WRITTEN}")}


def written_within(lo: datetime, hi: datetime) -> int:
    """How many of the rows to write lie in [lo, hi)."""
    within = f"SELECT COUNT(*) FROM {TABLE} WHERE {WRITTEN} AND at >= %s AND at < %s"
    return int(_rows(within, *map(_moment, (lo, hi)))[0][0])


def append(indicator_id: int, source: str, delivery_id: int, stage: Stage) -> None:
    """Write the rows of a stage of which none is known, without a table between."""
    stage.text.seek(0)
    if _postgres():
        head = f"{indicator_id}\t{source.translate(ESCAPES)}\t0\tf\t{delivery_id}"
        lines = _Lines(head + line[line.index("\t") :] for line in stage.text)
        with connection.cursor() as cursor:
            cursor.copy_expert(f"COPY kpis_sample ({SAME_IN_ALL}, {OF_ROW}) FROM STDIN", lines, BLOCK)
        return
    sql = f"INSERT INTO kpis_sample ({SAME_IN_ALL}, {OF_ROW}) VALUES (%s, %s, 0, 0, %s, %s, %s, %s, %s, %s)"
    rows = ([indicator_id, source, delivery_id, *_cells(line)[1:]] for line in stage.text)
    with connection.cursor() as cursor:
        while chunk := list(islice(rows, BATCH)):
            cursor.executemany(sql, chunk)


class _Lines:
    """Lines as a file that COPY reads."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines

    def read(self, size: int) -> bytes:
        """The next ones, so many characters or a few more."""
        return "".join(islice(self._lines, size // LINE)).encode()


def write(indicator_id: int, source: str, delivery_id: int) -> int:
    """Write the rows; returns how many."""
    false = "false" if _postgres() else "0"
    return _run(
        "INSERT INTO kpis_sample (indicator_id, at, source, external_id, revision, voided, delivery_id, value, "
        f"total, evidence) SELECT %s, at, %s, external_id, revision, {false}, %s, value, total, evidence FROM {TABLE} "
        f"WHERE {WRITTEN}",
        indicator_id, source, delivery_id,
    )


def _cells(line: str) -> list[Any]:
    cells: list[Any] = line.rstrip("\n").split("\t")
    if cells[TOTAL] == NULL:
        cells[TOTAL] = None
    for place in (-2, -1):
        if "\\" in cells[place]:
            cells[place] = re.sub(r"\\[\\tnr]", lambda found: UNESCAPED[found[0]], cells[place])
    return cells


def _postgres() -> bool:
    return connection.vendor == "postgresql"


def _moment(at: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(at)


def _rows(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def _run(sql: str, *values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.rowcount


def spans_touched(spans: list[tuple[datetime, datetime]], stage: Stage) -> Iterator[tuple[datetime, datetime]]:
    """The spans that some row of the stage may lie in."""
    for lo, hi in spans:
        if str(_moment(hi)) > stage.lo and str(_moment(lo)) <= stage.hi:
            yield lo, hi
