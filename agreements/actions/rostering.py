"""Duty rosters: who is on duty when. What they say of the past is never changed."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import Organisation, User
from agreements import duty, people, placing, rosters
from agreements.models import Roster, Rotation, Seat
from agreements.signing import Refused
from records import audit

LONGEST_TURN = 92  # days


@transaction.atomic
def create_roster(organisation: Organisation, *, name: str, timezone: str, actor: User, at: datetime) -> Roster:
    """Begin a roster of an organisation. Raises Refused ("name") without a name, or for one that is taken."""
    if not name.strip():
        raise Refused(_("Give the roster a name."), "name")
    try:
        with transaction.atomic():
            made = Roster.objects.create(
                organisation=organisation, name=name.strip()[:80], timezone=timezone, created_at=at
            )
    except IntegrityError as error:
        raise Refused(_("%s has a roster of this name.") % organisation, "name") from error
    _record("roster.created", made, actor, at, name=made.name, timezone=timezone, organisation=organisation.name)
    return made


@transaction.atomic
def end_roster(roster: Roster, *, actor: User, at: datetime) -> Roster:
    """End it for good. Raises Refused while it holds a position, and when it was ended."""
    roster = placing.lock_roster(roster)
    held = roster.held.filter(until=None).select_related("agreement").first()
    if held is not None:
        raise Refused(_("It holds a position of %s: name somebody else there first.") % held.agreement.reference)
    roster.ended_at = at
    roster.save(update_fields=["ended_at"])
    _record("roster.ended", roster, actor, at, name=roster.name)
    return roster


@transaction.atomic
def add_rotation(
    roster: Roster,
    *,
    people_in_order: Sequence[User],
    days: int,
    starts_on: date,
    handover: time,
    schedule: Mapping[str, list],
    replaces: Rotation | None,
    actor: User,
    at: datetime,
) -> Rotation:
    """Pass the duty on among people, each for so many local days from `starts_on`, at a local time.

    `schedule` are weekly hours as in the terms (empty: day and night). It counts from its first handover, or from
    now where that is over, and goes before older rotations; one that it `replaces` ends as it begins.
    Raises Refused: nobody, somebody of another house, a turn that is not 1 to 92 days, hours that cannot be read.
    """
    roster = placing.lock_roster(roster)
    _check_people(roster, people_in_order, at)
    if not 1 <= days <= LONGEST_TURN:
        raise Refused(_("Take 1 to %d days.") % LONGEST_TURN, "days")
    try:
        rosters.hours(schedule, roster)
    except ValueError as error:
        raise Refused(_("These hours cannot be read: %s") % error, "opens") from error
    since = max(at, duty.instant(roster.timezone, starts_on, handover))
    if replaces is not None:
        _end(roster, replaces, since)
    made = Rotation.objects.create(
        roster=roster, starts_on=starts_on, handover=handover, days=days, schedule=dict(schedule), since=since
    )
    Seat.objects.bulk_create(Seat(rotation=made, place=n, user=user) for n, user in enumerate(people_in_order))
    _record("roster.rotation_added", roster, actor, at, rotation=made.pk, since=since.isoformat(), days=days,
            people=[user.pk for user in people_in_order], names=[user.name for user in people_in_order],
            replaces=replaces.pk if replaces else None)
    placing.index_roster(roster, at)
    return made


@transaction.atomic
def end_rotation(rotation: Rotation, *, actor: User, at: datetime) -> Rotation:
    """End it now. Raises Refused when it has ended."""
    roster = placing.lock_roster(rotation.roster)
    rotation = _end(roster, rotation, at)
    _record("roster.rotation_ended", roster, actor, at, rotation=rotation.pk)
    placing.index_roster(roster, at)
    return rotation


def _end(roster: Roster, rotation: Rotation, at: datetime) -> Rotation:
    found = Rotation.objects.filter(roster=roster, pk=rotation.pk).exclude(until__lte=at).first()
    if found is None:
        raise Refused(_("This rotation has ended."), "replaces")
    found.until = at
    found.save(update_fields=["until"])
    return found


def _check_people(roster: Roster, named: Sequence[User], at: datetime) -> None:
    if not named:
        raise Refused(_("Name at least one person."), "people")
    inside = people.members(roster.organisation, at=at)
    for user in named:
        if user not in inside:
            words = {"person": user, "organisation": roster.organisation}
            raise Refused(_("%(person)s does not belong to %(organisation)s.") % words, "people")


def _record(verb: str, roster: Roster, actor: User | None, at: datetime, **data: Any) -> None:
    audit.record(verb, roster, actor=actor, at=at, **data)
