"""The document vault: files named by the hash of their content, written once, never replaced."""

import hashlib
import os
import tempfile
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from records import audit
from records.models import Document


class Damaged(Exception):
    """A file of the vault is missing or is not what its name says."""


def path(sha256: str) -> Path:
    return Path(settings.VAULT_DIR) / sha256[:2] / sha256


@transaction.atomic
def store(
    content: bytes,
    *,
    kind: str,
    title: str,
    filename: str,
    actor,
    at: datetime,
    media_type: str = "application/pdf",
    scope: str = "",
    number: str = "",
    text: str = "",
) -> Document:
    """Put content into the vault and return its row; the same content again returns the first row.

    The file is on disk before the row commits; a rolled back row leaves a file that nothing names.
    """
    digest = hashlib.sha256(content).hexdigest()
    _write_once(path(digest), content)
    document, created = Document.objects.get_or_create(
        sha256=digest,
        defaults={
            "kind": kind,
            "title": title,
            "filename": filename,
            "media_type": media_type,
            "size": len(content),
            "scope": scope,
            "number": number,
            "text": text,
            "stored_at": at,
            "stored_by": actor,
        },
    )
    if created:
        audit.record("document.stored", document, actor=actor, at=at, scope=scope, sha256=digest, kind=kind)
    return document


def read(sha256: str) -> bytes:
    """The content, checked against its name. Raises Damaged."""
    try:
        content = path(sha256).read_bytes()
    except OSError as error:
        raise Damaged(f"document {sha256} is missing") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise Damaged(f"document {sha256} was changed")
    return content


def _write_once(target: Path, content: bytes) -> None:
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    # A crash must never leave half a file under a full file's name: write aside, then rename.
    handle, aside = tempfile.mkstemp(dir=target.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.chmod(aside, 0o444)
    os.replace(aside, target)
