"""Who stands behind a position or a role at a moment. People whose account is closed are left out."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import FilteredRelation, Q, QuerySet
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.models import Membership, Organisation, User
from agreements import rosters
from agreements.models import Agreement, PositionHolder, Roster, Turn

SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Held:
    """Who holds a position: a person, or whoever a roster names now (None: nobody), `until` their turn ends."""

    person: User | None
    roster: Roster | None = None
    until: datetime | None = None
    gap: Turn | None = None  # the next time, within two weeks, when nobody is on duty

    @property
    def name(self) -> str:
        return self.person.name if self.person else _("nobody on duty")

    @property
    def email(self) -> str:
        return self.person.email if self.person else ""

    @property
    def note(self) -> str:
        """By which roster, and until when."""
        if self.roster is None:
            return ""
        if self.until is None:
            return _("by the roster %s") % self.roster.name
        until = date_format(localtime(self.until), "D j M, H:i T")
        return _("by the roster %(roster)s, until %(time)s") % {"roster": self.roster.name, "time": until}


def holders(agreement: Agreement, position_keys: Iterable[str], at: datetime) -> list[User]:
    """The people who hold these positions of the matrix at a moment, in the order of the keys, each once."""
    held = holders_of(agreement, at)
    return list({held[key].pk: held[key] for key in position_keys if key in held}.values())


def holders_of(agreement: Agreement, at: datetime) -> dict[str, User]:
    """Who holds each position of the matrix at a moment; one that nobody holds is not there."""
    return holders_in([agreement.pk], at)[agreement.pk]


def holders_in(agreements: Collection[int], at: datetime) -> dict[int, dict[str, User]]:
    """The same for several agreements, by their ids: one query."""
    found: dict[int, dict[str, User]] = defaultdict(dict)
    for each in holding(PositionHolder.objects.filter(agreement__in=agreements), at):
        person = person_of(each, at)
        if person is not None:
            found[each.agreement_id][each.position] = person
    return found


def held_in(agreements: Collection[int], at: datetime) -> dict[int, dict[str, Held]]:
    """Who holds each position and, by a roster, until when and whether it has a gap: two queries."""
    held = list(holding(PositionHolder.objects.filter(agreement__in=agreements), at))
    named = {each.roster.pk: each.roster for each in held if each.roster is not None}
    ahead = rosters.turns(named.values(), at, at + rosters.SOON) if named else {}
    found: dict[int, dict[str, Held]] = defaultdict(dict)
    for each in held:
        found[each.agreement_id][each.position] = Held(each.user) if each.roster is None else _by(
            each.roster, ahead[each.roster.pk], at
        )
    return found


def holding(rows: QuerySet[PositionHolder], at: datetime) -> QuerySet[PositionHolder]:
    """Those of the rows that count at a moment, each with the `turn` of its roster that runs then."""
    current = rows.filter(Q(until=None) | Q(until__gt=at), since__lte=at)
    current = current.filter(Q(user__is_active=True) | Q(roster__isnull=False))
    now = Q(roster__turns__starts_at__lte=at, roster__turns__ends_at__gt=at)
    turn = FilteredRelation("roster__turns", condition=now)
    return current.annotate(turn=turn).select_related("user", "roster", "turn__user")


def person_of(holder: PositionHolder, at: datetime) -> User | None:
    """Who stands behind a row of `holding`. Turns are worked out where those written down do not reach so far."""
    if holder.roster is None:
        return holder.user
    turn = getattr(holder, "turn", None)  # without one Django sets nothing
    if turn is None:
        turn = rosters.turns([holder.roster], at, at + SECOND)[holder.roster.pk][0]
    return turn.user if turn.user and turn.user.is_active else None


def _by(roster: Roster, turns: list[Turn], at: datetime) -> Held:
    first = turns[0]
    until = first.ends_at if first.ends_at < at + rosters.AHEAD else None
    return Held(first.user, roster, until, rosters.next_gap(turns, at))


def members(organisation: Organisation, *roles: str, at: datetime) -> list[User]:
    """The people with one of these roles in an organisation at a moment (no role named: any), by name."""
    current = Membership.objects.current(at).filter(organisation=organisation)
    if roles:
        current = current.filter(role__in=roles)
    return list(User.objects.filter(is_active=True, pk__in=current.values("user")).order_by("name", "pk"))
