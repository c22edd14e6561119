"""The one way in for measurements: every door calls take_in."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from accounts import nudge
from accounts.models import User
from kpis.intake import files, sampling
from kpis.intake.looking import counts, look
from kpis.intake.plan import Plan
from kpis.intake.rows import Row, RowError
from kpis.intake.staging import MOST_ERRORS, Stage
from kpis.intake.tables import Line, collect
from kpis.models import Delivery, DirtyDay, Fact, Indicator, RefusedRow
from records import audit
from records.models import Document

BATCH = 2000


class Refused(Exception):
    """Nothing was taken in; `errors` say why, row by row, and `plan` what would have become of the others."""

    def __init__(self, made: Plan):
        first = "; ".join(f"row {each.number}, {each.column}: {each.reason}" for each in made.errors[:5])
        super().__init__(first)
        self.errors = list(made.errors)
        self.plan = made


@transaction.atomic
def take_in(
    indicator: Indicator,
    *,
    rows: Iterable[Row] | Stage,
    source: str,
    door: str,
    by: User | None,
    at: datetime,
    document: Document | None = None,
    reason: str = "",
    only_good: bool = False,
    unread: Sequence[RowError] = (),
) -> Delivery:
    """Take measurements in: all of them, or with `only_good` those without an error.

    Idempotent by source and key: what is known already is left alone. A value that differs from the known
    one becomes a new revision and needs a `reason`, unless it only fills what was open (an outage's end, a
    case's closing). `rows` are typed rows, or samples staged by a reader. `unread` are the errors of rows
    that a parser could not read; they count like the others. An answer (score) for a closed period is
    refused; other rows for a closed period are kept and change no result. Raises Refused with every error,
    and nothing is written. `by` is None for what the portal fetched by itself.
    """
    # Closing a period takes the same lock: no delivery below its mark can commit later.
    indicator = Indicator.objects.select_for_update().get(pk=indicator.pk)
    made = look(indicator, rows, source=source, at=at, reason=reason, unread=unread)
    if made.errors and not (only_good and made.good):
        raise Refused(made)
    delivery = Delivery.objects.create(
        indicator=indicator, door=door, source=source, by=by, at=at, document=document, reason=reason,
        **counts(made),
    )
    _write(delivery, made)
    audit.record(
        "data.taken_in", delivery, actor=by, at=at, scope=_scope(indicator), indicator=indicator.key,
        door=door, source=source, reason=reason, document=document.sha256 if document else "", **counts(made),
    )
    nudge.engine("kpis.roll_up")
    return delivery


def take_in_row(
    indicator: Indicator, *, cells: Mapping[str, str], timezone: str, actor: User, at: datetime, reason: str = ""
) -> Delivery:
    """Take one row in that somebody typed, its cells by column. Raises Refused with what is wrong, as take_in does."""
    read = files.READERS[indicator.kind].reader(ZoneInfo(timezone))
    parsed = collect(iter([Line(1, {name: cell.strip() for name, cell in cells.items()})]), read)
    return take_in(
        indicator, rows=parsed.rows, unread=parsed.errors, source=indicator.log_name, door=Delivery.Door.FORM,
        by=actor, at=at, reason=reason,
    )


def _write(delivery: Delivery, made: Plan) -> None:
    if isinstance(made, sampling.SamplePlan):
        sampling.write(made, delivery.indicator_id, delivery.source, delivery.pk)
    by_model: dict[type[Fact], list[Fact]] = {}
    for fact in made.facts:
        fact.delivery_id = delivery.pk
        by_model.setdefault(type(fact), []).append(fact)
    for model, facts in by_model.items():
        model.objects.bulk_create(facts, batch_size=BATCH)
    DirtyDay.objects.bulk_create(
        [
            DirtyDay(indicator_id=delivery.indicator_id, day=day, marked_at=delivery.at)
            for day in sorted(made.days)
        ],
        batch_size=BATCH,
    )
    RefusedRow.objects.bulk_create(
        [
            RefusedRow(
                delivery=delivery, number=error.number, column=error.column[:80], value=error.value[:80],
                reason=error.reason[:300],
            )
            for error in made.errors[:MOST_ERRORS]
        ],
        batch_size=BATCH,
    )


def _scope(indicator: Indicator) -> str:
    """The agreement the stream serves; empty when several share it."""
    references = set(indicator.targets.values_list("agreement__reference", flat=True))
    return references.pop() if len(references) == 1 else ""
