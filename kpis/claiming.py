"""What claims share: their locks, always in this order, what they touch, and who hears of them."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db import models
from django.db.models import F

from accounts import nudge
from accounts.models import Role, User
from accounts.notifications import notify
from agreements.models import Agreement
from agreements.people import members
from kpis.models import Correction, DirtyDay, Dispute, Exclusion, Indicator
from kpis.windows import days
from records import audit, vault
from records.models import Document

Claim = Exclusion | Correction | Dispute
PROVIDER_ROLES = (Role.MANAGER, Role.PROVIDER)
CLIENT_ROLES = (Role.CLIENT, Role.MANAGER)


class Declined(ValueError):
    """What the signed terms or four eyes do not allow; `place` is the form field, "" for the whole."""

    def __init__(self, place: str, message: str):
        super().__init__(message)
        self.place = place


class Evidence(NamedTuple):
    """A file that shows what a claim says."""

    filename: str
    content: bytes
    media_type: str = "application/octet-stream"


def lock_agreement(pk: int) -> Agreement:
    """One claim of an agreement at a time. Not its key: rows that name the agreement may come meanwhile."""
    related = Agreement.objects.select_related("provider", "client", "owner")
    return related.select_for_update(of=("self",), no_key=True).get(pk=pk)


def lock_streams(ids: Iterable[int]) -> list[Indicator]:
    """The streams under the lock that intake and the closing of periods take."""
    return list(Indicator.objects.select_for_update().filter(pk__in=set(ids)).order_by("pk"))


def touch(streams: Iterable[Indicator], spans: Iterable[tuple[datetime, datetime]], at: datetime) -> None:
    """Excluded time of these streams came or went: their standings are old, and the days it covers are dirty."""
    pks = [stream.pk for stream in streams]
    Indicator.objects.filter(pk__in=pks).update(exclusions_changed=F("exclusions_changed") + 1)
    covered = {day for lo, hi in spans if lo < hi for day in days(lo, hi)}
    DirtyDay.objects.bulk_create(
        [DirtyDay(indicator_id=pk, day=day, marked_at=at) for pk in pks for day in sorted(covered)], batch_size=2000
    )
    nudge.engine("kpis.roll_up")


def keep_evidence(evidence: Evidence | None, agreement: Agreement, actor: User, at: datetime) -> Document | None:
    """Put a claim's file into the vault."""
    if evidence is None:
        return None
    return vault.store(
        evidence.content, kind=Document.Kind.EVIDENCE, title=evidence.filename[:200],
        filename=evidence.filename[:200], actor=actor, at=at, media_type=evidence.media_type,
        scope=agreement.reference,
    )


def record(verb: str, claim: models.Model, agreement: Agreement, actor: User | None, at: datetime, **data) -> None:
    audit.record(verb, claim, actor=actor, at=at, scope=agreement.reference, number=str(claim), **data)


def tell_provider(claim: Claim, what: str, title: str, text: str, *, actor: User | None, at: datetime) -> None:
    """The provider's people who may act on it, but for whoever acted."""
    _tell(members(claim.agreement.provider, *PROVIDER_ROLES, at=at), claim, what, title, text, actor, at)


def tell_client(claim: Claim, what: str, title: str, text: str, *, actor: User | None, at: datetime) -> None:
    """The client's people who may answer it, but for whoever acted."""
    _tell(members(claim.agreement.client, *CLIENT_ROLES, at=at), claim, what, title, text, actor, at)


def _tell(people, claim, what, title, text, actor, at):
    # The moment is part of the key: a dispute may go to and fro.
    notify(
        [person for person in people if actor is None or person.pk != actor.pk],
        key=f"claim:{claim}:{what}:{at.isoformat()}", title=title[:200], text=text, url=claim.get_absolute_url(),
        at=at, scope=claim.agreement.reference, group=f"claim:{claim}",
    )
    nudge.engine("accounts.deliver")
