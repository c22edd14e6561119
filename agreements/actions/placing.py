"""Who holds a position of the escalation matrix: a person, or a duty roster."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Organisation, User
from agreements import people, placing
from agreements.locking import lock
from agreements.models import Agreement, PositionHolder, Roster, Version
from agreements.signing import Refused
from records import audit


@transaction.atomic
def hold_position(
    agreement: Agreement,
    *,
    position: str,
    user: User | None = None,
    roster: Roster | None = None,
    actor: User,
    at: datetime,
) -> PositionHolder:
    """Say who holds a position of the escalation matrix from now on; whoever held it before ends now.

    A person, or a roster whose person on duty is told. Raises Refused ("position", "user", "roster") for a position
    that no version has, somebody of another party, or both or neither named.
    """
    if (user is None) == (roster is None):
        raise Refused(_("Name a person or a duty roster, one of them."), "user")
    if roster is not None:
        roster = placing.lock_roster(roster)
    agreement, at = lock(Agreement.objects.select_related("provider", "client"), agreement.pk, at)
    _check(agreement.organisation_of(_party_of(agreement, position)), user, roster, at)
    before = agreement.holders.filter(position=position, until=None).select_related("user", "roster").first()
    if before is not None and (before.user, before.roster) == (user, roster):
        return before
    if before is not None:
        before.until = at
        before.save(update_fields=["until"])
    holder = PositionHolder.objects.create(
        agreement=agreement, position=position, user=user, roster=roster, since=at
    )
    placing.index(agreement, at)
    audit.record("position.held", holder, actor=actor, at=at, scope=agreement.reference, position=position,
                 person=_said(holder), before=_said(before) if before else "")
    return holder


def _said(holder: PositionHolder) -> str:
    return holder.user.email if holder.user else f"roster {holder.roster}"


def _check(organisation: Organisation, user: User | None, roster: Roster | None, at: datetime) -> None:
    if roster is not None and roster.organisation_id != organisation.pk:
        words = {"roster": roster, "organisation": organisation}
        raise Refused(_("%(roster)s is no roster of %(organisation)s.") % words, "roster")
    if user is not None and user not in people.members(organisation, at=at):
        words = {"person": user, "organisation": organisation}
        raise Refused(_("%(person)s does not belong to %(organisation)s.") % words, "user")


def _party_of(agreement: Agreement, position: str) -> str:
    for version in agreement.versions.exclude(state=Version.State.ABANDONED):
        for each in version.read_terms().escalation.positions:
            if each.key == position:
                return each.party
    raise Refused(_("No version of this agreement has the position %s.") % position, "position")
