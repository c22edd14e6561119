"""Rows of a review -> the plain values that approval.py judges."""

from agreements import approval, terms
from agreements.approval import Seat
from agreements.models import Version


def seats(version: Version) -> list[Seat]:
    """Every reviewer of a version with all they approved. Two queries."""
    approved: dict[int, list[dict]] = {}
    for user, parts in version.approvals.values_list("user_id", "parts"):
        approved.setdefault(user, []).append(parts)
    return [
        Seat(seat.user_id, seat.party, seat.required, tuple(approved.get(seat.user_id, ())))
        for seat in version.reviewers.order_by("pk")
    ]


def authors(version: Version) -> set[int]:
    """Everybody who wrote on it."""
    return {version.created_by_id, *version.authors.values_list("pk", flat=True)}


def missing(version: Version) -> set[int]:
    """The people among its reviewers, required or not, who have not approved all of it as it stands."""
    parts = terms.parts(version.read_terms())
    return {seat.user_id for seat in seats(version) if not approval.covers(parts, seat)}
