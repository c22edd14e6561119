"""What the acts and pages of a review share: its rows as the plain values that approval.py judges, READY."""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Model
from django_fsm import TransitionNotAllowed

from accounts.models import User
from accounts.rules import Grants
from agreements import approval, review_notices, rules, terms
from agreements.approval import Seat
from agreements.locking import lock
from agreements.models import Comment, Draft, Look, Version
from agreements.terms import Terms
from records import audit

TALK = (Version.State.DRAFT, Version.State.IN_REVIEW)


def locked(version: Version, at: datetime) -> tuple[Version, datetime]:
    """The version's row, locked: every act of a review holds it, so that one judges what the other wrote."""
    rows = Version.objects.select_related("base", "agreement__provider", "agreement__client", "agreement__owner")
    return lock(rows, version.pk, at)


def record(verb: str, target: Model, version: Version, *, actor: User | None, at: datetime, side: str = "", **data):
    """An entry in the trail of the agreement; what one side keeps to itself goes to a trail of its own."""
    scope = scope_of(version.agreement.reference, side)
    return audit.record(verb, target, actor=actor, at=at, scope=scope, version=version.label, **data)


def scope_of(reference: str, side: str) -> str:
    """Entries of one side have another scope than the agreement's, so that no reader of its trail meets them."""
    return f"{reference}:{side}" if side else reference


def advance(version: Version, *, actor: User, at: datetime) -> Version:
    """To READY when everybody required has approved what stands there. The caller holds the version's lock."""
    blocking = version.comments.filter(blocking=True, settled_at=None).count()
    parts = terms.parts(version.read_terms())
    if not approval.agreed(parts, seats(version), authors=authors(version), blocking=blocking):
        return version
    version.approve()
    version.save(update_fields=["state"])
    record("version.ready", version, version, actor=actor, at=at)
    review_notices.ready(version, at=at)
    return version


def require_discussion(version: Version) -> None:
    """Raises TransitionNotAllowed when the text was never sent, or is agreed."""
    if version.state not in TALK or not version.drafts.exists():
        raise TransitionNotAllowed("this version is not under discussion")


def root_of(comment: Comment) -> Comment:
    """The start of a comment's thread, locked."""
    return Comment.objects.select_for_update().get(pk=comment.thread_id or comment.pk)


def last_sent(version: Version) -> Draft:
    """The draft that the reviewers have now; a version in review has one."""
    return version.drafts.latest("number")


def as_sent(version: Version, number: int | None = None) -> Draft | None:
    """A draft as its reviewers read it: the one of this number, else the last one."""
    drafts = version.drafts.all()
    return (number and drafts.filter(number=number).first()) or drafts.first()


def text(version: Version, sent: Draft | None) -> tuple[Terms, int]:
    """What reviewers read, and the number of its draft: a text that was taken back is shown as it was sent."""
    if version.state == Version.State.DRAFT and sent is not None:
        return sent.read_terms(), sent.number
    return version.read_terms(), version.draft_number


def may_read(grants: Grants, version: Version) -> bool:
    """A text that was sent to review once is both sides'; before, it is the provider's own."""
    return rules.can_read_draft(grants, version) or version.drafts.exists()


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


def open_parts(version: Version, *, required: bool = False) -> dict[int, list[str]]:
    """By reviewer (of those required alone, if so asked) the parts they have not approved as they stand."""
    parts = terms.parts(version.read_terms())
    judging = [seat for seat in seats(version) if seat.required or not required]
    found = {seat.user_id: approval.uncovered(parts, seat) for seat in judging}
    return {user: missing for user, missing in found.items() if missing}


def look(version: Version, user: User, digests: Mapping[str, str], *, at: datetime) -> None:
    """Tick parts as looked at with these hashes. The reader's own bookkeeping: nothing for the trail."""
    ticks = [Look(version=version, user=user, part=part, digest=digest, at=at) for part, digest in digests.items()]
    Look.objects.bulk_create(ticks, ignore_conflicts=True)


def looked(version: Version) -> dict[int, set[tuple[str, str]]]:
    """What each reader ticked, as pairs of part and hash. One query."""
    found: dict[int, set[tuple[str, str]]] = {}
    for user, part, digest in version.looks.values_list("user_id", "part", "digest"):
        found.setdefault(user, set()).add((part, digest))
    return found
