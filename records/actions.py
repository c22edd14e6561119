"""What people do with records: every opening and every download is an entry of the chain."""

from datetime import datetime

from django.db import transaction

from records import audit
from records.models import Document


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
