"""End an agreement: notice of one party, or an end that both sign; confirm, answer, take back."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed, can_proceed

from accounts import nudge
from accounts.models import User
from agreements import ending_notices, ending_paper, ends, lives, notice, rounds
from agreements.models import Agreement, Ending, Party, Version
from agreements.signing import Refused
from agreements.signing_evidence import Given
from records import audit, vault

MUTUAL = (Ending.Kind.MUTUAL, Ending.Kind.RESCISSION)


@transaction.atomic
def give_notice(
    agreement: Agreement, *, kind: str, party: str, last_day: date, reason: str, given: Given, actor: User, at: datetime
) -> Ending:
    """One party ends the agreement: the signed notice is in the vault, and the end stands at once.

    `kind` is notice or cause (with its ground in `reason`), `last_day` the last local day on which the
    agreement holds. The giver signs with authority on record and fresh proof. A round under way ends. Raises
    Refused (`place` names the field), TransitionNotAllowed when the agreement has ended or an end stands that
    is not later.
    """
    if kind in MUTUAL or kind not in Ending.Kind.values:
        raise Refused(_("Choose how it ends."), "kind")
    if kind == Ending.Kind.CAUSE and not reason.strip():
        raise Refused(_("Say for which cause."), "reason")
    agreement, at = ends.lock_all(agreement, at)
    ending, version = _ending(agreement, kind, party, last_day, reason, actor, at)
    _make_way(agreement, ending)
    _sign(ending, version, given, at)
    _stand(ending, at)
    _record("ending.given", ending, actor, at)
    ending_notices.declared(ending, at=at)
    return ending


@transaction.atomic
def propose_end(
    agreement: Agreement, *, kind: str, party: str, last_day: date, reason: str, given: Given, actor: User, at: datetime
) -> Ending:
    """One party signs an end by agreement (mutual or rescission); nothing changes until the other signs, too.

    Raises Refused (`place` names the field), TransitionNotAllowed when it has ended or another proposal waits.
    """
    if kind not in MUTUAL:
        raise Refused(_("Choose how it ends."), "kind")
    agreement, at = ends.lock_all(agreement, at)
    if agreement.endings.filter(state=Ending.State.PROPOSED).exists():
        raise TransitionNotAllowed("a proposal waits for its answer already")
    ending, version = _ending(agreement, kind, party, last_day, reason, actor, at)
    _check_earlier(agreement, ending)
    _sign(ending, version, given, at)
    _record("ending.proposed", ending, actor, at)
    ending_notices.declared(ending, at=at)
    nudge.engine("accounts.deliver")
    return ending


@transaction.atomic
def agree_end(ending: Ending, *, given: Given, actor: User, at: datetime) -> Ending:
    """The other party signs the proposed end, too: it stands.

    Raises Refused, also when its last day has passed meanwhile; TransitionNotAllowed when it waits no more.
    """
    ending, at = _locked(ending, at)
    _only(can_proceed(ending.agree))
    ends.check_running(ending.agreement, at)
    if ending.ends_at <= at:
        raise Refused(_("The day proposed has passed. Propose another one."))
    ending.evidence[ending.other] = _evidence(ending, ending.other, actor, given, at)
    content = vault.read(ending.document.sha256)
    content = ending_paper.signed(content, ending, party=ending.other, person=actor, at=at)
    _make_way(ending.agreement, ending)
    ending.agree(by=actor, at=at, document=ending_paper.keep(content, ending, actor=actor, at=at))
    ending.save()
    _stand(ending, at)
    _record("ending.agreed", ending, actor, at)
    ending_notices.answered(ending, at=at)
    return ending


@transaction.atomic
def refuse_end(ending: Ending, *, reason: str, actor: User, at: datetime) -> Ending:
    """The other party does not agree to end; the agreement goes on. Needs a reason."""
    if not reason.strip():
        raise Refused(_("Say why you refuse."), "reason")
    ending, at = _locked(ending, at)
    _only(can_proceed(ending.refuse))
    rounds.authority(ending.agreement, ending.other, actor, at)
    ending.refuse(by=actor, at=at, reason=reason)
    ending.save(update_fields=["state", "answered_by", "answered_at", "answer"])
    _record("ending.refused", ending, actor, at, reason=reason)
    ending_notices.answered(ending, at=at)
    nudge.engine("accounts.deliver")
    return ending


@transaction.atomic
def confirm_receipt(ending: Ending, *, actor: User, at: datetime) -> Ending:
    """The other party says that the notice arrived. Raises TransitionNotAllowed when that is known already."""
    ending, at = _locked(ending, at)
    _only(can_proceed(ending.receive) and ending.received_at is None)
    if actor not in ending_notices.side(ending.agreement, ending.other, at):
        raise Refused(_("Only the other party can confirm that it arrived."))
    ending.receive(by=actor, at=at)
    ending.save(update_fields=["received_by", "received_at"])
    _record("ending.received", ending, actor, at)
    ending_notices.received(ending, at=at)
    nudge.engine("accounts.deliver")
    return ending


@transaction.atomic
def take_back(ending: Ending, *, reason: str, actor: User, at: datetime) -> Ending:
    """Take a proposal back, or ask to take a notice back: that needs the other party's consent.

    Only the party that declared it, and before its day. Raises Refused, TransitionNotAllowed.
    """
    if not reason.strip():
        raise Refused(_("Say why."), "reason")
    ending, at = _locked(ending, at)
    _only(can_proceed(ending.withdraw) and ending.recall_at is None)
    ends.check_running(ending.agreement, at)
    rounds.authority(ending.agreement, ending.party, actor, at)
    ending.recall_by, ending.recall_at, ending.recall_reason = actor, at, reason
    if ending.state == Ending.State.PROPOSED:
        ending.withdraw(by=actor, at=at)
        ending_notices.answered(ending, at=at)
    else:
        ending_notices.recall_asked(ending, at=at)
    ending.save(update_fields=["state", "recall_by", "recall_at", "recall_reason", "answered_by", "answered_at"])
    _record("ending.recall_asked", ending, actor, at, reason=reason)
    nudge.engine("accounts.deliver")
    return ending


@transaction.atomic
def answer_recall(ending: Ending, *, consent: bool, actor: User, at: datetime) -> Ending:
    """The other party consents, so that the agreement goes on as before, or leaves the end standing.

    Raises Refused for anybody without authority, TransitionNotAllowed once the end has come.
    """
    ending, at = _locked(ending, at)
    _only(ending.state == Ending.State.STANDING and ending.recall_at is not None)
    ends.check_running(ending.agreement, at)
    rounds.authority(ending.agreement, ending.other, actor, at)
    if consent:
        ending.withdraw(by=actor, at=at)
        ending.save(update_fields=["state", "answered_by", "answered_at"])
        ends.revoke(ending.agreement, at=at)
        _record("ending.withdrawn", ending, actor, at)
        ending_notices.answered(ending, at=at)
    else:
        ending.recall_at = ending.recall_by = None
        ending.save(update_fields=["recall_at", "recall_by"])
        _record("ending.recall_refused", ending, actor, at)
        ending_notices.recall_refused(ending, at=at)
    nudge.engine("kpis.bind")
    nudge.engine("accounts.deliver")
    return ending


def _locked(ending: Ending, at: datetime) -> tuple[Ending, datetime]:
    agreement, at = ends.lock_all(ending.agreement, at)
    ending = Ending.objects.select_related("given_by", "document").get(pk=ending.pk)
    ending.agreement = agreement
    return ending, at


def _only(holds: bool) -> None:
    if not holds:
        raise TransitionNotAllowed("this end was dealt with meanwhile")


def _ending(
    agreement: Agreement, kind: str, party: str, last_day: date, reason: str, actor: User, at: datetime
) -> tuple[Ending, Version]:
    if party not in Party.values:
        raise Refused(_("Choose for whom you act."), "party")
    version = ends.newest(agreement)
    ends.check_running(agreement, at)
    life = lives.life_of(version)
    _check_day(notice.window(kind, life, at), last_day)
    said = ending_paper.statement(
        agreement, version, kind=kind, party=party, last_day=last_day.isoformat(), reason=reason
    )
    state = Ending.State.PROPOSED if kind in MUTUAL else Ending.State.STANDING
    ending = Ending(
        state=state, agreement=agreement, kind=kind, party=party, last_day=last_day, reason=reason, given_by=actor,
        given_at=at, ends_at=notice.end_of_day(last_day, life.timezone), statement=said,
        sha256=ending_paper.digest(said),
        deemed_at=None if kind in MUTUAL else notice.counts_as_received(at, life),
    )
    return ending, version


def _check_day(window: notice.Window | None, last_day: date) -> None:
    if window is None:
        raise Refused(_("It ends by itself; an ordinary notice does not end it sooner."), "kind")
    if window.only and last_day != window.earliest:
        raise Refused(_("It can end with a term only: the next possible last day is %s.") % window.earliest, "last_day")
    if last_day < window.earliest:
        raise Refused(_("The earliest possible last day is %s.") % window.earliest, "last_day")
    if last_day > window.latest:
        raise Refused(_("The last day can be %s at the latest.") % window.latest, "last_day")


def _make_way(agreement: Agreement, ending: Ending) -> None:
    """An end that stands gives way to an earlier one, and to no other. Must come before the new one stands."""
    _check_earlier(agreement, ending)
    for before in agreement.endings.filter(state=Ending.State.STANDING):
        before.overtake()
        before.save(update_fields=["state"])


def _check_earlier(agreement: Agreement, ending: Ending) -> None:
    if agreement.ends_at is not None and agreement.ends_at <= ending.ends_at:
        raise TransitionNotAllowed("the agreement ends no later than that already")


def _sign(ending: Ending, version: Version, given: Given, at: datetime) -> None:
    ending.evidence = {ending.party: _evidence(ending, ending.party, ending.given_by, given, at)}
    content = ending_paper.prepared(ending, version)
    content = ending_paper.signed(content, ending, party=ending.party, person=ending.given_by, at=at)
    ending.document = ending_paper.keep(content, ending, actor=ending.given_by, at=at)
    ending.save()


def _evidence(ending: Ending, party: str, actor: User, given: Given, at: datetime) -> dict:
    """Checks under the lock that this person may sign for the party now, and says how that was proved."""
    authority = rounds.authority(ending.agreement, party, actor, at)
    if not given.proof.is_fresh(user_id=actor.pk, at=at):
        raise Refused(_("It is too long ago that you showed who you are. Enter your password again."), "password")
    return given.evidence(actor, authority, shown_sha256=ending.sha256, at=at)


def _stand(ending: Ending, at: datetime) -> None:
    """What follows from an end that stands: the round under way is over, the dates are cut."""
    agreement = ending.agreement
    ends.stop_signing(agreement, reason=_("The agreement is being ended."), at=at)
    ends.declare(agreement, ends_at=ending.ends_at, ends_as=ending.ends_as, at=at)
    nudge.engine("kpis.bind")
    nudge.engine("accounts.deliver")


def _record(verb: str, ending: Ending, actor: User, at: datetime, **data) -> None:
    audit.record(
        verb, ending, actor=actor, at=at, scope=ending.agreement.reference, kind=ending.kind, party=ending.party,
        last_day=ending.last_day.isoformat(), document=ending.document.sha256, **data,
    )
