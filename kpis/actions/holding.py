"""Files between upload and decision: held, looked at, then taken in or dropped."""

import hashlib
from datetime import datetime

from django.db import transaction

from accounts.models import User
from kpis.actions.taking_in import take_in
from kpis.intake import files
from kpis.models import Delivery, HeldFile, Indicator
from records import audit, vault


@transaction.atomic
def hold_file(
    indicator: Indicator,
    *,
    content: bytes,
    filename: str,
    actor: User,
    at: datetime,
    timezone: str = "",
    observed: tuple[datetime, datetime] | None = None,
) -> HeldFile:
    """Keep a file until its person decides on it; another one for the same stream takes its place.

    Raises tables.Unreadable when it is no table of this stream. Nothing is taken in yet.
    """
    parsed = files.read(indicator.kind, content, timezone=timezone, observed=observed)
    HeldFile.objects.filter(indicator=indicator, by=actor).delete()
    since, until = observed or (None, None)
    held = HeldFile.objects.create(
        indicator=indicator, by=actor, at=at, filename=filename[:200], content=content, timezone=timezone,
        observed_from=since, observed_until=until,
    )
    audit.record(
        "data.held", indicator, actor=actor, at=at, filename=held.filename,
        sha256=hashlib.sha256(content).hexdigest(), rows=len(parsed.rows), wrong=len(parsed.errors),
    )
    return held


@transaction.atomic
def take_in_held(
    held: HeldFile, *, actor: User, at: datetime, reason: str = "", only_good: bool = False
) -> Delivery:
    """Take a held file in by `take_in`, put it into the vault and let go of it.

    Raises Refused with the errors of its rows, and HeldFile.DoesNotExist when it was decided on already.
    """
    held = HeldFile.objects.select_for_update().select_related("indicator").get(pk=held.pk)
    indicator, content = held.indicator, bytes(held.content)
    parsed = files.read_held(held)
    document = _store(held, content, actor, at) if content else None
    delivery = take_in(
        indicator, rows=parsed.rows, source=indicator.log_name, door=Delivery.Door.UPLOAD,
        document=document, by=actor, at=at, reason=reason, only_good=only_good, unread=parsed.errors,
    )
    held.delete()
    return delivery


def _store(held, content, actor, at):
    references = set(held.indicator.targets.values_list("agreement__reference", flat=True))
    return vault.store(
        content, kind="data", title=f"{held.indicator.name}: {held.filename}"[:200], filename=held.filename,
        actor=actor, at=at, media_type="text/csv",
        # A file that serves several clients belongs to none of them.
        scope=references.pop() if len(references) == 1 else "",
    )
