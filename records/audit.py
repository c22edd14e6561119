"""Write audit entries, link them into the chain, check the chain."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime

import rfc8785
from django.db import transaction

from records import clock, heads
from records.models import AuditEntry, ChainLink
from records.sweeps import exclusive

GENESIS = "0" * 64


def record(verb: str, target, *, actor, at: datetime, scope: str = "", **data) -> AuditEntry:
    """Write one entry in the caller's transaction; actor None means the portal itself.

    `at` is the time of the act, `recorded_at` the real time; `data` must be JSON-able. Raises as record_all does.
    """
    (written,) = record_all([entry(verb, target, actor=actor, at=at, scope=scope, **data)])
    return written


def entry(verb: str, target, *, actor, at: datetime, scope: str = "", **data) -> AuditEntry:
    """An entry that is not written yet, for an act that writes many at once."""
    return AuditEntry(
        actor=actor,
        verb=verb,
        target_label=target._meta.label_lower,
        target_id=target.pk,
        scope=scope,
        data=data,
        at=at,
    )


def record_all(entries: Iterable[AuditEntry]) -> list[AuditEntry]:
    """Write entries, in their order, in the caller's transaction.

    Raises heads.Behind, and so stops every act, in a database that was restored from an old backup.
    """
    if heads.alarm():
        raise heads.Behind(heads.alarm().words)
    now = clock.real_now()
    written = list(entries)
    for each in written:
        each.recorded_at = now
    return AuditEntry.objects.bulk_create(written)


def canonical(entry: AuditEntry) -> bytes:
    """The bytes an entry is hashed by (RFC 8785)."""
    return rfc8785.dumps(
        {
            "id": entry.pk,
            "actor": entry.actor_id,
            "verb": entry.verb,
            "target": f"{entry.target_label}:{entry.target_id}",
            "scope": entry.scope,
            "data": entry.data,
            "at": entry.at.isoformat(),
            "recorded_at": entry.recorded_at.isoformat(),
        }
    )


def link_hash(previous: str, entry: AuditEntry) -> str:
    """SHA256(previous || canonical JSON), as hexadecimal digits."""
    return hashlib.sha256(previous.encode() + canonical(entry)).hexdigest()


def link(*, batch: int = 500) -> int:
    """Number and link entries that are not in the chain yet; returns how many."""
    linked = 0
    while count := _link_batch(batch):
        linked += count
    return linked


@transaction.atomic
def _link_batch(batch: int) -> int:
    with exclusive("records.link") as mine:
        if not mine:
            return 0
        last = ChainLink.objects.order_by("-seq").first()
        seq, previous = (last.seq, last.hash) if last else (0, GENESIS)
        links = []
        for entry in AuditEntry.objects.filter(link=None).order_by("pk")[:batch]:
            digest = link_hash(previous, entry)
            links.append(ChainLink(seq=seq + 1, entry=entry, previous=previous, hash=digest))
            seq, previous = seq + 1, digest
        ChainLink.objects.bulk_create(links)
        return len(links)


def broken_links() -> Iterator[str]:
    """Recompute the whole chain; yields one line for each thing that does not hold."""
    previous, expected = GENESIS, 1
    for item in ChainLink.objects.select_related("entry").order_by("seq").iterator(chunk_size=1000):
        if item.seq != expected:
            yield f"chain: link {expected} is missing"
            expected = item.seq
        if item.previous != previous:
            yield f"chain: link {item.seq} does not follow its predecessor"
        if item.hash != link_hash(item.previous, item.entry):
            yield f"chain: entry {item.entry_id} ({item.entry.verb}) was changed"
        previous, expected = item.hash, expected + 1
