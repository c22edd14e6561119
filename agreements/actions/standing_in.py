"""What people agree beside a rotation: who takes the duty over, who swaps with whom, who is away."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts import nudge
from accounts.models import User
from accounts.notifications import notify
from agreements import duty, people, placing, rosters
from agreements.locking import locked
from agreements.models import Absence, Duty, Roster, Turn
from agreements.signing import Refused
from records import audit

LONGEST = timedelta(days=366)
DAY = timedelta(days=1)


@transaction.atomic
def take_over(
    roster: Roster, *, user: User, starts_at: datetime, ends_at: datetime, note: str, actor: User, at: datetime
) -> Duty:
    """Put a person on duty for a span, whatever the rotation says; what of it is over does not count.

    Whoever had the duty, and whoever gets it, are told. Raises Refused: nothing of the span is to come, more than
    a year, or a person of another house.
    """
    roster, starts_at = placing.lock_roster(roster), max(starts_at, at)
    if ends_at <= starts_at:
        raise Refused(_("It must end later than it begins, and not in the past."), "ends_at")
    if ends_at - starts_at > LONGEST:
        raise Refused(_("Take a year at most."), "ends_at")
    if user not in people.members(roster.organisation, at=at):
        words = {"person": user, "organisation": roster.organisation}
        raise Refused(_("%(person)s does not belong to %(organisation)s.") % words, "user")
    before = rosters.computed([roster], starts_at, ends_at)[roster.pk]
    made = _agree(roster, user, starts_at, ends_at, note, actor, at)
    _tell([user, *(turn.user for turn in before)], made, actor, at)
    return made


@transaction.atomic
def swap_turns(
    roster: Roster, *, first: tuple[datetime, int], second: tuple[datetime, int], actor: User, at: datetime
) -> tuple[Duty, Duty]:
    """Let the people of two turns that run or are to come take each other's; each is named by its end and person.

    So a second press swaps nothing back. Raises Refused when no such turn ends there any more, or both are of one.
    """
    roster = placing.lock_roster(roster)
    found = {turn.ends_at: turn for turn in rosters.computed([roster], at, at + rosters.FAR)[roster.pk]}
    one, other = _still(found, *first), _still(found, *second)
    if one.user is None or other.user is None or one.user == other.user:
        raise Refused(_("Both turns are of one person."), "second")
    note = _("swapped")
    made = (
        _agree(roster, other.user, one.starts_at, one.ends_at, note, actor, at),
        _agree(roster, one.user, other.starts_at, other.ends_at, note, actor, at),
    )
    for each in made:
        _tell([one.user, other.user], each, actor, at)
    return made


def _still(found: dict[datetime, Turn], end: datetime, person: int) -> Turn:
    turn = found.get(end)
    if turn is None or turn.user_id != person:
        raise Refused(_("Somebody was faster: the roster has changed. Choose the turns again."), "second")
    return turn


@transaction.atomic
def take_back_duty(given: Duty, *, actor: User, at: datetime) -> Duty:
    """Let the rotation count again, from now on. Raises Refused when it is over or was taken back."""
    roster = placing.lock_roster(given.roster)
    found = Duty.objects.after(at).filter(pk=given.pk, taken_back_at=None).select_related("user", "roster").first()
    if found is None:
        raise Refused(_("This is over, or was taken back."))
    found.taken_back_at = at
    found.save(update_fields=["taken_back_at"])
    audit.record("duty.taken_back", roster, actor=actor, at=at, duty=found.pk, person=found.user_id)
    placing.index_roster(roster, at)
    _tell([found.user], found, actor, at)
    return found


@transaction.atomic
def note_absence(user: User, *, first_day: date, last_day: date, actor: User, at: datetime) -> Absence:
    """A person is away from the first to the last day, both whole, in their own time zone.

    Raises Refused when the last day is over or before the first, and for more than a year.
    """
    starts_at = max(at, duty.instant(user.timezone, first_day, time()))
    ends_at = duty.instant(user.timezone, last_day + DAY, time())
    if last_day < first_day or ends_at <= starts_at:
        raise Refused(_("The last day must not lie before the first, nor in the past."), "last_day")
    if ends_at - starts_at > LONGEST:
        raise Refused(_("Take a year at most."), "last_day")
    made = Absence.objects.create(user=user, starts_at=starts_at, ends_at=ends_at, by=actor, at=at)
    _settle_rosters_of(user, at)
    audit.record("absence.noted", made, actor=actor, at=at, person=user.pk, starts_at=starts_at.isoformat(),
                 ends_at=ends_at.isoformat())
    return made


@transaction.atomic
def take_back_absence(absence: Absence, *, actor: User, at: datetime) -> Absence:
    """They are there again, from now on. Raises Refused when it is over or was taken back."""
    found = Absence.objects.select_for_update().after(at).filter(pk=absence.pk, taken_back_at=None).first()
    if found is None:
        raise Refused(_("This is over, or was taken back."))
    found.taken_back_at = at
    found.save(update_fields=["taken_back_at"])
    _settle_rosters_of(found.user, at)
    audit.record("absence.taken_back", found, actor=actor, at=at, person=found.user_id)
    return found


def _settle_rosters_of(user: User, at: datetime) -> None:
    named = Roster.objects.filter(ended_at=None, rotations__seats__user=user)
    named |= Roster.objects.filter(ended_at=None, duties__user=user)
    for pk in sorted(set(named.values_list("pk", flat=True))):
        placing.index_roster(locked(Roster.objects.all(), pk), at)


def watch_rosters(*, now: datetime) -> int:
    """Write down the turns ahead, and warn who plans a roster that holds a position of a gap within two weeks, once.

    Also lets go who left the rotations meanwhile. Returns how many gaps were told. Safe to run twice, or twice at once.
    """
    return sum(_watch(roster, now) for roster in Roster.objects.filter(ended_at=None).order_by("pk"))


@transaction.atomic
def _watch(roster: Roster, now: datetime) -> int:
    roster = locked(Roster.objects.select_related("organisation"), roster.pk)
    placing.index_roster(roster, now)
    if not roster.held.filter(until=None).exists():
        return 0
    gaps = roster.turns.filter(user=None, ends_at__gt=now, starts_at__lt=now + rosters.SOON)
    return sum(_warn(roster, gap, now) for gap in gaps)


def _warn(roster: Roster, gap: Turn, now: datetime) -> bool:
    # A gap is known by its end: its beginning moves where somebody fills a part of it.
    key = f"roster:{roster.pk}:gap:{gap.ends_at.isoformat()}"
    said = {"roster": roster.name, "from": _moment(gap.starts_at, roster), "until": _moment(gap.ends_at, roster)}
    fresh = notify(
        rosters.planners(roster, now), key=key, url=roster.get_absolute_url(), at=now,
        title=_("Nobody is on duty: %(roster)s, %(from)s") % said,
        text=_("From %(from)s until %(until)s nobody is there. Levels of an escalation that would tell this"
               " roster tell nobody then and go on to the next.") % said,
    )
    if fresh:
        audit.record("roster.gap_warned", roster, actor=None, at=now, until=gap.ends_at.isoformat())
        nudge.engine("accounts.deliver")
    return bool(fresh)


def _agree(
    roster: Roster, user: User, starts_at: datetime, ends_at: datetime, note: str, actor: User, at: datetime
) -> Duty:
    made = Duty.objects.create(
        roster=roster, user=user, starts_at=starts_at, ends_at=ends_at, note=note.strip()[:200], by=actor, at=at
    )
    audit.record("duty.agreed", roster, actor=actor, at=at, duty=made.pk, person=user.pk, name=user.name,
                 starts_at=starts_at.isoformat(), ends_at=ends_at.isoformat(), note=made.note)
    placing.index_roster(roster, at)
    return made


def _tell(who: list[User | None], given: Duty, actor: User, at: datetime) -> None:
    told = {person.pk: person for person in who if person is not None and person != actor}
    said: dict[str, Any] = {
        "name": given.user.name, "roster": given.roster.name, "from": _moment(given.starts_at, given.roster),
        "until": _moment(given.ends, given.roster), "by": actor.name,
    }
    text = _("%(by)s changed it: %(name)s has the duty from %(from)s until %(until)s.")
    if given.taken_back_at:
        text = _("%(by)s took it back: %(name)s had the duty from %(from)s; the rotation counts again.")
    notify(told.values(), key=f"duty:{given.pk}:{at.isoformat()}", title=_("The roster %(roster)s changed") % said,
           text=text % said, url=reverse("agreements:roster", args=[given.roster_id]), at=at)
    nudge.engine("accounts.deliver")


def _moment(at: datetime, roster: Roster) -> str:
    return date_format(localtime(at, ZoneInfo(roster.timezone)), "D j M, H:i T")
