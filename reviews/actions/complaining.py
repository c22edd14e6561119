"""A complaint and its route to closure: received, answered, closed by agreement or silence; escalated by a run."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import nudge
from accounts.models import Role, User
from accounts.notifications import notify
from agreements.locking import locked
from agreements.models import Agreement, Version
from agreements.people import members
from agreements.signing import Refused
from incidents import escalation
from incidents.models import Run
from incidents.subjects import Subject
from records import audit, numbers
from reviews.models import Complaint, Rejoinder

SILENCE = timedelta(days=10)


@transaction.atomic
def complain(
    agreement: Agreement, *, title: str, text: str, actor: User, at: datetime, external_id: str = ""
) -> Complaint:
    """Say formally that one is not content; the initial contact of the matrix is told, then level after level.

    The same `external_id` again returns the complaint of the first time. Raises Refused: no words, or no signed
    version in force whose matrix could be climbed.
    """
    if external_id:
        locked(Agreement.objects.all(), agreement.pk)  # the same machine may ask twice at once
        known = Complaint.objects.for_list().filter(agreement=agreement, external_id=external_id).first()
        if known is not None:
            return known
    for place, words in (("title", title), ("text", text)):
        if not words.strip():
            raise Refused(_("Say what is wrong."), place)
    version = Version.objects.in_force(at).filter(agreement=agreement).first()
    if version is None:
        raise Refused(_("No signed version of this agreement is in force."))
    complaint = Complaint.objects.create(
        number=f"CMP-{numbers.following('CMP'):04}", agreement=agreement, title=title.strip()[:200], text=text.strip(),
        by=actor, received_at=at, external_id=external_id,
    )
    run = escalation.start(_subject(complaint), version, at=at)
    _record("complaint.received", complaint, actor, at, number=complaint.number, title=complaint.title, run=run.pk)
    return complaint


@transaction.atomic
def answer_complaint(complaint: Complaint, *, answer: str, actor: User, at: datetime) -> Complaint:
    """Answer it; the client is asked whether it agrees. Ends its run.

    Raises Refused without words, TransitionNotAllowed when it was answered already.
    """
    if not answer.strip():
        raise Refused(_("Write the answer."), "answer")
    run, complaint = _lock(complaint)
    complaint.give_answer(answer=answer.strip(), by=actor, at=at)
    complaint.save(update_fields=["state", "answer", "answered_by", "answered_at"])
    if run is not None:
        escalation.resolve(run, at=at)
    _record("complaint.answered", complaint, actor, at, answer=complaint.answer)
    people = [complaint.by, *members(complaint.agreement.client, Role.CLIENT, at=at)]
    _tell(people, complaint, f"answered:{at.isoformat()}", at,
          title=_("%s was answered: do you agree?") % complaint.number, text=f"{complaint.title}\n\n{complaint.answer}")
    return complaint


@transaction.atomic
def agree_to_answer(complaint: Complaint, *, actor: User, at: datetime) -> Complaint:
    """The client agrees, and it is closed. Raises TransitionNotAllowed unless it waits for that."""
    run, complaint = _lock(complaint)
    complaint.close(by=actor, at=at)
    complaint.save(update_fields=["state", "closed_by", "closed_at"])
    if run is not None:
        escalation.resolve(run, at=at)
    _record("complaint.closed", complaint, actor, at, silence=False)
    _tell([complaint.answered_by], complaint, "closed", at, title=_("%s is closed: they agree") % complaint.number,
          text=complaint.title)
    return complaint


@transaction.atomic
def disagree_with_answer(complaint: Complaint, *, reason: str, actor: User, at: datetime) -> Complaint:
    """The answer does not do: another one is asked for, and the matrix is climbed from above the initial contact.

    Raises Refused without a reason, TransitionNotAllowed unless an answer waits for the client's word.
    """
    if not reason.strip():
        raise Refused(_("Say what is missing: the next level reads it."), "reason")
    _run, complaint = _lock(complaint)
    answer, writer, answered_at = complaint.answer, complaint.answered_by, complaint.answered_at
    complaint.refuse_answer()
    assert writer is not None and answered_at is not None  # what was answered has both
    complaint.save(update_fields=["state", "answer", "answered_by", "answered_at"])
    Rejoinder.objects.create(
        complaint=complaint, answer=answer, answered_by=writer, answered_at=answered_at, reason=reason.strip(),
        by=actor, at=at,
    )
    # An agreement that has ended has no ladder any more; the people below are told all the same.
    version = Version.objects.in_force(at).filter(agreement=complaint.agreement).first()
    run = escalation.start(_subject(complaint), version, at=at, above_contact=True) if version else None
    _record("complaint.escalated", complaint, actor, at, reason=reason.strip(), run=run.pk if run else None)
    _tell([writer, complaint.agreement.owner], complaint, f"refused:{at.isoformat()}", at,
          title=_("%s: the answer does not do") % complaint.number, text=f"{actor.name}: {reason.strip()}")
    return complaint


def close_silent(*, now: datetime) -> int:
    """Close each complaint whose answer nobody objected to for ten days; returns how many. Safe to run twice."""
    waiting = Complaint.objects.filter(state=Complaint.State.ANSWERED, answered_at__lte=now - SILENCE)
    return sum(_close_silent(complaint, now) for complaint in waiting)


@transaction.atomic
def _close_silent(complaint: Complaint, now: datetime) -> bool:
    run, complaint = _lock(complaint)
    if run is not None or complaint.state != Complaint.State.ANSWERED:
        return False
    complaint.close(by=None, at=now)
    complaint.save(update_fields=["state", "closed_by", "closed_at"])
    _record("complaint.closed", complaint, None, now, silence=True)
    _tell([complaint.by, complaint.answered_by], complaint, "silent", now, text=complaint.title,
          title=_("%s is closed: nobody objected to the answer") % complaint.number)
    return True


def _subject(complaint: Complaint) -> Subject:
    key = f"{complaint._meta.label_lower}:{complaint.pk}"
    return Subject(key, complaint.title, complaint.get_absolute_url(), complaint.number)


def _lock(complaint: Complaint) -> tuple[Run | None, Complaint]:
    """The run before its subject, as the engine locks."""
    run = escalation.open_run(f"{complaint._meta.label_lower}:{complaint.pk}")
    rows = Complaint.objects.select_for_update(of=("self",)).for_list()
    return run, rows.get(pk=complaint.pk)


def _record(verb: str, complaint: Complaint, actor: User | None, at: datetime, **data: object) -> None:
    audit.record(verb, complaint, actor=actor, at=at, scope=complaint.agreement.reference, **data)


def _tell(
    people: Sequence[User | None], complaint: Complaint, what: str, at: datetime, *, title: str, text: str
) -> None:
    told = {person.pk: person for person in people if person is not None}
    notify(told.values(), key=f"complaint:{complaint.pk}:{what}", title=title[:200], text=text,
           url=complaint.get_absolute_url(), at=at, scope=complaint.agreement.reference)
    nudge.engine("accounts.deliver")
