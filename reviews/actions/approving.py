"""The minutes go to both sides, who approve exactly what they were shown, or dispute it."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from accounts import nudge
from accounts.models import User
from agreements.grants import load
from agreements.models import Party, Version
from agreements.signing import Refused
from records import audit
from reviews import minutes as documents
from reviews import rules, telling
from reviews.locking import lock
from reviews.models import Meeting, MinutesApproval


@transaction.atomic
def share_minutes(meeting: Meeting, *, actor: User, at: datetime) -> Meeting:
    """Freeze the minutes as they are and ask both sides to approve them.

    Raises Refused while an item of the agenda has none, TransitionNotAllowed unless HELD.
    """
    meeting = lock(meeting.pk, Meeting.State.HELD)
    empty = [str(place) for place, item in enumerate(meeting.agenda, 1) if not item["minutes"]]
    if empty:
        raise Refused(_("Write what was said to each item first. Empty: %s.") % ", ".join(empty))
    meeting.edition += 1
    document = _document(meeting)
    meeting.share_minutes(at=at, minutes=document, sha256=documents.digest(document))
    meeting.save(
        update_fields=["state", "edition", "shared_at", "minutes", "minutes_sha256", "reason"]
    )
    _record("minutes.shared", meeting, actor, at, edition=meeting.edition)
    telling.tell(
        meeting, f"shared:{meeting.edition}", actor=actor, at=at,
        title=_("%s: please approve the minutes") % meeting.number,
        text=_("The minutes of the review of %s wait for the approval of both sides.")
        % meeting.agreement.title,
    )
    return meeting


def _document(meeting: Meeting) -> dict:
    agreement = meeting.agreement
    version = Version.objects.in_force(meeting.held_at).filter(agreement=agreement).first()
    changes = meeting.changes.values("number", "part", "text", "why").order_by("number")
    actions = meeting.actions.select_related("owner").order_by("due_on", "pk")
    return documents.document(
        number=meeting.number,
        edition=meeting.edition,
        reference=agreement.reference,
        title=agreement.title,
        version=version.label if version else "",
        parties={"provider": agreement.provider.name, "client": agreement.client.name},
        held_at=meeting.held_at,
        place=meeting.place,
        chair=meeting.chair.name,
        attendees=meeting.attendees,
        agenda=meeting.agenda,
        changes=list(changes),
        actions=[
            {"text": each.text, "owner": each.owner.name, "due_on": each.due_on.isoformat()} for each in actions
        ],
    )


@transaction.atomic
def dispute_minutes(meeting: Meeting, *, reason: str, actor: User, at: datetime) -> Meeting:
    """Send the minutes back with a reason; they are changed and shared anew, and approvals begin anew.

    Raises Refused without a reason or from somebody of neither side, TransitionNotAllowed when they are
    not shared or approved by both already.
    """
    if not reason.strip():
        raise Refused(_("Say what is wrong, so that it can be put right."), "reason")
    meeting = lock(meeting.pk, Meeting.State.MINUTES_SHARED)
    _party(meeting, actor, at)
    meeting.dispute_minutes(reason=reason)
    meeting.save(update_fields=["state", "reason"])
    _record("minutes.disputed", meeting, actor, at, reason=reason)
    telling.tell(
        meeting, f"disputed:{meeting.edition}", actor=actor, at=at,
        title=_("%s: the minutes are disputed") % meeting.number, text=f"{actor.name}: {reason}",
    )
    return meeting


@transaction.atomic
def approve_minutes(
    meeting: Meeting, *, actor: User, at: datetime, shown_sha256: str | None = None
) -> Meeting:
    """Approve the shared minutes for one's side; with the second side they are final and get sealed.

    `shown_sha256` is the hash of what the person read; it must be that of the minutes now. Raises Refused
    when it is not or when the person is of neither side, TransitionNotAllowed when their side approved
    already.
    """
    meeting = lock(meeting.pk, Meeting.State.MINUTES_SHARED)
    party = _party(meeting, actor, at)
    if shown_sha256 not in (None, meeting.minutes_sha256):
        raise Refused(_("The minutes were changed since you read them. Read them again."))
    _approval, created = MinutesApproval.objects.get_or_create(
        meeting=meeting, party=party, sha256=meeting.minutes_sha256, defaults={"by": actor, "at": at}
    )
    if not created:
        raise TransitionNotAllowed("this side approved the minutes already")
    _record("minutes.approved", meeting, actor, at, party=party)
    approved = meeting.approvals.filter(sha256=meeting.minutes_sha256).values_list("party", flat=True)
    if set(approved) == set(Party.values):
        _conclude(meeting, actor, at)
    return meeting


def _conclude(meeting: Meeting, actor: User, at: datetime) -> None:
    meeting.approve(at=at)
    meeting.save(update_fields=["state", "approved_at"])
    _record("meeting.approved", meeting, actor, at)
    telling.tell(
        meeting, "approved", actor=actor, at=at,
        title=_("%s: both sides approved the minutes") % meeting.number,
        text=_("The minutes of the review of %s are final.") % meeting.agreement.title,
    )
    nudge.engine("reviews.seal_minutes")


def _party(meeting: Meeting, actor: User, at: datetime) -> str:
    party = rules.party_of(load(actor, at), meeting.agreement)
    if party is None:
        raise Refused(_("Only the managers of the two sides decide about minutes."))
    return party


def _record(verb: str, meeting: Meeting, actor: User, at: datetime, **data) -> None:
    audit.record(
        verb, meeting, actor=actor, at=at, scope=meeting.agreement.reference, number=meeting.number,
        sha256=meeting.minutes_sha256, **data,
    )
