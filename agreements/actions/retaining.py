"""Legal holds on the files of an agreement, and their disposal by two persons after the term.

Each act locks the agreement first, so that a hold and a disposal never pass by each other; the database refuses a
disposal under a hold, too. The files themselves are removed by records.actions.remove_disposed.
"""

from datetime import datetime

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from accounts import nudge
from accounts.models import User
from agreements import ending_notices, retaining, retaining_notices
from agreements.locking import lock
from agreements.models import Agreement, Party
from agreements.signing import Refused
from records import audit, retention
from records.models import Disposal, Document, Hold, Tombstone


@transaction.atomic
def ask_hold(agreement: Agreement, *, party: str, reason: str, actor: User, at: datetime) -> Hold:
    """Ask the officers of a party for a hold; until they answer it keeps the files already. Raises Refused."""
    agreement, at = _lock(agreement, at)
    hold = _hold(agreement, party, reason, actor, at)
    _record("hold.asked", hold, agreement, actor, at, reason=reason)
    retaining_notices.hold(agreement, hold, at=at)
    return hold


@transaction.atomic
def set_hold(agreement: Agreement, *, reason: str, actor: User, at: datetime) -> Hold:
    """Keep every file of an agreement, whatever its age, until the same party lifts it. Raises Refused."""
    agreement, at = _lock(agreement, at)
    hold = _hold(agreement, _party_of(agreement, actor, at), reason, actor, at)
    return _stand(hold, agreement, actor, at)


@transaction.atomic
def answer_hold(hold: Hold, *, grant: bool, reason: str = "", actor: User, at: datetime) -> Hold:
    """Set the hold that was asked for, or refuse it with a reason. Raises Refused, TransitionNotAllowed."""
    agreement, hold, at = _locked_hold(hold, at)
    _officer(agreement, hold.party, actor, at)
    if grant:
        return _stand(hold, agreement, actor, at)
    if not reason.strip():
        raise Refused(_("Say why you refuse."), "reason")
    hold.refuse(by=actor, at=at, reason=reason)
    hold.save()
    _record("hold.refused", hold, agreement, actor, at, reason=reason)
    retaining_notices.hold(agreement, hold, at=at)
    return hold


@transaction.atomic
def lift_hold(hold: Hold, *, reason: str, actor: User, at: datetime) -> Hold:
    """End a hold; only the party that set it. Raises Refused, TransitionNotAllowed."""
    agreement, hold, at = _locked_hold(hold, at)
    _officer(agreement, hold.party, actor, at)
    if not reason.strip():
        raise Refused(_("Say why it is no longer needed."), "reason")
    hold.lift(by=actor, at=at, reason=reason)
    hold.save()
    _record("hold.lifted", hold, agreement, actor, at, reason=reason)
    retaining_notices.hold(agreement, hold, at=at)
    return hold


@transaction.atomic
def propose_disposal(agreement: Agreement, *, actor: User, at: datetime) -> Disposal:
    """Propose to dispose of every file of an agreement that has ended, whose time is over and that nobody holds.

    Raises Refused for what stands against it, TransitionNotAllowed when it is proposed already.
    """
    agreement, at = _lock(agreement, at)
    party = _party_of(agreement, actor, at)
    until = _check_free(agreement, at)
    if Disposal.objects.open().filter(scope=agreement.reference).exists():
        raise TransitionNotAllowed("a disposal is under way")
    if not _files(agreement):
        raise Refused(_("There is no file left to dispose of."))
    disposal = Disposal.objects.create(
        scope=agreement.reference, party=party, rule=retention.rule(), kept_until=until, proposed_by=actor,
        proposed_at=at,
    )
    _record("disposal.proposed", disposal, agreement, actor, at, rule=disposal.rule, kept_until=until.isoformat())
    retaining_notices.disposal(agreement, disposal, at=at)
    return disposal


