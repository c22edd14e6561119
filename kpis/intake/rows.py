"""The rows that come in, typed, and what makes one wrong (no ORM). Every door makes these, nothing else."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

LONGEST_ID = 80
LONGEST_EVIDENCE = 2000
# SQLite keeps decimals as binary floats: 15 significant digits come back whole, on both databases alike.
DIGITS, DECIMALS = 15, 10
# A slip of the keyboard (1026, 0026) must not mark a million days dirty.
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


class RowError(NamedTuple):
    """One thing wrong with one row: its number in the delivery, the column, and the reason in words."""

    number: int
    column: str
    reason: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Outage:
    """Down from `at` until before `until`; None: still down. Without an id it goes by its start."""

    at: datetime
    until: datetime | None
    external_id: str = ""
    number: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Observed:
    """The span that an outage log watched: outside it nothing is known."""

    at: datetime
    until: datetime
    number: int = field(default=0, compare=False)


class Waited(NamedTuple):
    """A span in which a ticket waited, and for what; `until` None: it still does."""

    since: datetime
    until: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class Case:
    """A ticket. Whether a pause counts, the signed version says. `facts` are kept beside it and judge nothing."""

    external_id: str
    at: datetime
    priority: int
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    pauses: tuple["Waited", ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)
    responded_at: datetime | None = None
    number: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Sample:
    """A measured or attested value. `external_id` tells two of the same instant apart (a person, a probe).

    Of a stream of ratios: so many good (`value`) of so many (`total`).
    """

    at: datetime
    value: Decimal
    external_id: str = ""
    evidence: str = ""
    unit: str = ""
    total: Decimal | None = None
    number: int = field(default=0, compare=False)


Row = Outage | Observed | Case | Sample
# Which rows an indicator of a kind takes.
TAKES: dict[str, tuple[type, ...]] = {
    "outages": (Outage, Observed),
    "cases": (Case,),
    "values": (Sample,),
    "scores": (Sample,),
    "ratios": (Sample,),
    "results": (),
}


def numbered(rows: Iterable[Row]) -> Iterator[tuple[int, Row]]:
    """Each row with its number: its own where a parser gave one, else its place."""
    for place, row in enumerate(rows, start=1):
        yield row.number or place, row


def errors(
    rows: Iterable[Row], *, kind: str, now: datetime, priorities: Collection[int] = (), unit: str = ""
) -> list[RowError]:
    """What is wrong with the rows for an indicator of `kind`, in the order of the rows.

    `priorities` are those that the agreements know; empty: none is asked. `unit` is the indicator's.
    The same key twice in one delivery is an error, because nobody can say which one counts.
    """
    found: list[RowError] = []
    seen: dict[tuple[object, ...], int] = {}
    for number, row in numbered(rows):
        if not isinstance(row, TAKES[kind]):
            found.append(RowError(number, "", _("Rows of this kind do not belong to this stream.")))
            continue
        wrong = [*_wrong(row, now, priorities, unit), *_odd_share(row, kind)]
        found += [RowError(number, column, reason, value) for column, reason, value in wrong]
        first = seen.setdefault(key(row), number)
        if first != number:
            reason = _("The same key as row %(row)d.") % {"row": first}
            found.append(RowError(number, "external_id", reason, getattr(row, "external_id", "")))
    return found


def key(row: Row) -> tuple[object, ...]:
    """What a row is known by within its source: a case or outage by its id, a sample by its time as well."""
    if isinstance(row, Case):
        return (row.external_id,)
    if isinstance(row, Outage):
        return (outage_id(row),)
    if isinstance(row, Observed):
        return (row.at, row.until)
    return (row.at, row.external_id)


def outage_id(row: Outage) -> str:
    """The outage's own id, or its start."""
    return row.external_id or row.at.astimezone(UTC).isoformat()


def _wrong(
    row: Row, now: datetime, priorities: Collection[int], unit: str
) -> Iterator[tuple[str, str, str]]:
    instants = _instants(row)
    naive = [name for name, at in instants.items() if at is not None and at.tzinfo is None]
    if naive:
        yield from ((name, _("Has no time zone."), str(instants[name])) for name in naive)
        return
    for name, at in instants.items():
        if at is not None and at > now:
            yield name, _("Lies in the future."), at.isoformat()
        if at is not None and at < EARLIEST:
            yield name, _("Lies before the year 2000."), at.isoformat()
    yield from _disorder(row)
    if not isinstance(row, Observed):
        yield from _odd_text("external_id", row.external_id, LONGEST_ID)
    if isinstance(row, Case):
        yield from _odd_case(row, priorities)
    if isinstance(row, Sample):
        yield from _odd_sample(row, unit)


