"""Files between upload and decision: kept, read, looked at, then taken in or dropped."""

from collections.abc import Mapping
from datetime import datetime
from typing import BinaryIO

from django.db import transaction

from accounts import nudge
from accounts.models import User
from kpis.actions.taking_in import take_in
from kpis.intake import files, keeping
from kpis.intake.opening import open_table
from kpis.intake.reading import held_rows, read_held
from kpis.intake.tables import Unreadable
from kpis.models import Delivery, HeldFile, Indicator
from records import audit, vault

# Read while its person waits; a bigger one is a worker's job, with a progress bar.
SMALL = 1024 * 1024
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@transaction.atomic
def hold_file(
    indicator: Indicator,
    *,
    file: BinaryIO | None,
    filename: str,
    actor: User,
    at: datetime,
    timezone: str = "",
    observed: tuple[datetime, datetime] | None = None,
) -> HeldFile:
    """Keep a file until its person decides on it; another one for the same stream takes its place.

    A small one is read at once, a bigger one soon, by a worker. `file` is None where an outage log saw
    nothing. Raises tables.Unreadable when it is no table at all. Nothing is taken in yet.
    """
    name, size, sha256 = keeping.keep(file, indicator.pk) if file else ("", 0, "")
    header = _header(name)
    # Two uploads of one person at once: the later takes the place of the earlier.
    User.objects.select_for_update().get(pk=actor.pk)
    for old in HeldFile.objects.filter(indicator=indicator, by=actor):
        _let_go(old)
    since, until = observed or (None, None)
    held = HeldFile.objects.create(
        indicator=indicator, by=actor, at=at, filename=filename[:200], folder=name, size=size, sha256=sha256,
        timezone=timezone, observed_from=since, observed_until=until, report={"header": header},
        mapping=files.fitting(indicator.kind, header, indicator.mapping),
    )
    audit.record(
        "data.held", indicator, actor=actor, at=at, filename=held.filename, sha256=sha256, size=size
    )
    return _begin(held, at)


@transaction.atomic
def map_columns(
    held: HeldFile, *, mapping: Mapping[str, str], timezone: str, actor: User, at: datetime
) -> HeldFile:
    """Read a held file again with other columns, which the stream remembers: {ours: theirs}.

    Raises HeldFile.DoesNotExist when it was decided on already.
    """
    held = HeldFile.objects.select_for_update().select_related("indicator").get(pk=held.pk)
    indicator = Indicator.objects.select_for_update().get(pk=held.indicator_id)
    held.mapping = indicator.mapping = files.fitting(indicator.kind, held.report["header"], mapping)
    held.timezone, held.state, held.attempts, held.problem = timezone, HeldFile.State.WAITING, 0, ""
    held.save(update_fields=["mapping", "timezone", "state", "attempts", "problem"])
    indicator.save(update_fields=["mapping"])
    audit.record("data.columns_chosen", indicator, actor=actor, at=at, mapping=held.mapping, timezone=timezone)
    return _begin(held, at)


@transaction.atomic
def decide_held(
    held: HeldFile, *, actor: User, at: datetime, reason: str = "", only_good: bool = False
) -> Delivery | None:
    """Take a held file in: a small one now, a bigger one soon, by a worker (then None is returned).

    Raises Refused with the errors of its rows, and HeldFile.DoesNotExist when it was decided on already.
    """
    held = HeldFile.objects.select_for_update().get(pk=held.pk)
    if held.state != HeldFile.State.CHECKED:
        raise HeldFile.DoesNotExist
    held.reason, held.only_good, held.state, held.problem = reason, only_good, HeldFile.State.TAKING, ""
    held.attempts, held.lease_until = 0, None
    held.save(update_fields=["reason", "only_good", "state", "problem", "attempts", "lease_until"])
    audit.record(
        "data.decided", held.indicator, actor=actor, at=at, sha256=held.sha256, reason=reason, only_good=only_good
    )
    if held.size <= SMALL:
        return take_in_held(held, at=at)
    nudge.engine("kpis.read_files")
    return None


@transaction.atomic
def take_in_held(held: HeldFile, *, at: datetime) -> Delivery:
    """Take a decided file in by `take_in`, put it into the vault and let go of it.

    Raises Refused with the errors of its rows, and HeldFile.DoesNotExist when it was taken in already.
    """
    held = HeldFile.objects.select_for_update().select_related("indicator", "by").get(
        pk=held.pk, state=HeldFile.State.TAKING
    )
    indicator = held.indicator
    document = _store(held, at) if held.folder else None
    with held_rows(held) as (rows, unread):
        delivery = take_in(
            indicator, rows=rows, source=indicator.log_name, door=Delivery.Door.UPLOAD, document=document,
            by=held.by, at=at, reason=held.reason, only_good=held.only_good, unread=unread,
        )
    _let_go(held)
    return delivery


def _header(name: str) -> list[str]:
    if not name:
        return []
    try:
        with keeping.file(name).open("rb") as file:
            return open_table(file).header
    except Unreadable:
        keeping.forget(name)
        raise


def _begin(held: HeldFile, at: datetime) -> HeldFile:
    if held.size <= SMALL:
        read_held(held, now=at)
        held.refresh_from_db()
    else:
        nudge.engine("kpis.read_files")
    return held


def _let_go(held: HeldFile) -> None:
    held.delete()
    name = held.folder
    transaction.on_commit(lambda: keeping.forget(name))


def _store(held: HeldFile, at: datetime):
    references = set(held.indicator.targets.values_list("agreement__reference", flat=True))
    return vault.store(
        keeping.file(held.folder), kind="data", title=f"{held.indicator.name}: {held.filename}"[:200],
        filename=held.filename, actor=held.by, at=at,
        media_type=XLSX if held.filename.lower().endswith(".xlsx") else "text/csv",
        # A file that serves several clients belongs to none of them.
        scope=references.pop() if len(references) == 1 else "",
    )
