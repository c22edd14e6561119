"""What a signatory does: read, sign, decline. Opening and looking after a round is in rounds.py."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed, can_proceed

from accounts import nudge
from accounts.identity import Proof
from accounts.models import SigningAuthority, User
from agreements import consent as consents
from agreements import paper, rounds, signing, signing_notices
from agreements.locking import lock
from agreements.models import Round, Slot, Version
from agreements.signing import Refused
from records import audit
from records.models import Document


@transaction.atomic
def open_slot(slot: Slot, *, actor: User, at: datetime) -> Slot:
    """Record that the signatory was shown the document and its hash; a second look changes nothing.

    Raises Refused for anybody else, TransitionNotAllowed when it is not their turn or the round is over.
    """
    round_, at = lock(Round.objects.select_related("version__agreement"), slot.round_id, at)
    slot = _mine(round_, slot, actor)
    if slot.state in (Slot.State.OPENED, Slot.State.SIGNED):
        return slot
    slot.open(at=at)
    slot.save(update_fields=["state", "opened_at"])
    audit.record(
        "slot.opened", slot, actor=actor, at=at, scope=round_.version.agreement.reference,
        shown_sha256=round_.version.terms_sha256, document=round_.document.sha256,
    )
    return slot


@transaction.atomic
def sign(
    slot: Slot,
    *,
    shown_sha256: str,
    consent: bool,
    typed_name: str,
    proof: Proof,
    address: str,
    agent: str,
    reading: signing.Reading | None = None,
    actor: User,
    at: datetime,
) -> Slot:
    """Give one signature: the evidence row and the local signature on the newest bytes, in one transaction.

    That person only, in their turn, before the deadline, freshly proven, with authority, having been shown
    the text that is frozen; `reading` is None when the browser told nothing. Signing again returns the first
    result. Raises Refused (`place` names the field), TransitionNotAllowed when the round is over. The last
    signature concludes the contract.
    """
    # One signature after the other: each is put on the bytes that carry all earlier ones.
    round_, at = lock(Round.objects.select_related("version__agreement__owner", "document"), slot.round_id, at)
    slot = _mine(round_, slot, actor)
    if slot.state == Slot.State.SIGNED:
        return slot
    _check_turn(round_, slot, at)
    _check_person(slot, consent=consent, typed_name=typed_name, proof=proof, at=at)
    if shown_sha256 != round_.version.terms_sha256:
        raise Refused(_("The text you were shown is not the text to be signed. Read it again."))
    rounds.check_base(round_.version, at)
    # Read under the lock: an account closed or an authority ended meanwhile is seen here.
    authority = rounds.authority(round_.version.agreement, slot.party, actor, at)
    evidence = _evidence(
        round_, slot, authority, shown_sha256=shown_sha256, typed_name=typed_name, proof=proof,
        address=address, agent=agent, reading=reading, at=at,
    )
    document = _put_signature(round_, slot, authority.organisation.name, at)
    slot.sign(at=at, evidence=evidence, document=document)
    slot.save(update_fields=["state", "closed_at", "evidence", "document"])
    round_.document = document
    round_.save(update_fields=["document"])
    audit.record(
        "slot.signed", slot, actor=actor, at=at, scope=round_.version.agreement.reference,
        document=document.sha256, evidence=evidence,
    )
    signing_notices.signed(slot, at=at)
    _go_on(round_, at)
    return slot


@transaction.atomic
def decline(slot: Slot, *, reason: str, actor: User, at: datetime) -> Slot:
    """Refuse to sign, with a reason: the whole round ends, the text goes back to READY, everybody is told."""
    if not reason.strip():
        raise Refused(_("Say why you do not sign."), "reason")
    round_, at = lock(Round.objects.select_related("version__agreement__owner"), slot.round_id, at)
    slot = _mine(round_, slot, actor)
    slot.decline(at=at, reason=reason)
    slot.save(update_fields=["state", "closed_at", "reason"])
    round_.decline(at=at, reason=reason)
    rounds.fail(round_, at=at)
    audit.record(
        "slot.declined", slot, actor=actor, at=at, scope=round_.version.agreement.reference, reason=reason
    )
    title = _("%(name)s declined to sign %(version)s") % {"name": actor, "version": round_.version}
    signing_notices.ended(round_, title=title, reason=reason, at=at)
    return slot


def _mine(round_: Round, slot: Slot, actor: User) -> Slot:
    slot = Slot.objects.select_related("person").get(pk=slot.pk, round=round_)
    if slot.person_id != actor.pk:
        raise Refused(_("Only %s can give this signature.") % slot.person)
    slot.round = round_
    return slot


def _check_turn(round_: Round, slot: Slot, at: datetime) -> None:
    if round_.state == Round.State.OPEN and not signing.in_time(round_.deadline, at):
        raise Refused(_("The time to sign is over."))
    if slot.state == Slot.State.WAITING and round_.state == Round.State.OPEN:
        raise Refused(_("It is not your turn yet. You will be told."))
    if round_.state != Round.State.OPEN or not can_proceed(slot.sign):
        raise TransitionNotAllowed("this signature cannot be given any more")


def _check_person(slot: Slot, *, consent: bool, typed_name: str, proof: Proof, at: datetime) -> None:
    if not consent:
        raise Refused(_("Tick that you agree, or decline below."), "consent")
    if " ".join(typed_name.split()).casefold() != " ".join(slot.person.name.split()).casefold():
        raise Refused(_("Type your name as it stands here: %s.") % slot.person.name, "typed_name")
    if not proof.is_fresh(user_id=slot.person_id, at=at):
        raise Refused(_("It is too long ago that you showed who you are. Enter your password again."), "password")


def _evidence(
    round_: Round, slot: Slot, authority: SigningAuthority, *, shown_sha256: str, typed_name: str, proof: Proof,
    address: str, agent: str, reading: signing.Reading | None, at: datetime,
) -> dict:
    """Everything that shows who signed what, how it was proved and with which right; never changed again."""
    return {
        "at": at.isoformat(),
        "user": slot.person_id,
        "name": slot.person.name,
        "typed_name": typed_name,
        "email": slot.person.email,
        "organisation": authority.organisation.name,
        "party": slot.party,
        "capacity": slot.capacity,
        "authority": authority.pk,
        "authority_source": authority.source,
        "proof": {"method": proof.method, "at": proof.at.isoformat()},
        "consent": {"version": consents.CURRENT, "sha256": consents.sha256()},
        # Sent and signed by the same person, the only one who signs for the party: the organisation allows it.
        "sole_signatory": rounds.is_alone(_seats(round_), slot.party, round_.opened_by),
        "shown_sha256": shown_sha256,
        "reading": reading and reading.evidence,
        "document_before": round_.document.sha256,
        "address": address,
        "agent": agent[:400],
        "software": settings.VERSION,
    }


def _seats(round_: Round) -> list[tuple[str, str, User]]:
    slots = round_.slots.exclude(state=Slot.State.REASSIGNED).select_related("person")
    return [(each.key, each.party, each.person) for each in slots]


def _put_signature(round_: Round, slot: Slot, organisation: str, at: datetime) -> Document:
    """Sign the newest bytes and put the new revision into the vault.

    The last one is the signed agreement, unless a time stamp is to come: that is settled here, once, so that no
    later change of the settings can seal this agreement with less.
    """
    content = paper.signed(round_, slot, organisation, at)
    others = round_.slots.filter(state__in=signing.ASKABLE).exclude(pk=slot.pk)
    is_whole = not others.exists() and not settings.TSA_URL
    kind = Document.Kind.SIGNED if is_whole else Document.Kind.PREPARED
    note = "" if is_whole else _("signed by %s") % slot.person.name
    return paper.keep(
        content, round_.version, kind=kind, actor=slot.person, at=at, text=round_.document.text, note=note
    )


def _go_on(round_: Round, at: datetime) -> None:
    """Ask the next, or conclude the contract when this was the last signature."""
    rounds.touch(round_.version.agreement, at)
    seats = list(round_.slots.exclude(state=Slot.State.REASSIGNED))
    required = [seat.slot for seat in round_.version.read_terms().signatories]
    if not signing.is_complete(seats, required):
        rounds.invite_next(round_, at=at)
        return
    round_.complete(at=at)
    round_.save(update_fields=["state", "closed_at"])
    version = Version.objects.select_for_update().get(pk=round_.version_id)
    version.conclude(at=at)
    version.save(update_fields=["state", "concluded_at"])
    audit.record(
        "version.concluded", version, actor=None, at=at, scope=round_.version.agreement.reference,
        version=version.label, round=round_.number,
    )
    nudge.engine("agreements.seal")
