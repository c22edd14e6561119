"""Open a signing round, look after it, end it. Signing itself is in signing.py, documents in sealing.py."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from accounts import nudge
from accounts.models import User
from agreements import rounds, signing, signing_notices, terms
from agreements.locking import lock, locked
from agreements.models import Agreement, Round, Slot, Version
from agreements.signing import Refused
from records import audit


@transaction.atomic
def open_round(
    version: Version, *, people: Mapping[str, User], deadline: datetime, actor: User, at: datetime
) -> Round:
    """Freeze a READY version and start a round with one person for each slot of its terms.

    `people` maps slot keys to persons. Nobody is invited yet: the sweep `agreements.seal` makes the PDF
    first. Raises Refused (`place` is "deadline" or the slot's key), TransitionNotAllowed when not READY.
    That no other version is out for signature is held by the database (one open version an agreement).
    """
    version, at = lock(Version.objects.select_related("agreement"), version.pk, at)
    if version.state != Version.State.READY:
        raise TransitionNotAllowed("only a version that is ready can be sent for signature")
    document = signing.labelled(
        version.read_terms(), reference=version.agreement.reference, label=version.label
    )
    placed = version.place_in_time(document)
    _check_dates(version, version.effective_from, deadline, at)
    _check_people(version.agreement, document, people, at, sender=actor)
    rounds.check_base(version, at)
    version.terms = terms.dump(document)
    version.freeze(sha256=terms.digest(document))
    version.save(update_fields=["terms", *placed, "state", "terms_sha256"])
    round_ = Round.objects.create(
        version=version, number=version.rounds.count() + 1, opened_by=actor, opened_at=at, deadline=deadline
    )
    for seat in document.signatories:
        Slot.objects.create(
            round=round_, key=seat.slot, party=seat.party, step=seat.step, capacity=seat.capacity,
            person=people[seat.slot],
        )
    rounds.touch(version.agreement, at)
    audit.record(
        "round.opened", round_, actor=actor, at=at, scope=version.agreement.reference, version=version.label,
        terms_sha256=version.terms_sha256, deadline=deadline.isoformat(),
        people={key: person.email for key, person in people.items()},
    )
    nudge.engine("agreements.seal")
    return round_


@transaction.atomic
def withdraw(round: Round, *, reason: str, actor: User, at: datetime) -> Round:
    """Stop a round before it is complete; the text goes back to READY. Needs a reason."""
    if not reason.strip():
        raise Refused(_("Say why you withdraw it."), "reason")
    round, at = lock(Round.objects.select_related("version__agreement"), round.pk, at)
    round.withdraw(at=at, reason=reason)
    rounds.fail(round, at=at)
    audit.record(
        "round.withdrawn", round, actor=actor, at=at, scope=round.version.agreement.reference, reason=reason
    )
    title = _("%(name)s withdrew %(version)s from signing") % {"name": actor, "version": round.version}
    signing_notices.ended(round, title=title, reason=reason, at=at)
    return round


@transaction.atomic
def remind(slot: Slot, *, actor: User, at: datetime) -> Slot:
    """Remind somebody who was asked to sign; once a day at most. Raises Refused, TransitionNotAllowed."""
    _round, at = lock(Round.objects.all(), slot.round_id, at)
    slot = _slot(slot)
    if slot.state not in signing.ASKED:
        raise TransitionNotAllowed("only somebody who is asked can be reminded")
    if not _reminded(slot, actor, at):
        raise Refused(_("%s was reminded today already.") % slot.person)
    return slot


def remind_signers(*, now: datetime) -> int:
    """Remind everybody whose time has come, and tell the owner of each round that ends within a day.

    Returns how many reminders went out. One each after a stop of any length; safe to run twice, or twice at once.
    """
    waiting = Slot.objects.filter(
        state__in=signing.ASKED, remind_at__lte=now, round__state=Round.State.OPEN, round__deadline__gt=now
    )
    done = sum(_remind_due(pk, round_, now) for pk, round_ in list(waiting.values_list("pk", "round")))
    closing = Round.objects.filter(
        state=Round.State.OPEN, deadline__gt=now, deadline__lte=now + signing.CLOSING, document__isnull=False
    )
    for round_ in closing.select_related("version__agreement__owner"):
        signing_notices.closing(round_, at=now)
    return done


@transaction.atomic
def _remind_due(pk: int, round_pk: int, now: datetime) -> bool:
    round_ = locked(Round.objects.all(), round_pk)
    slot = _slot(Slot(pk=pk))
    is_due = slot.remind_at is not None and slot.remind_at <= now and slot.state in signing.ASKED
    if not is_due or round_.state != Round.State.OPEN:
        return False
    return _reminded(slot, None, now)


def _reminded(slot: Slot, actor: User | None, at: datetime) -> bool:
    """Remind and set the next time; False when somebody reminded them today already."""
    slot.remind_at = signing.next_reminder(slot.invited_at, slot.round.deadline, after=at)
    slot.save(update_fields=["remind_at"])
    if not signing_notices.remind(slot, at=at):
        return False
    audit.record(
        "slot.reminded", slot, actor=actor, at=at, scope=slot.round.version.agreement.reference,
        person=slot.person.email,
    )
    nudge.engine("accounts.deliver")
    return True


@transaction.atomic
def reassign(slot: Slot, *, person: User, actor: User, at: datetime) -> Slot:
    """Give a signature that is still open to another person; returns the new slot, asked if it is its turn.

    The signed terms name the capacity, never the person, so the round goes on. Raises Refused ("person").
    """
    round_, at = lock(Round.objects.select_related("version__agreement"), slot.round_id, at)
    old = _slot(slot)
    agreement = round_.version.agreement
    rounds.authority(agreement, old.party, person, at, place="person")
    if round_.slots.exclude(state=Slot.State.REASSIGNED).filter(person=person).exists():
        raise Refused(_("%s signs in this round already.") % person, "person")
    others = round_.slots.exclude(state=Slot.State.REASSIGNED).exclude(pk=old.pk).select_related("person")
    seats = [("person", old.party, person), *((each.key, each.party, each.person) for each in others)]
    rounds.check_alone(agreement, seats, round_.opened_by)
    old.reassign(at=at)
    old.save(update_fields=["state", "closed_at"])
    rounds.forget_signatory(agreement, old.person, round_)
    new = Slot.objects.create(
        round=round_, key=old.key, party=old.party, step=old.step, capacity=old.capacity, person=person
    )
    audit.record(
        "slot.reassigned", new, actor=actor, at=at, scope=agreement.reference, key=new.key,
        before=old.person.email, after=person.email,
    )
    rounds.touch(agreement, at)
    rounds.invite_next(round_, at=at)
    return new


def lapse_due(*, now: datetime) -> int:
    """End every round whose deadline has passed; returns how many. Safe to run twice, or twice at once."""
    due = Round.objects.filter(state=Round.State.OPEN, deadline__lte=now).values_list("pk", flat=True)
    return sum(_lapse(pk, now) for pk in list(due))


@transaction.atomic
def _lapse(pk: int, now: datetime) -> bool:
    round_ = locked(Round.objects.select_related("version__agreement"), pk)
    if round_.state != Round.State.OPEN or signing.in_time(round_.deadline, now):
        return False
    round_.lapse(at=now)
    rounds.fail(round_, at=now)
    audit.record("round.lapsed", round_, actor=None, at=now, scope=round_.version.agreement.reference)
    title = _("The time to sign %(version)s is over") % {"version": round_.version}
    signing_notices.ended(round_, title=title, reason="", at=now)
    return True


def _check_dates(version: Version, start: datetime, deadline: datetime, at: datetime) -> None:
    if not signing.in_time(deadline, at):
        raise Refused(_("The last day to sign must be in the future."), "deadline")
    # A change that is signed after its first day would rewrite a past that was judged already.
    if version.base_id and deadline > start:
        raise Refused(_("A change must be signed before the day from which it holds."), "deadline")
    if version.base_id and start <= version.base.effective_from:
        raise Refused(_("A change cannot hold from before the version it changes."))
    if version.base_id and version.base.holds_until and start > version.base.holds_until:
        raise Refused(_("A change must begin before the agreement ends, or the moment it does."))


def _check_people(
    agreement: Agreement, document: terms.Terms, people: Mapping[str, User], at: datetime, *, sender: User
) -> None:
    if not document.signatories:
        raise Refused(_("The terms name nobody who signs."))
    for seat in document.signatories:
        if seat.slot not in people:
            raise Refused(_("Choose who signs as %s.") % seat.capacity, seat.slot)
        person = people[seat.slot]
        rounds.authority(agreement, seat.party, person, at, place=seat.slot)
        if any(people.get(other.slot) == person for other in document.signatories if other is not seat):
            raise Refused(_("%s can sign once only.") % person, seat.slot)
    seats = ((seat.slot, seat.party, people[seat.slot]) for seat in document.signatories)
    rounds.check_alone(agreement, seats, sender)


def _slot(slot: Slot) -> Slot:
    return Slot.objects.select_related("person", "round__version__agreement__owner").get(pk=slot.pk)
