"""What time does to a signed agreement, recorded once. Reads never wait for these sweeps: they go by the dates."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django_fsm import can_proceed

from agreements import ending_notices, ends, lives
from agreements.models import Agreement, Ending, Version
from records import audit


def conclude_due(*, now: datetime) -> int:
    """Record what the dates have made true by `now`: agreements that ended, notices that count as received.

    Returns how many. Safe to run twice, or twice at once, and after a stop of any length.
    """
    running = Version.objects.executed().filter(agreement=OuterRef("pk")).holding_after(now)
    signed = Version.objects.executed().filter(agreement=OuterRef("pk"))
    over = Agreement.objects.filter(~Exists(running), Exists(signed), state=Agreement.State.ACTIVE)
    unreceived = Ending.objects.unreceived(now)
    ended = [_end(agreement, now) for agreement in list(over)]
    return sum(ended) + sum(_deem(ending, now) for ending in list(unreceived.select_related("agreement")))


@transaction.atomic
def _end(agreement: Agreement, now: datetime) -> bool:
    agreement, _waited = ends.lock_all(agreement, now)
    last = agreement.versions.executed().order_by("-effective_from").first()
    if not can_proceed(agreement.end) or not last.is_over(now):
        return False
    agreement.end(at=agreement.ends_at or last.ends_at, how=agreement.ends_as or Agreement.EndsAs.EXPIRED)
    agreement.changed_at = now
    agreement.save(update_fields=["state", "ends_at", "ends_as", "changed_at"])
    ends.settle(agreement)
    ends.stop_signing(agreement, reason=_("The agreement has ended."), at=now)
    _give_up_draft(agreement, now)
    audit.record(
        "agreement.ended", agreement, actor=None, at=now, scope=agreement.reference, how=agreement.ends_as,
        ended_at=agreement.ends_at.isoformat(), version=last.label,
    )
    ending_notices.ended(agreement, lives.life_of(last).timezone, at=now)
    return True


def _give_up_draft(agreement: Agreement, now: datetime) -> None:
    """A change that was not signed in time has nothing left to change."""
    for version in agreement.versions.open():
        version.abandon()
        version.save(update_fields=["state"])
        audit.record(
            "version.abandoned", version, actor=None, at=now, scope=agreement.reference, version=version.label,
            reason=_("The agreement has ended."),
        )


@transaction.atomic
def _deem(ending: Ending, now: datetime) -> bool:
    agreement, _waited = ends.lock_all(ending.agreement, now)
    ending = Ending.objects.select_related("given_by").get(pk=ending.pk)
    ending.agreement = agreement
    if ending.state != Ending.State.STANDING or ending.received_at is not None:
        return False
    ending.receive(by=None, at=ending.deemed_at)
    ending.save(update_fields=["received_at"])
    audit.record(
        "ending.deemed", ending, actor=None, at=now, scope=agreement.reference,
        received_at=ending.deemed_at.isoformat(),
    )
    ending_notices.received(ending, at=now)
    return True
