"""What people do with records: every opening and every download is an entry of the chain. What leaves the vault."""

from datetime import date, datetime

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from django.db import transaction

from records import audit, heads, pki, vault
from records.models import ChainLink, Disposal, Document


@transaction.atomic
def note_opening(document: Document, *, actor, at: datetime) -> Document:
    """Record that somebody opened a document's page."""
    audit.record("document.opened", document, actor=actor, at=at, scope=document.scope, sha256=document.sha256)
    return document


@transaction.atomic
def note_download(document: Document, *, actor, at: datetime) -> Document:
    """Record that somebody took a document with them."""
    audit.record(
        "document.downloaded", document, actor=actor, at=at, scope=document.scope, sha256=document.sha256
    )
    return document


@transaction.atomic
def rotate_authority(*, reason: str, compromised_on: date | None, actor, at: datetime) -> Document:
    """Begin a new certificate authority and keep the old root for validation; returns its certificate as a document.

    `compromised_on` is the day from which the old key may have been in other hands: written down for whoever judges
    a signature of that time; time stamps from before it stand.
    """
    old = pki.rotate(at=at)
    fingerprint = old.fingerprint(hashes.SHA256()).hex()
    document = vault.store(
        old.public_bytes(Encoding.PEM), kind=Document.Kind.EVIDENCE, title="Root certificate of former signatures",
        filename=f"root-{fingerprint[:16]}.pem", media_type="application/x-pem-file", actor=actor, at=at,
    )
    audit.record(
        "authority.rotated", document, actor=actor, at=at, reason=reason, old=fingerprint,
        new=pki.root_certificate().fingerprint(hashes.SHA256()).hex(),
        compromised_on=compromised_on.isoformat() if compromised_on else "",
    )
    return document


@transaction.atomic
def accept_restore(*, reason: str, actor, at: datetime) -> list[str]:
    """Go on with a database that lacks what was told to the parties; returns the heads that are lost.

    The first entry afterwards says which they are, so that the gap is part of the chain.
    """
    lost = heads.accept(at=at)
    last = ChainLink.objects.order_by("-seq").first() or ChainLink(seq=0)
    audit.record("chain.restored", last, actor=actor, at=at, reason=reason, lost=lost)
    return lost


def remove_disposed(*, now: datetime) -> int:
    """Take every file off the disk whose disposal two persons agreed on; returns how many disposals were finished.

    Safe to run twice, or twice at once; a stop in between leaves files that the next run removes.
    """
    return sum(_remove(pk, now) for pk in list(Disposal.objects.filter(state="agreed").values_list("pk", flat=True)))


@transaction.atomic
def _remove(pk: int, now: datetime) -> bool:
    disposal = Disposal.objects.select_for_update().get(pk=pk)
    if disposal.state != Disposal.State.AGREED:
        return False
    gone = [tombstone.document for tombstone in disposal.tombstones.select_related("document")]
    for document in gone:
        vault.remove(document)
    disposal.finish(at=now)
    disposal.save(update_fields=["state", "done_at"])
    audit.record("disposal.done", disposal, actor=None, at=now, scope=disposal.scope, documents=len(gone))
    return True
