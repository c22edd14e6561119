"""Excluded time: when it is, and how much of it the signed terms let count (no ORM).

Rules, stated once:

* A recurring exclusion repeats its local start and end; it says how often or until when. A local time in a
  spring gap is read with the offset before the change; an ambiguous start is its first, an ambiguous end its
  last occurrence.
* Only time within the signed version's life counts: another version, another exclusion.
* An occurrence that was not announced the agreed hours before its start does not count at all.
* The yearly cap is that of a category in a calendar year of the agreement's zone, over all its approved
  exclusions; time that two of them cover is taken once. What comes first in time uses it up first.
* What counts is fixed at the approval: a later withdrawal of another exclusion gives nothing back to this one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr
from django.utils.translation import gettext as _

MOST = 400  # occurrences of one exclusion
HORIZON = timedelta(days=5 * 366)
PARTS = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST"}
FREQUENCIES = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}
HOUR, MINUTE = 3600, 60
Span = tuple[datetime, datetime]


class Unreadable(ValueError):
    """A rule or a span that can't be laid out; the message says why."""


@dataclass(frozen=True)
class Piece:
    """A span of excluded time within one calendar year; it counts in [start, counted_until)."""

    start: datetime
    end: datetime
    counted_until: datetime
    why: str = ""  # why not all of it counts: "notice" | "cap"

    @property
    def counted(self) -> int:
        return _length(self.start, self.counted_until)


@dataclass(frozen=True)
class Year:
    """The cap's arithmetic of one year, in seconds: used before, asked for now, granted of it."""

    year: int
    before: int
    asked: int
    granted: int


@dataclass(frozen=True)
class Allotment:
    """What counts of an exclusion, and how that was worked out. `cap_minutes` None: no cap."""

    pieces: Sequence[Piece]
    years: Sequence[Year]
    notice_hours: int
    cap_minutes: int | None

    @property
    def counted(self) -> int:
        return sum(piece.counted for piece in self.pieces)

    @property
    def asked(self) -> int:
        return sum(_length(piece.start, piece.end) for piece in self.pieces)

    def to_dict(self) -> dict[str, Any]:
        """The arithmetic as it is kept: whole seconds."""
        return {
            "notice_hours": self.notice_hours,
            "cap_minutes": self.cap_minutes,
            "asked": self.asked,
            "counted": self.counted,
            "short_notice": sum(piece.why == "notice" for piece in self.pieces),
            "years": [vars(year) for year in self.years],
        }


def occurrences(start: datetime, end: datetime, *, rule: str, zone: str) -> list[Span]:
    """The spans of an exclusion in UTC, in order; one without a rule. Raises Unreadable.

    `start` and `end` are aware and fall on whole seconds; they are the first occurrence.
    """
    if start.utcoffset() is None or end.utcoffset() is None:
        raise ValueError("expected aware datetimes")
    if start.microsecond or end.microsecond:
        raise Unreadable(_("Times fall on whole seconds."))
    if end <= start:
        raise Unreadable(_("It ends before it starts."))
    if not rule.strip():
        return [(start.astimezone(UTC), end.astimezone(UTC))]
    tz = ZoneInfo(zone)
    first, last = (at.astimezone(tz).replace(tzinfo=None) for at in (start, end))
    return [
        (_instant(at, tz, closing=False), _instant(at + (last - first), tz, closing=True))
        for at in _local_starts(first, rule.strip().removeprefix("RRULE:"), tz)
    ]


def allot(
    spans: Iterable[Span],
    *,
    life: tuple[datetime, datetime | None],
    notice_at: datetime | None,
    notice_hours: int,
    cap_minutes: int | None,
    taken: Iterable[Span],
    zone: str,
) -> Allotment:
    """How much of these spans counts, given what the category has `taken` already.

    `life` is that of the signed version. `notice_at` None: nobody was told.
    """
    tz, held = ZoneInfo(zone), union(taken)
    pieces: list[Piece] = []
    years: dict[int, list[int]] = {}
    for start, end in sorted(_parts(spans, life, tz)):
        sums = years.setdefault(start.astimezone(tz).year, [_used(held, start, tz), 0, 0])
        if not _announced(start, notice_at, notice_hours):
            pieces.append(Piece(start, end, start, "notice"))
            continue
        until = end if cap_minutes is None else _until(start, end, held, cap_minutes * MINUTE - sums[0] - sums[2])
        sums[1] += _new(start, end, held)
        sums[2] += _new(start, until, held)
        held = union([*held, (start, until)])
        pieces.append(Piece(start, end, until, "" if until == end else "cap"))
    rows = [Year(year, *sums) for year, sums in sorted(years.items())]
    return Allotment(pieces, rows, notice_hours, cap_minutes)


