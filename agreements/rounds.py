"""What the acts of a signing round share. Their callers hold the round's lock (or the version's)."""

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _

from accounts import nudge, outbox
from accounts.models import SigningAuthority, User
from agreements import signing, signing_notices
from agreements.models import Agreement, Involvement, Round, Slot, Version
from agreements.signing import Refused
from records import audit


def authority(
    agreement: Agreement, party: str, person: User, at: datetime, *, place: str = ""
) -> SigningAuthority:
    """The record by which a person may sign for a party at a moment. Raises Refused when there is none."""
    organisation = agreement.organisation_of(party)
    if not User.objects.filter(pk=person.pk, is_active=True).exists():
        raise Refused(_("The account of %s is closed.") % person, place)
    found = (
        SigningAuthority.objects.current(at)
        .filter(user=person, organisation=organisation)
        .select_related("organisation")
        .first()
    )
    if found is None:
        words = {"name": person, "organisation": organisation}
        raise Refused(_("%(name)s has no authority on record to sign for %(organisation)s.") % words, place)
    return found


def check_alone(agreement: Agreement, seats: Iterable[tuple[str, str, User]], sender: User) -> None:
    """Nobody sends an agreement and is the only one to sign it for their side, unless the organisation allows it.

    `seats` are (slot, party, person). Raises Refused, placed at the slot.
    """
    seats = list(seats)
    for key, party, person in seats:
        if is_alone(seats, party, sender) and not agreement.organisation_of(party).sole_signatory:
            words = {"person": person, "organisation": agreement.organisation_of(party)}
            raise Refused(
                _("%(person)s sends it and would be the only one to sign for %(organisation)s. Let another person "
                  "sign, or an administrator allow that for a small firm.") % words, key,
            )


def is_alone(seats: Iterable[tuple[str, str, User]], party: str, sender: User) -> bool:
    return {person.pk for _key, of, person in seats if of == party} == {sender.pk}


def check_base(version: Version, at: datetime) -> None:
    """An amendment needs what it amends: raises Refused when that was replaced, ends or has ended meanwhile."""
    if version.base_id is None:
        return
    base = Version.objects.select_related("agreement").get(pk=version.base_id)
    agreement = base.agreement
    replaced = agreement.versions.executed().filter(effective_from__gt=base.effective_from).exists()
    if agreement.state != Agreement.State.ACTIVE or agreement.ends_at or replaced or base.is_over(at):
        raise Refused(_("%s, which this version changes, is no longer in force.") % base)


def invite_next(round_: Round, *, at: datetime) -> None:
    """Ask whoever's turn it is; nobody before the PDF is in the vault."""
    if round_.document_id is None:
        return
    for slot in signing.to_invite(list(round_.slots.select_related("person"))):
        slot.round = round_
        slot.invite(at=at, remind_at=signing.next_reminder(at, round_.deadline, after=at))
        slot.save(update_fields=["state", "invited_at", "remind_at"])
        Involvement.objects.get_or_create(
            agreement=round_.version.agreement, user=slot.person, capacity=Involvement.Capacity.SIGNATORY
        )
        audit.record(
            "slot.invited", slot, actor=None, at=at, scope=round_.version.agreement.reference,
            person=slot.person.email, capacity=slot.capacity, party=slot.party,
        )
        signing_notices.invite(slot, at=at)
    nudge.engine("accounts.deliver")


def fail(round_: Round, *, at: datetime) -> None:
    """After a round ended without being complete: close its seats, stop its mails, free the text again.

    Signatures given stay in their rows and files; they have no effect, because everybody signs anew.
    """
    round_.save(update_fields=["state", "closed_at", "reason"])
    for slot in round_.slots.filter(state__in=signing.ASKABLE):
        slot.cancel(at=at)
        slot.save(update_fields=["state", "closed_at"])
    outbox.cancel(signing_notices.group(round_))
    version = Version.objects.select_for_update().get(pk=round_.version_id)
    version.fail_round()
    version.save(update_fields=["state", "prepared", "seal_error", "seal_retry_at"])
    touch(round_.version.agreement, at)
    nudge.engine("accounts.deliver")


def forget_signatory(agreement: Agreement, person: User, round_: Round) -> None:
    """Who gave a seat away no longer sees the agreement by it, unless another seat of theirs names them."""
    others = Slot.objects.filter(round__version__agreement=agreement, person=person).exclude(round=round_)
    if not others.exists():
        Involvement.objects.filter(
            agreement=agreement, user=person, capacity=Involvement.Capacity.SIGNATORY
        ).delete()


def touch(agreement: Agreement, at: datetime) -> None:
    Agreement.objects.filter(pk=agreement.pk).update(changed_at=at)
