"""Cells of a delivered table as values (no ORM)."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from kpis.intake.rows import Waited

NUMBER = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,2})?")
SERIAL = re.compile(r"[0-9]{5}(\.[0-9]+)?")
Value = TypeVar("Value")


class Wrong(ValueError):
    """One cell can't be read; the message says why in words."""


def instant(zone: ZoneInfo | None) -> Callable[[str], datetime]:
    """A parser of ISO times; those without an offset are read in `zone`, or refused when there is none."""

    def parse(cell: str) -> datetime:
        try:
            at = datetime.fromisoformat(cell)
        except ValueError:
            if SERIAL.fullmatch(cell):
                raise Wrong(_("Is a number of Excel. Give the column a date format, then save again.")) from None
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


def pauses(zone: ZoneInfo | None) -> Callable[[str], tuple[Waited, ...]]:
    """A parser of spans in which a case waited: "2026-05-04T15:00Z/2026-05-05T09:00Z client; ...".

    Without a second time it still waits.
    """
    moment = instant(zone)

    def parse(cell: str) -> tuple[Waited, ...]:
        found = []
        for piece in filter(None, map(str.strip, cell.split(";"))):
            span, _blank, reason = piece.partition(" ")
            since, slash, until = span.partition("/")
            if not slash or not reason.strip():
                raise Wrong(_("Is not a pause such as 2026-05-04T15:00Z/2026-05-05T09:00Z client."))
            found.append(Waited(moment(since), moment(until) if until else None, reason.strip()))
        return tuple(sorted(found, key=lambda each: (each.since, each.reason)))

    return parse


def _local(at: datetime, zone: ZoneInfo) -> datetime:
    """A delivered time must mean one instant: unlike opening hours, a measurement can't be read by a rule."""
    first, last = at.replace(tzinfo=zone, fold=0), at.replace(tzinfo=zone, fold=1)
    if first.utcoffset() == last.utcoffset():
        return first
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != at:
        raise Wrong(_("The clocks skipped this time in %(zone)s.") % {"zone": zone.key})
    raise Wrong(_("This time came twice in %(zone)s. Write the offset.") % {"zone": zone.key})