@transaction.atomic
def agree_disposal(disposal: Disposal, *, actor: User, at: datetime) -> Disposal:
    """The second person agrees: each file gets its tombstone now and is removed by the sweep.

    Everything is checked again under the lock. Raises Refused, TransitionNotAllowed.
    """
    agreement, disposal, at = _locked_disposal(disposal, at)
    if actor not in retaining.second_persons(agreement, disposal, at):
        raise Refused(_("Somebody of the other party agrees, never who proposed it."))
    _check_free(agreement, at)
    disposal.agree(by=actor, at=at)
    disposal.save(update_fields=["state", "answered_by", "answered_at"])
    files = _files(agreement)
    Tombstone.objects.bulk_create(Tombstone(document=each, disposal=disposal) for each in files)
    _record(
        "disposal.agreed", disposal, agreement, actor, at, rule=disposal.rule, proposed_by=disposal.proposed_by.email,
        documents=[each.sha256 for each in files],
    )
    retaining_notices.disposal(agreement, disposal, at=at)
    nudge.engine("records.dispose")
    return disposal


@transaction.atomic
def refuse_disposal(disposal: Disposal, *, reason: str, actor: User, at: datetime) -> Disposal:
    """Leave the files where they are; whoever may agree may refuse, and the proposer may take it back."""
    agreement, disposal, at = _locked_disposal(disposal, at)
    may = [*retaining.second_persons(agreement, disposal, at), disposal.proposed_by]
    if actor not in may:
        raise Refused(_("Somebody of the other party answers, or who proposed it."))
    if not reason.strip():
        raise Refused(_("Say why they stay."), "reason")
    disposal.refuse(by=actor, at=at, reason=reason)
    disposal.save(update_fields=["state", "answered_by", "answered_at", "answer"])
    _record("disposal.refused", disposal, agreement, actor, at, reason=reason)
    retaining_notices.disposal(agreement, disposal, at=at)
    return disposal


def _lock(agreement: Agreement, at: datetime) -> tuple[Agreement, datetime]:
    return lock(Agreement.objects.select_related("provider", "client", "owner"), agreement.pk, at)


def _locked_hold(hold: Hold, at: datetime) -> tuple[Agreement, Hold, datetime]:
    agreement, at = _lock(Agreement.objects.get(reference=hold.scope), at)
    return agreement, Hold.objects.select_related("asked_by").get(pk=hold.pk), at


def _locked_disposal(disposal: Disposal, at: datetime) -> tuple[Agreement, Disposal, datetime]:
    agreement, at = _lock(Agreement.objects.get(reference=disposal.scope), at)
    return agreement, Disposal.objects.select_related("proposed_by").get(pk=disposal.pk), at


def _party_of(agreement: Agreement, actor: User, at: datetime) -> str:
    for party in Party.values:
        if actor in ending_notices.side(agreement, party, at):
            return party
    raise Refused(_("Only who speaks for one of the parties keeps its records."))


def _officer(agreement: Agreement, party: str, actor: User, at: datetime) -> None:
    if actor not in ending_notices.side(agreement, party, at):
        words = {"organisation": agreement.organisation_of(party)}
        raise Refused(_("Only who speaks for %(organisation)s can do this.") % words)


def _hold(agreement: Agreement, party: str, reason: str, actor: User, at: datetime) -> Hold:
    if not reason.strip():
        raise Refused(_("Say why the files must stay."), "reason")
    return Hold.objects.create(
        scope=agreement.reference, party=party, reason=reason, state=Hold.State.ASKED, asked_by=actor, asked_at=at
    )


def _stand(hold: Hold, agreement: Agreement, actor: User, at: datetime) -> Hold:
    hold.grant(by=actor, at=at)
    hold.save()
    _record("hold.set", hold, agreement, actor, at, reason=hold.reason)
    retaining_notices.hold(agreement, hold, at=at)
    return hold


def _check_free(agreement: Agreement, at: datetime) -> datetime:
    """When the files were free to go. Raises Refused while the agreement runs, the term lasts or a hold stands."""
    until = retaining.kept_until(agreement)
    if until is None:
        raise Refused(_("Only files of an agreement that has ended can be disposed of."))
    if at < until:
        day = retention.last_day(until, retaining.timezone_of(agreement))
        raise Refused(_("They are kept until %s.") % date_format(day, "j F Y"))
    if retention.is_held(agreement.reference):
        raise Refused(_("A legal hold keeps them."))
    return until


def _files(agreement: Agreement) -> list[Document]:
    return list(Document.objects.filter(scope=agreement.reference, tombstone=None).order_by("pk"))


def _record(verb: str, row: Hold | Disposal, agreement: Agreement, actor: User, at: datetime, **data) -> None:
    audit.record(verb, row, actor=actor, at=at, scope=agreement.reference, party=row.party, **data)
    nudge.engine("accounts.deliver")