def union(spans: Iterable[Span]) -> list[Span]:
    """Half-open spans in order, overlapping and touching ones joined, empty ones left out."""
    joined: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def _local_starts(first: datetime, rule: str, tz: ZoneInfo) -> list[datetime]:
    parts = _read(rule)
    count, until = _count(parts.pop("COUNT", "")), _last(parts.pop("UNTIL", ""), tz)
    if (count is None) == (until is None):
        raise Unreadable(_("Say either how often it repeats (COUNT) or until when (UNTIL)."))
    text = ";".join(f"{name}={value}" for name, value in parts.items())
    try:
        found = rrulestr(text, dtstart=first)
        assert isinstance(found, rrule)
        # Bounded, so that a rule that never fires ends: 30 February.
        bounded = found.replace(until=min(until or first + HORIZON, first + HORIZON))
        starts = list(islice(bounded, MOST + 1 if count is None else count))
    except (ValueError, TypeError, AssertionError, OverflowError) as error:
        raise Unreadable(_("This is no rule that can be read: %s") % rule) from error
    if not starts or starts[0] != first:
        raise Unreadable(_("The first occurrence is not on a day that the rule names."))
    if len(starts) > MOST:
        raise Unreadable(_("It repeats more than %d times.") % MOST)
    return starts


def _read(rule: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in rule.upper().split(";") if part]
    parts = {name: value for name, _sign, value in pairs}
    if len(parts) != len(pairs) or not parts.keys() <= PARTS or parts.get("FREQ") not in FREQUENCIES:
        raise Unreadable(_("A rule repeats by day, week, month or year, such as FREQ=WEEKLY;BYDAY=SU;COUNT=8."))
    return parts


def _count(text: str) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdecimal() or not 0 < int(text[:6]) <= MOST:
        raise Unreadable(_("It repeats more than %d times.") % MOST)
    return int(text)


def _last(text: str, tz: ZoneInfo) -> datetime | None:
    """UNTIL in local time; a bare day is meant to its end."""
    if not text:
        return None
    try:
        if len(text) == 8:
            return datetime.strptime(text, "%Y%m%d").replace(hour=23, minute=59, second=59)  # noqa: DTZ007
        local = datetime.strptime(text.removesuffix("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007
        if text.endswith("Z"):
            local = local.replace(tzinfo=UTC).astimezone(tz).replace(tzinfo=None)
    except (ValueError, OverflowError) as error:
        raise Unreadable(_("UNTIL is a day such as 20261231.")) from error
    return local


def _instant(local: datetime, tz: ZoneInfo, *, closing: bool) -> datetime:
    first, second = (local.replace(tzinfo=tz, fold=fold) for fold in (0, 1))
    # Ambiguous: the offset falls. In a gap it rises, and the offset before the change is fold 0's.
    ambiguous = first.utcoffset() > second.utcoffset()  # type: ignore[operator]
    return (second if closing and ambiguous else first).astimezone(UTC)


def _parts(spans: Iterable[Span], life: tuple[datetime, datetime | None], tz: ZoneInfo) -> list[Span]:
    """The union of the spans within the version's life, cut where a year begins."""
    found: list[Span] = []
    for start, end in union(spans):
        start, end = max(start, life[0]), end if life[1] is None else min(end, life[1])
        while start < end:
            edge = min(end, datetime(start.astimezone(tz).year + 1, 1, 1, tzinfo=tz).astimezone(UTC))
            found.append((start, edge))
            start = edge
    return found


def _announced(start: datetime, notice_at: datetime | None, hours: int) -> bool:
    return hours == 0 or (notice_at is not None and start - notice_at >= timedelta(hours=hours))


def _used(held: list[Span], at: datetime, tz: ZoneInfo) -> int:
    """The seconds that are taken already of the calendar year of an instant."""
    year = at.astimezone(tz).year
    lo, hi = (datetime(each, 1, 1, tzinfo=tz).astimezone(UTC) for each in (year, year + 1))
    return sum(_length(max(start, lo), min(end, hi)) for start, end in held if start < hi and end > lo)


def _new(start: datetime, end: datetime, held: list[Span]) -> int:
    """The seconds of [start, end) that nobody has taken."""
    overlaps = ((max(start, lo), min(end, hi)) for lo, hi in held)
    return _length(start, end) - sum(_length(lo, hi) for lo, hi in overlaps if lo < hi)


def _until(start: datetime, end: datetime, held: list[Span], left: int) -> datetime:
    """How far [start, end) gets with so many seconds left; what is taken already costs nothing."""
    at = start
    for lo, hi in [*(span for span in held if span[1] > start and span[0] < end), (end, end)]:
        free = max(0, _length(at, min(lo, end)))
        if free > left:
            return at + timedelta(seconds=max(0, left))
        left -= free
        at = max(at, min(hi, end))
    return end


def _length(start: datetime, end: datetime) -> int:
    return (end - start) // timedelta(seconds=1)
