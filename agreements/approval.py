"""When a version is agreed: pure rules over parts, hashes and approvals (no ORM).

An approval covers (part, hash) pairs. Whoever approved a part keeps covering it until its text changes;
after an edit only what it touched is open again.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Seat:
    """A reviewer with everything they approved so far, oldest first."""

    user_id: int
    party: str
    required: bool
    approved: tuple[Mapping[str, str], ...] = ()

    @property
    def pairs(self) -> frozenset[tuple[str, str]]:
        return frozenset(pair for approval in self.approved for pair in approval.items())


def uncovered(parts: Mapping[str, str], seat: Seat) -> list[str]:
    """The parts that this reviewer has not approved as they stand, in the order of the document."""
    pairs = seat.pairs
    return [part for part, digest in parts.items() if (part, digest) not in pairs]


def covers(parts: Mapping[str, str], seat: Seat) -> bool:
    return not uncovered(parts, seat)


def missing(parts: Mapping[str, str], seats: Iterable[Seat]) -> list[Seat]:
    """The required reviewers whose word is still missing."""
    return [seat for seat in seats if seat.required and not covers(parts, seat)]


def agreed(
    parts: Mapping[str, str], seats: Collection[Seat], *, authors: Collection[int], blocking: int
) -> bool:
    """Every required reviewer covers every part, no blocking comment is open, and not only authors agreed."""
    required = [seat for seat in seats if seat.required]
    others = [seat for seat in required if seat.user_id not in authors]
    return bool(others) and not blocking and not missing(parts, required)


def wrong_seats(seats: Collection[Seat], *, authors: Collection[int]) -> str:
    """Why these seats can't judge: "" when they can, else "both" (a party is missing) or "author"."""
    required = [seat for seat in seats if seat.required]
    if {seat.party for seat in required} != {"provider", "client"}:
        return "both"
    if all(seat.user_id in authors for seat in required):
        return "author"
    return ""
