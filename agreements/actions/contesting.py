"""A signature whose authority is found wanting later: contested, ratified by its party, or left be. History stays."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from accounts import nudge
from accounts.models import User
from agreements import contesting, ending_notices, ratifying_paper, rounds
from agreements.locking import lock
from agreements.models import Agreement, Contest, Slot
from agreements.signing import Refused
from agreements.signing_evidence import Given
from records import audit

SLOTS = Slot.objects.select_related("person", "document", "round__version")


@transaction.atomic
def contest(slot: Slot, *, reason: str, actor: User, at: datetime) -> Contest:
    """Say that a signature was given without authority; both sides are told. The signature stays as it is.

    Raises Refused, TransitionNotAllowed while the contract is not concluded or when it is contested already.
    """
    if not reason.strip():
        raise Refused(_("Say what was found."), "reason")
    agreement, slot, at = _locked(slot, at)
    if slot.state != Slot.State.SIGNED or slot.round.version.state not in contesting.CONCLUDED:
        raise TransitionNotAllowed("only a signature of a concluded contract can be contested")
    if slot.contests.filter(state=Contest.State.OPEN).exists():
        raise TransitionNotAllowed("it is contested already")
    if actor not in ending_notices.sides(agreement, at):
        raise Refused(_("Only who speaks for one of the parties can contest a signature."))
    made = Contest.objects.create(slot=slot, reason=reason, raised_by=actor, raised_at=at)
    return _done("signature.contested", made, agreement, actor, at, reason=reason)


@transaction.atomic
def ratify(contest: Contest, *, given: Given, actor: User, at: datetime) -> Contest:
    """The party for which it was signed stands by the signature: somebody else with authority signs a paper.

    The sealed file takes no further signature, so the ratification is a document of its own that names the hash of
    the terms. Raises Refused, TransitionNotAllowed.
    """
    agreement, contest, at = _locked_contest(contest, at)
    if actor.pk == contest.slot.person_id:
        raise Refused(_("Somebody else ratifies it, never who signed."))
    authority = rounds.authority(agreement, contest.slot.party, actor, at)
    if not given.proof.is_fresh(user_id=actor.pk, at=at):
        raise Refused(_("It is too long ago that you showed who you are. Enter your password again."), "password")
    evidence = given.evidence(actor, authority, shown_sha256=ratifying_paper.digest(contest), at=at)
    content = ratifying_paper.signed(contest, person=actor, at=at)
    document = ratifying_paper.keep(content, contest, actor=actor, at=at)
    contest.ratify(by=actor, at=at, evidence=evidence, document=document)
    contest.save()
    return _done("signature.ratified", contest, agreement, actor, at, document=document.sha256)


@transaction.atomic
def end_contest(contest: Contest, *, reason: str, actor: User, at: datetime) -> Contest:
    """Who contested it takes that back, with a reason. Raises Refused, TransitionNotAllowed."""
    if not reason.strip():
        raise Refused(_("Say why."), "reason")
    agreement, contest, at = _locked_contest(contest, at)
    if actor.pk != contest.raised_by_id:
        raise Refused(_("Only %s can take it back.") % contest.raised_by)
    contest.withdraw(by=actor, at=at, reason=reason)
    contest.save()
    return _done("signature.contest_ended", contest, agreement, actor, at, reason=reason)


def _locked(slot: Slot, at: datetime) -> tuple[Agreement, Slot, datetime]:
    reference = Slot.objects.values_list("round__version__agreement", flat=True).get(pk=slot.pk)
    agreement, at = lock(Agreement.objects.select_related("provider", "client", "owner"), reference, at)
    found = SLOTS.get(pk=slot.pk)
    found.round.version.agreement = agreement
    return agreement, found, at


def _locked_contest(contest: Contest, at: datetime) -> tuple[Agreement, Contest, datetime]:
    agreement, slot, at = _locked(contest.slot, at)
    found = Contest.objects.select_related("raised_by").get(pk=contest.pk)
    if not found.is_open:
        raise TransitionNotAllowed("this was settled meanwhile")
    found.slot = slot
    return agreement, found, at


def _done(verb: str, contest: Contest, agreement: Agreement, actor: User, at: datetime, **data) -> Contest:
    audit.record(
        verb, contest, actor=actor, at=at, scope=agreement.reference, slot=contest.slot.key,
        person=contest.slot.person.email, **data,
    )
    contesting.told(agreement, contest, at=at)
    nudge.engine("accounts.deliver")
    return contest
