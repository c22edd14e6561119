"""Which reader reads the file of which stream (no ORM)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO
from zoneinfo import ZoneInfo

from kpis.intake import cases, outages, ratios, samples
from kpis.intake.opening import open_table
from kpis.intake.staging import Rules, Stage, stage_table
from kpis.intake.tables import Parsed, Table, collect

# Rows that become objects; samples never do, and are bounded by the size of their file alone.
MOST_ROWS = 100_000
READERS = {"outages": outages, "cases": cases, "values": samples, "scores": samples, "ratios": ratios}


def read(kind: str, file: BinaryIO, *, zone: ZoneInfo | None, mapping: Mapping[str, str] | None = None) -> Parsed:
    """The rows of a file of cases or outages. Raises tables.Unreadable."""
    table = _table(kind, file, mapping or {})
    return collect(table.lines(MOST_ROWS), READERS[kind].reader(zone))


def stage(
    kind: str, file: BinaryIO, into: Stage, rules: Rules, *, mapping: Mapping[str, str] | None = None
) -> Iterator[int]:
    """Stage a file of samples; yields how many rows were seen so far. Raises tables.Unreadable."""
    yield from stage_table(_table(kind, file, mapping or {}), into, rules)


def columns(kind: str) -> tuple[str, ...]:
    """The columns that a file of this stream may have, the needed ones first."""
    extra = cases.FACTS if kind == "cases" else ()
    return (*READERS[kind].COLUMNS, *extra)


def needed(kind: str) -> tuple[str, ...]:
    """The columns that it must have."""
    return tuple(others[0] for others in READERS[kind].NEEDS)


def found(kind: str, name: str, header: Sequence[str]) -> str:
    """Under which of its names a column stands in a header by itself; empty: under none."""
    others = next((others for others in READERS[kind].NEEDS if name == others[0]), (name,))
    return next((each for each in others if each in header), "")


def fitting(kind: str, header: Sequence[str], remembered: Mapping[str, str]) -> dict[str, str]:
    """The part of a remembered mapping that this file has the columns for."""
    known = set(columns(kind))
    return {ours: theirs for ours, theirs in remembered.items() if ours in known and theirs in header}


def _table(kind: str, file: BinaryIO, mapping: Mapping[str, str]) -> Table:
    return open_table(file).named(mapping).needing(READERS[kind].NEEDS)
