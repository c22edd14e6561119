"""Who holds positions -> the index of named persons that visibility and grants read."""

from collections.abc import Iterable
from datetime import datetime

from agreements import rosters
from agreements.locking import locked
from agreements.models import Agreement, Involvement, PositionHolder, Roster
from agreements.signing import Refused

POSITION = Involvement.Capacity.POSITION


def lock_roster(roster: Roster) -> Roster:
    """The roster as it is now, locked. Raises Refused once it has ended."""
    found = locked(Roster.objects.select_related("organisation"), roster.pk)
    if found.ended_at is not None:
        raise Refused(rosters.ENDED)
    return found


def index_roster(roster: Roster, at: datetime) -> None:
    """Write down the turns of a locked roster, and name everybody whom it may name from now on in its agreements."""
    rosters.settle(roster, at)
    held = PositionHolder.objects.filter(roster=roster, until=None).values("agreement")
    for agreement in Agreement.objects.select_for_update().filter(pk__in=held).order_by("pk"):
        index(agreement, at)


def index(agreement: Agreement, at: datetime) -> None:
    """Name who holds a position of the agreement, and nobody else: who holds none no longer sees it by one."""
    held = list(agreement.holders.filter(until=None).select_related("roster"))
    people = {holder.user_id for holder in held if holder.user_id}
    for roster in _rosters(held):
        people |= rosters.people_of(roster, at)
    named = Involvement.objects.filter(agreement=agreement, capacity=POSITION)
    named.exclude(user__in=people).delete()
    Involvement.objects.bulk_create(
        [Involvement(agreement=agreement, user_id=pk, capacity=POSITION) for pk in sorted(people)],
        ignore_conflicts=True,
    )


def _rosters(held: Iterable[PositionHolder]) -> list[Roster]:
    return list({holder.roster.pk: holder.roster for holder in held if holder.roster is not None}.values())
