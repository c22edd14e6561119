"""The document vault: files named by the hash of their content, written once, never replaced."""

import hashlib
import io
import os
import shutil
import tempfile
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import transaction

from records import audit
from records.models import Document, Tombstone


class Damaged(Exception):
    """A file of the vault is missing or is not what its name says."""


class Disposed(Damaged):
    """A file was disposed of, after its term and by two persons; its row, hash and tombstone stay."""


def path(sha256: str) -> Path:
    return Path(settings.VAULT_DIR) / sha256[:2] / sha256


@transaction.atomic
def store(
    content: bytes | Path,
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

    A Path names a file that may be bigger than the memory: it is copied.
    The file is on disk before the row commits; a rolled back row leaves a file that nothing names.
    Raises Disposed for content that was disposed of: it does not come back under its old name.
    """
    with _opened(content) as source:
        digest = hashlib.file_digest(source, "sha256").hexdigest()
        if Tombstone.objects.filter(document__sha256=digest).exists():
            raise Disposed(f"document {digest} was disposed of")
        size = source.seek(0, os.SEEK_END)  # the digest of bytes in memory moves no position
        source.seek(0)
        _write_once(path(digest), source)
    document, created = Document.objects.get_or_create(
        sha256=digest,
        defaults={
            "kind": kind,
            "title": title,
            "filename": filename,
            "media_type": media_type,
            "size": size,
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
    """The content, checked against its name. Raises Damaged, Disposed."""
    try:
        content = path(sha256).read_bytes()
    except OSError as error:
        if Tombstone.objects.filter(document__sha256=sha256).exists():
            raise Disposed(f"document {sha256} was disposed of") from error
        raise Damaged(f"document {sha256} is missing") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise Damaged(f"document {sha256} was changed")
    return content


def remove(document: Document) -> None:
    """Take a file with a tombstone off the disk, and its words out of the row. The one way out; safe to run twice."""
    if not Tombstone.objects.filter(document=document).exists():
        raise Damaged(f"document {document.sha256} has no tombstone and stays")
    if document.text:
        Document.objects.filter(pk=document.pk).update(text="")
    path(document.sha256).unlink(missing_ok=True)


def _opened(content: bytes | Path) -> BinaryIO:
    return content.open("rb") if isinstance(content, Path) else io.BytesIO(content)


def _write_once(target: Path, source: BinaryIO) -> None:
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    # A crash must never leave half a file under a full file's name: write aside, then rename.
    handle, aside = tempfile.mkstemp(dir=target.parent)
    with os.fdopen(handle, "wb") as file:
        shutil.copyfileobj(source, file)
        file.flush()
        os.fsync(file.fileno())
    os.chmod(aside, 0o444)
    os.replace(aside, target)
