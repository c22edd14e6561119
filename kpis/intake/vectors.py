"""Whole columns of samples checked at once (no ORM): a clean batch costs a microsecond a row, any other is left
to the reader of single rows, which knows what to say about it."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from operator import le, lt
from typing import NamedTuple
from zoneinfo import ZoneInfo

from kpis.intake.rows import EARLIEST, LONGEST_EVIDENCE, LONGEST_ID

# Never more than 15 digits: what is longer is read one by one.
NUMBERS = re.compile(r"(?:-?(?:[0-9]{1,5}(?:\.[0-9]{1,10})?|[0-9]{1,9}\.[0-9]{1,6}|[0-9]{1,15})\n)*")
ZULU = re.compile(r"(?:[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}Z\n)*")
ODD = re.compile(r"[\t\n\r\\\x00]")


class Columns(NamedTuple):
    """Samples by column, ready to be written: UTC times as text in the order of time, numbers as they came."""

    at: Sequence[str]
    value: Sequence[str]
    total: Sequence[str]
    external_id: Sequence[str]
    evidence: Sequence[str]

    @property
    def ordered(self) -> bool:
        """Each later than the one before, so that none can be there twice."""
        return all(map(lt, self.at, self.at[1:]))


def clean(
    columns: Mapping[str, Sequence[str]], *, zone: ZoneInfo | None, now: datetime, unit: str, kind: str = "values"
) -> Columns | None:
    """The batch when every row of it can be taken in as it is; None: look at each row."""
    if "value" not in columns:  # a total and what was bad of it
        return None
    times, values = (list(map(str.strip, columns[name])) for name in ("at", "value"))
    at = _instants(times, zone, now)
    if at is None or NUMBERS.fullmatch("\n".join(values) + "\n") is None:
        return None
    nothing = [""] * len(at)
    totals, names, evidence, units = (
        list(map(str.strip, columns.get(name, nothing)))
        for name in ("total", "external_id", "evidence", "unit")
    )
    if not _shares(values, totals, kind):
        return None
    if max(map(len, names)) > LONGEST_ID or max(map(len, evidence)) > LONGEST_EVIDENCE:
        return None
    if ODD.search("".join(names)) or ODD.search("".join(evidence)):
        return None
    if unit and not set(units) <= {"", unit}:
        return None
    return Columns(at, values, totals, names, evidence)


def text_of(at: datetime) -> str:
    """An instant as both databases read it: "2026-05-07 20:50:59", in UTC."""
    return str(at.astimezone(UTC).replace(tzinfo=None))


def _shares(values: list[str], totals: list[str], kind: str) -> bool:
    """Whether each value is so much of its total, or nothing has a total where none belongs."""
    if kind != "ratios":
        return not any(totals)
    if NUMBERS.fullmatch("\n".join(totals) + "\n") is None or "-" in "".join(values):
        return False
    return all(map(le, map(Decimal, values), map(Decimal, totals)))


def _instants(cells: list[str], zone: ZoneInfo | None, now: datetime) -> list[str] | None:
    if not cells:
        return None
    try:
        moments = list(map(datetime.fromisoformat, cells))
    except ValueError:
        return None
    zulu = ZULU.fullmatch("\n".join(cells) + "\n") is not None
    zones = {UTC} if zulu else {at.tzinfo for at in moments}
    if None in zones:
        # A local time may be ambiguous; only in UTC it never is.
        if zones != {None} or zone is None or zone.key != "UTC":
            return None
        moments = [at.replace(tzinfo=UTC) for at in moments]
    if max(moments) > now or min(moments) < EARLIEST:
        return None
    return [f"{cell[:10]} {cell[11:19]}" for cell in cells] if zulu else list(map(text_of, moments))
