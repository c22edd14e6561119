"""The worker's part: approved minutes become a sealed PDF in the vault."""

from datetime import datetime

import structlog
from django.db import transaction

from records import audit, vault
from records.models import Document
from reviews import paper
from reviews.locking import lock
from reviews.models import Meeting

log = structlog.get_logger(__name__)


def seal_minutes(*, now: datetime) -> int:
    """Seal the minutes that both sides approved and that have no document yet; returns how many.

    Rendering happens before the lock; what two workers make at once is dropped by the second. An error
    stops no other meeting; the first is raised at the end.
    """
    errors, done = [], 0
    waiting = Meeting.objects.filter(state=Meeting.State.APPROVED, document=None).order_by("pk")
    for meeting in waiting.select_related("agreement").prefetch_related("approvals__by"):
        try:
            done += _keep(meeting.pk, paper.sealed(meeting), now)
        except Exception as error:
            log.exception("minutes_seal_failed", meeting=meeting.number)
            errors.append(error)
    if errors:
        raise errors[0]
    return done


@transaction.atomic
def _keep(pk: int, content: bytes, now: datetime) -> bool:
    meeting = lock(pk)
    if meeting.document_id is not None:
        return False
    meeting.document = vault.store(
        content, kind=Document.Kind.MINUTES, title=f"{meeting.number}, {meeting.agreement.title}"[:200],
        filename=f"{meeting.number}.pdf", actor=None, at=now, scope=meeting.agreement.reference,
        number=meeting.number, text=paper.words(meeting),
    )
    meeting.save(update_fields=["document"])
    audit.record(
        "minutes.sealed", meeting, actor=None, at=now, scope=meeting.agreement.reference,
        number=meeting.number, document=meeting.document.sha256, sha256=meeting.minutes_sha256,
    )
    return True
