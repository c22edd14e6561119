"""What is in a held file, and what taking it in would do."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import BinaryIO
from zoneinfo import ZoneInfo

from django.db import transaction

from kpis.intake import files, keeping
from kpis.intake.looking import look, report
from kpis.intake.plan import Plan
from kpis.intake.rows import Observed, Row, RowError
from kpis.intake.staging import SAMPLED, Rules, Stage
from kpis.intake.tables import Parsed, Unreadable
from kpis.models import HeldFile
from records import clock

LEASE = timedelta(minutes=2)
Rows = Sequence[Row] | Stage


class Lost(Exception):
    """Another worker has this file, or its person took it away."""


def read_held(held: HeldFile, *, now: datetime) -> None:
    """Read a held file and note what taking it in would do. Nothing is taken in. Raises Lost."""
    try:
        if held.folder and held.indicator.kind in SAMPLED:
            _stage(held, now)
        with transaction.atomic(), held_rows(held) as (rows, unread):
            made = look(held.indicator, rows, source=held.indicator.log_name, at=now, unread=unread)
            note(held, made)
    except Unreadable as error:
        _settle(held, state=HeldFile.State.FAILED, problem=str(error)[:300])


@contextmanager
def held_rows(held: HeldFile) -> Iterator[tuple[Rows, Sequence[RowError]]]:
    """The rows of a held file as take_in wants them, and the errors of those that can't be read."""
    if held.folder and held.indicator.kind in SAMPLED:
        with keeping.staged(held.folder) as stage:
            yield stage, ()
        return
    parsed = Parsed()
    if held.folder:
        with keeping.file(held.folder).open("rb") as file:
            parsed = files.read(held.indicator.kind, file, zone=_zone(held), mapping=held.mapping)
    if held.observed_from and held.observed_until:
        parsed.rows.append(Observed(held.observed_from, held.observed_until))
    yield parsed.rows, parsed.errors


def _stage(held: HeldFile, now: datetime) -> None:
    rules = Rules(now, held.indicator.kind, _zone(held), held.indicator.unit)
    with keeping.file(held.folder).open("rb") as file, keeping.staging(held.folder) as stage:
        for seen in files.stage(held.indicator.kind, file, stage, rules, mapping=held.mapping):
            _progress(held, file, seen)


def _progress(held: HeldFile, file: BinaryIO, seen: int) -> None:
    """Say how far it is, and keep the claim. A claim that is not ours any more stops the work."""
    lease = clock.now() + LEASE
    mine = HeldFile.objects.filter(pk=held.pk, state=HeldFile.State.WAITING, lease_until=held.lease_until)
    if not mine.update(read_rows=seen, read_bytes=file.tell(), lease_until=lease):
        raise Lost
    held.lease_until = lease


def note(held: HeldFile, made: Plan, *, problem: str = "") -> None:
    """Keep what a plan says of a held file, for its person to decide. Raises Lost."""
    _settle(
        held, state=HeldFile.State.CHECKED, report=held.report | report(made), problem=problem, read_rows=made.rows,
    )


def _settle(held: HeldFile, **values: object) -> None:
    mine = HeldFile.objects.filter(pk=held.pk, state=held.state, lease_until=held.lease_until)
    if not mine.update(lease_until=None, **values):
        raise Lost


def _zone(held: HeldFile) -> ZoneInfo | None:
    return ZoneInfo(held.timezone) if held.timezone else None