def _instants(row: Row) -> dict[str, datetime | None]:
    if isinstance(row, Case):
        paused = [at for pause in row.pauses for at in (pause.since, pause.until) if at is not None]
        last = {"pauses": max(paused, key=lambda at: (at.tzinfo is None, at.timestamp()))} if paused else {}
        ends = {name: getattr(row, name) for name in ("responded_at", "resolved_at", "closed_at")}
        return {"opened_at": row.at, **ends, **last}
    if isinstance(row, Outage):
        return {"down_at": row.at, "up_at": row.until}
    if isinstance(row, Observed):
        return {"observed_from": row.at, "observed_until": row.until}
    return {"at": row.at}


def _disorder(row: Row) -> Iterator[tuple[str, str, str]]:
    if isinstance(row, Outage | Observed) and row.until is not None and row.until <= row.at:
        column = "up_at" if isinstance(row, Outage) else "observed_until"
        yield column, _("Is not later than its beginning."), row.until.isoformat()
    if isinstance(row, Case):
        for pause in row.pauses:
            if pause.until is not None and pause.until < pause.since:
                yield "pauses", _("A pause ends before it starts."), pause.since.isoformat()
        for name in ("responded_at", "resolved_at", "closed_at"):
            at = getattr(row, name)
            if at is not None and at < row.at:
                yield name, _("Is earlier than opened_at."), at.isoformat()
        if row.responded_at and row.closed_at and row.responded_at > row.closed_at:
            yield "responded_at", _("Is later than closed_at."), row.responded_at.isoformat()


def _odd_case(row: Case, priorities: Collection[int]) -> Iterator[tuple[str, str, str]]:
    if not row.external_id:
        yield "external_id", _("Is missing."), ""
    if priorities and row.priority not in priorities:
        known = ", ".join(map(str, sorted(priorities)))
        yield "priority", _("Is not in the agreement (%(known)s).") % {"known": known}, str(row.priority)
    elif not 0 <= row.priority <= 99:
        yield "priority", _("Is not a number from 0 to 99."), str(row.priority)


def _odd_sample(row: Sample, unit: str) -> Iterator[tuple[str, str, str]]:
    if not row.value.is_finite():
        yield "value", _("Is not a number."), str(row.value)
    elif _too_long(row.value):
        limits = {"digits": DIGITS, "decimals": DECIMALS}
        reason = _("Has more than %(digits)d digits, or %(decimals)d behind the point.") % limits
        yield "value", reason, str(row.value)[:LONGEST_ID]
    if unit and row.unit and row.unit != unit:
        yield "unit", _("This stream is measured in %(unit)s.") % {"unit": unit}, row.unit[:LONGEST_ID]
    yield from _odd_text("evidence", row.evidence, LONGEST_EVIDENCE)


def _odd_share(row: Row, kind: str) -> Iterator[tuple[str, str, str]]:
    if not isinstance(row, Sample):
        return
    if kind != "ratios":
        if row.total is not None:
            yield "total", _("This stream has no totals."), str(row.total)[:LONGEST_ID]
    elif row.total is None:
        yield "total", _("Is missing."), ""
    elif not row.total.is_finite() or _too_long(row.total):
        yield "total", _("Is not a number."), str(row.total)[:LONGEST_ID]
    elif row.value.is_finite() and not 0 <= row.value <= row.total:
        yield "value", _("Is not between 0 and the total."), str(row.value)[:LONGEST_ID]


def _odd_text(column: str, text: str, longest: int) -> Iterator[tuple[str, str, str]]:
    if len(text) > longest:
        yield column, _("Is longer than %(count)d characters.") % {"count": longest}, text[:LONGEST_ID]
    if "\x00" in text:
        yield column, _("Holds a character that is not text."), ""


def _too_long(value: Decimal) -> bool:
    # By hand: Decimal.normalize() would round to 28 digits before anybody could count them.
    _sign, digits, exponent = value.as_tuple()
    text = "".join(map(str, digits)).lstrip("0")
    significant = text.rstrip("0")
    decimals = -(int(exponent) + len(text) - len(significant)) if significant else 0
    whole = value.adjusted() + 1 if significant else 0
    return decimals > DECIMALS or max(whole, 0) + max(decimals, 0) > DIGITS
