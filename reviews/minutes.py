"""The minutes as one document: what both sides approve is the hash of exactly this (no ORM)."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import rfc8785

SCHEMA = 1


def document(
    *,
    number: str,
    edition: int,
    reference: str,
    title: str,
    version: str,
    parties: Mapping[str, str],
    held_at: datetime,
    place: str,
    chair: str,
    attendees: Sequence[str],
    agenda: Sequence[Mapping[str, str]],
    changes: Sequence[Mapping[str, Any]],
    actions: Sequence[Mapping[str, str]],
) -> dict[str, Any]:
    """The minutes of one meeting. `edition` counts sharings, so that no approval outlives a dispute."""
    return {
        "schema": SCHEMA,
        "number": number,
        "edition": edition,
        "agreement": {"reference": reference, "title": title, "version": version, **parties},
        "held_at": held_at.isoformat(),
        "place": place,
        "chair": chair,
        "attendees": list(attendees),
        "agenda": [{key: item[key] for key in ("title", "text", "minutes")} for item in agenda],
        "changes": [dict(each) for each in changes],
        "actions": [dict(each) for each in actions],
    }


def canonical(minutes: Mapping[str, Any]) -> bytes:
    """The bytes that are hashed and attached to the PDF (RFC 8785)."""
    return rfc8785.dumps(dict(minutes))


def digest(minutes: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical document, as hexadecimal digits."""
    return hashlib.sha256(canonical(minutes)).hexdigest()
