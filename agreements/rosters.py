"""Duty rosters as rows -> plans that duty.py reads, and what is said of them on pages and by the API."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from django.db.models import Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Role, User
from agreements import duty
from agreements.businesstime import Calendar
from agreements.models import Absence, Duty, Roster, Rotation, Seat, Turn

FAR = timedelta(days=100)  # how far ahead turns are written down
AHEAD = timedelta(days=95)  # and how far they reach at least, where the sweep runs
SOON = timedelta(days=14)  # a gap that begins within it is warned of
ENDED = _("This roster has ended.")
PLANNERS = (Role.MANAGER, Role.ESCALATION, Role.CLIENT)  # as rules.can_plan_duty


@dataclass(frozen=True)
class Loaded:
    """Plans by the id of their roster, and the people whom they name."""

    plans: Mapping[int, duty.Plan]
    people: Mapping[int, User]


def load(rosters: Iterable[Roster], start: datetime, end: datetime) -> Loaded:
    """The plan of each roster as far as it matters in [start, end]: three queries, whatever their number."""
    known = {roster.pk: roster for roster in rosters}
    seats, stints = _seats(known, start, end), _stints(known, start, end)
    people = {seat.user_id: seat.user for seat in seats} | {each.user_id: each.user for each in stints}
    houses = {roster.organisation_id for roster in known.values()}
    present, away = _spans(houses, people, start, end)
    rotations, agreed = _rotations(seats, known), defaultdict(list)
    for each in stints:
        agreed[each.roster_id].append(duty.Stint(each.user_id, each.starts_at, each.ends))
    plans = {
        pk: duty.Plan(
            roster.timezone, tuple(rotations[pk]), tuple(agreed[pk]), present[roster.organisation_id], away
        )
        for pk, roster in known.items()
    }
    return Loaded(plans, people)


def turns(rosters: Iterable[Roster], start: datetime, end: datetime) -> dict[int, list[Turn]]:
    """Who is on duty in each roster over [start, end), by its id: turns that touch, the first begun at `start`
    or before, the last over at `end` or later. One query, and three more where the rows do not reach so far."""
    known = {roster.pk: roster for roster in rosters}
    found: dict[int, list[Turn]] = {pk: [] for pk in known}
    rows = Turn.objects.filter(roster__in=known, ends_at__gt=start, starts_at__lt=end).select_related("user")
    for row in rows.order_by("roster", "starts_at"):
        found[row.roster_id].append(row)
    short = [pk for pk, each in found.items() if not each or each[0].starts_at > start or each[-1].ends_at < end]
    return found | (computed([known[pk] for pk in short], start, end) if short else {})


def computed(rosters: Iterable[Roster], start: datetime, end: datetime) -> dict[int, list[Turn]]:
    """The same, worked out anew: three queries."""
    loaded = load(rosters, start, end)
    return {
        pk: [
            Turn(roster_id=pk, starts_at=each.start, ends_at=each.end, why=each.why,
                 user=loaded.people[each.person] if each.person is not None else None)
            for each in duty.segments(plan, start, end)
        ]
        for pk, plan in loaded.plans.items()
    }


def settle(roster: Roster, at: datetime) -> None:
    """Write the turns of a locked roster from an instant on; those before it stay as they were."""
    (fresh,) = computed([roster], at, at + FAR).values()
    known = list(Turn.objects.filter(roster=roster, ends_at__gt=at))
    if known and known[-1].ends_at > at + AHEAD and _said(known, at) == _said(fresh, at):
        return
    Turn.objects.filter(roster=roster, starts_at__gte=at).delete()
    running = known[0] if known and known[0].starts_at < at else None
    if running is not None:
        same = (running.user, running.why) == (fresh[0].user, fresh[0].why)
        running.ends_at = fresh.pop(0).ends_at if same else at
        running.save(update_fields=["ends_at"])
    Turn.objects.bulk_create(fresh)


def _said(turns: Iterable[Turn], at: datetime) -> list[tuple]:
    """What turns say of the time ahead: two lists differ where somebody else is on duty, or from another moment on."""
    soon = [each for each in turns if each.starts_at < at + AHEAD]
    return [(max(each.starts_at, at), each.user_id, each.why) for each in soon]


def next_gap(turns: Iterable[Turn], at: datetime) -> Turn | None:
    """The first time, begun or to begin within two weeks, when nobody is on duty."""
    return next((turn for turn in turns if turn.user_id is None and turn.starts_at < at + SOON), None)


def people_of(roster: Roster, at: datetime) -> set[int]:
    """The ids of everybody whom a roster may name from an instant on."""
    current = Rotation.objects.filter(roster=roster).exclude(until__lte=at)
    seats = current.values_list("seats__user", flat=True)
    return {pk for pk in seats if pk} | set(roster.duties.after(at).values_list("user", flat=True))


def planners(roster: Roster, at: datetime) -> list[User]:
    """Who plans a roster: the managers, escalation points and client's people of its organisation."""
    current = Membership.objects.current(at).filter(organisation=roster.organisation_id, role__in=PLANNERS)
    return list(User.objects.filter(is_active=True, pk__in=current.values("user")).order_by("name", "pk"))


def _seats(known: Collection[int], start: datetime, end: datetime) -> list[Seat]:
    seats = Seat.objects.filter(rotation__roster__in=known, rotation__since__lte=end)
    seats = seats.exclude(rotation__until__lte=start).select_related("rotation", "user")
    return list(seats.order_by("-rotation_id", "place"))


def _rotations(seats: Iterable[Seat], known: Mapping[int, Roster]) -> Mapping[int, list[duty.Rotation]]:
    found: dict[int, list[duty.Rotation]] = defaultdict(list)
    for row, places in groupby(seats, key=lambda seat: seat.rotation):
        people = tuple(seat.user_id for seat in places)
        calendar = hours(row.schedule, known[row.roster_id])
        found[row.roster_id].append(
            duty.Rotation(people, row.starts_on, row.handover, row.days, row.since, row.until, calendar)
        )
    return found


def hours(schedule: Mapping[str, list], roster: Roster) -> Calendar | None:
    """The weekly hours of a rotation; None: day and night."""
    return Calendar.from_dict({"timezone": roster.timezone, "schedule": schedule}) if schedule else None


def _stints(known: Collection[int], start: datetime, end: datetime) -> list[Duty]:
    found = Duty.objects.after(start).filter(roster__in=known, starts_at__lte=end)
    return list(found.select_related("user").order_by("-pk"))


def _spans(
    houses: Collection[int], people: Collection[int], start: datetime, end: datetime
) -> tuple[Mapping[int, dict[int, tuple]], dict[int, tuple]]:
    """When each active person belongs to a house in any role (by house and person), and when each is away."""
    inside = Membership.objects.filter(organisation__in=houses, user__in=people, user__is_active=True)
    away = Absence.objects.after(start).filter(user__in=people, starts_at__lte=end).order_by()
    rows = inside.values_list("organisation", "user", "since", "until").union(
        away.annotate(nowhere=Value(0), over=Coalesce("taken_back_at", "ends_at"))
        .values_list("nowhere", "user", "starts_at", "over"),
        all=True,
    )
    present: dict[int, dict[int, tuple]] = defaultdict(lambda: defaultdict(tuple))
    for house, person, since, until in rows:
        present[house][person] = (*present[house][person], (since, until or end + FAR))
    return present, present.pop(0, {})
