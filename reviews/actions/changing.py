"""A change that a review agrees on, and the amendment it starts."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from accounts.models import User
from agreements.actions import amend
from agreements.models import Version
from agreements.signing import Refused
from records import audit
from reviews.locking import lock
from reviews.models import AgreedChange, Meeting


@transaction.atomic
def agree_change(
    meeting: Meeting, *, part: str, text: str, actor: User, at: datetime, why: str = ""
) -> AgreedChange:
    """Note a change of the agreement that the meeting agrees on. `part` names a part of the terms, or is empty.

    Raises Refused without a text, TransitionNotAllowed once the minutes are shared.
    """
    if not text.strip():
        raise Refused(_("Say in a sentence what shall change."), "text")
    meeting = lock(meeting.pk, Meeting.State.HELD)
    change = AgreedChange.objects.create(
        meeting=meeting, number=meeting.changes.count() + 1, part=part, text=text.strip(), why=why.strip()
    )
    _record("change.agreed", change, meeting, actor, at, part=part, text=text, why=why)
    return change


@transaction.atomic
def start_amendment(change: AgreedChange, *, actor: User, at: datetime) -> Version:
    """Start the amendment that carries an agreed change, or join the draft that this meeting started.

    Both sides must have approved the minutes first: until then nothing is agreed. Raises
    TransitionNotAllowed when they have not, when the change is in a version already, or when a change
    from elsewhere is under way.
    """
    meeting = lock(change.meeting_id, Meeting.State.APPROVED)
    change = AgreedChange.objects.select_related("meeting").get(pk=change.pk)
    if change.amendment and not _abandoned(meeting, change.amendment):
        raise TransitionNotAllowed(f"{change.source} is in {change.amendment} already")
    version = _draft_of(meeting)
    joined = version is not None
    if version is None:
        version = amend(
            meeting.agreement, reason=Version.Reason.REVIEW, reason_text=_words(change),
            reason_source=change.source, actor=actor, at=at,
        )
    change.amendment = version.label
    change.save(update_fields=["amendment"])
    _record("change.amendment_started", change, meeting, actor, at, version=version.label, joined=joined)
    return version


def _words(change: AgreedChange) -> str:
    return f"{change.text} ({change.why})" if change.why else change.text


def _draft_of(meeting: Meeting) -> Version | None:
    drafts = meeting.agreement.versions.filter(state=Version.State.DRAFT)
    return drafts.filter(reason_source__startswith=f"{meeting.number}, change ").first()


def _abandoned(meeting: Meeting, label: str) -> bool:
    versions = meeting.agreement.versions.filter(state=Version.State.ABANDONED)
    return any(version.label == label for version in versions)


def _record(verb: str, change: AgreedChange, meeting: Meeting, actor: User, at: datetime, **data) -> None:
    audit.record(
        verb, change, actor=actor, at=at, scope=meeting.agreement.reference, meeting=meeting.number,
        number=change.number, **data,
    )
