"""The one way in for measurements: upload, API and portal call take_in."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from accounts import nudge
from accounts.models import User
from kpis.intake.plan import Plan, plan
from kpis.intake.rows import Row, RowError
from kpis.models import Delivery, DirtyDay, Fact, Indicator
from records import audit
from records.models import Document

BATCH = 2000


class Refused(Exception):
    """Nothing was taken in; `errors` say why, row by row."""

    def __init__(self, errors: Sequence[RowError]):
        first = "; ".join(f"row {each.number}, {each.column}: {each.reason}" for each in errors[:5])
        super().__init__(first)
        self.errors = list(errors)


@transaction.atomic
def take_in(
    indicator: Indicator,
    *,
    rows: Iterable[Row],
    source: str,
    door: str,
    by: User,
    at: datetime,
    document: Document | None = None,
    reason: str = "",
    only_good: bool = False,
    unread: Sequence[RowError] = (),
) -> Delivery:
    """Take measurements in: all of them, or with `only_good` those without an error.

    Idempotent by source and key: what is known already is left alone. A value that differs from the known
    one becomes a new revision and needs a `reason`, unless it only fills what was open (an outage's end, a
    case's closing). `unread` are the errors of rows that a parser could not read; they count like the
    others. An answer (score) for a closed period is refused; other rows for a closed period are kept and
    change no result. Raises Refused with every error, and nothing is written.
    """
    # Closing a period takes the same lock: no delivery below its mark can commit later.
    indicator = Indicator.objects.select_for_update().get(pk=indicator.pk)
    made = plan(indicator, rows, source=source, at=at, reason=reason, unread=unread)
    if made.errors and not (only_good and made.good):
        raise Refused(made.errors)
    delivery = Delivery.objects.create(
        indicator=indicator, door=door, source=source, by=by, at=at, document=document, reason=reason,
        rows=made.rows, added=made.added, unchanged=made.unchanged, revised=made.revised,
        refused=made.refused, after_close=made.after_close,
    )
    _write(delivery, made)
    audit.record(
        "data.taken_in", delivery, actor=by, at=at, scope=_scope(indicator), indicator=indicator.key,
        door=door, source=source, reason=reason, document=document.sha256 if document else "",
        rows=made.rows, added=made.added, unchanged=made.unchanged, revised=made.revised,
        refused=made.refused, after_close=made.after_close,
    )
    nudge.engine("kpis.roll_up")
    return delivery


def _write(delivery: Delivery, made: Plan) -> None:
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


def _scope(indicator: Indicator) -> str:
    """The agreement the stream serves; empty when several share it."""
    references = set(indicator.targets.values_list("agreement__reference", flat=True))
    return references.pop() if len(references) == 1 else ""
