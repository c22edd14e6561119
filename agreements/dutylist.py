"""What the pages of duty rosters say: who is on duty now, who comes next, where nobody is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from agreements import duty, rosters
from agreements.models import Agreement, Duty, PositionHolder, Roster, Rotation, Turn
from agreements.openinghours import WEEKDAYS
from agreements.rosters import AHEAD

WHY = {
    duty.TURN: "", duty.STAND_IN: gettext_lazy("stands in: who would have the turn is away"),
    duty.AGREED: gettext_lazy("as agreed"), duty.NOBODY: gettext_lazy("nobody is there"),
}


@dataclass(frozen=True)
class Line:
    """A roster with who is on duty until when, who comes next, and the next gap."""

    roster: Roster
    now: Turn
    until: datetime | None  # None: no end in sight
    after: Turn | None
    gap: Turn | None


def lines(known: Iterable[Roster], now: datetime) -> list[Line]:
    """A line of each roster: two queries, whatever their number."""
    found = list(known)
    ahead = rosters.turns(found, now, now + AHEAD)
    return [line(roster, ahead[roster.pk], now) for roster in found]


def line(roster: Roster, turns: list[Turn], now: datetime) -> Line:
    """From the turns that begin with the one that runs."""
    after = turns[1] if len(turns) > 1 else None
    return Line(roster, turns[0], turns[0].ends_at if after else None, after, rosters.next_gap(turns, now))


def mine(user: User, now: datetime) -> list[Turn]:
    """The next duties of a person, from the one that runs on, with their whole spans: one query."""
    own = Turn.objects.filter(user=user, ends_at__gt=now, roster__ended_at=None).select_related("roster")
    return list(own.order_by("starts_at", "roster"))


def about(roster: Roster, turns: list[Turn], seen: QuerySet[Agreement], now: datetime) -> dict[str, Any]:
    """For templates/agreements/roster.html, with those agreements that the reader sees; the forms are the view's."""
    held = PositionHolder.objects.filter(roster=roster, until=None, agreement__in=seen).select_related("agreement")
    agreed = Duty.objects.after(now).filter(roster=roster, taken_back_at=None).select_related("user", "by")
    return {
        "roster": roster,
        "line": line(roster, turns, now),
        "turns": [{"turn": turn, "why": WHY[turn.why], "running": not n} for n, turn in enumerate(turns)],
        "gaps": [turn for turn in turns if turn.user is None],
        "rotations": [_rotation(each) for each in _current(roster, now)],
        "agreed": list(agreed),
        "agreements": sorted({each.agreement for each in held}, key=lambda agreement: agreement.reference),
    }


def _current(roster: Roster, now: datetime) -> Iterable[Rotation]:
    return roster.rotations.exclude(until__lte=now).prefetch_related("seats__user")


def _rotation(rotation: Rotation) -> dict[str, Any]:
    return {
        "rotation": rotation,
        "people": [seat.user for seat in rotation.seats.all()],
        "each": _("1 day") if rotation.days == 1 else _("%d days") % rotation.days,
        "hours": _hours(rotation.schedule),
    }


def _hours(schedule: dict[str, list]) -> str:
    """The weekly hours in words: "Mon, Tue 08:00–18:00"; all days of a rotation have the same."""
    if not schedule:
        return _("day and night")
    names = dict(zip(WEEKDAYS, _("Mon Tue Wed Thu Fri Sat Sun").split(), strict=True))
    ((opens, closes),) = next(iter(schedule.values()))
    days = ", ".join(names[day] for day in WEEKDAYS if day in schedule)
    # Hours over midnight close above 24:00 in the terms' form.
    hour, minute = map(int, closes.split(":"))
    return f"{days} {opens}–{hour - 24 if hour > 24 else hour:02}:{minute:02}"
