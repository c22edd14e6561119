"""What the pages show of a run: its ladder as levels with their people and times."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from agreements.terms import Level
from incidents import ladder
from incidents.ladder import Matrix
from incidents.models import Run, Step

HOUR, DAY = 3600, 86_400


@dataclass(frozen=True)
class Rung:
    """A level in the form that components/ladder.html takes."""

    name: str
    state: str  # past | now | next
    people: str
    note: str = ""
    at: datetime | None = None
    until: datetime | None = None
    lead: str = ""
    share: int = 0
    hint: str = ""


def span(seconds: int) -> str:
    """A delay in words: "4 h", "1 h 30 min", "3 days"."""
    if seconds and seconds % DAY == 0:
        return ngettext("%(days)d day", "%(days)d days", seconds // DAY) % {"days": seconds // DAY}
    hours, minutes = divmod(seconds // 60, 60)
    if not minutes:
        return _("%(hours)d h") % {"hours": hours}
    if not hours:
        return _("%(minutes)d min") % {"minutes": minutes}
    return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}


def delay(matrix: Matrix, seconds: int, clock: str) -> str:
    """A delay with its clock: "4 h of Service desk", "4 h"."""
    if not clock or clock not in matrix.calendars:
        return span(seconds)
    name = matrix.calendars[clock]["name"]
    return _("%(time)s of %(calendar)s") % {"time": span(seconds), "calendar": name}


@dataclass(frozen=True)
class Standing:
    """A run with its matrix, its pending step and the newest step of each level."""

    run: Run
    matrix: Matrix
    pending: Step | None
    newest: Mapping[int, Step]
    planned: Mapping[int, datetime]

    @property
    def active(self) -> bool:
        return self.run.state == Run.State.ACTIVE


def standing(run: Run) -> Standing:
    """Where a run stands, from its prefetched steps."""
    matrix, steps = ladder.read(run.matrix), sorted(run.steps.all(), key=lambda step: step.round)
    waiting = [step for step in steps if step.state == Step.State.PENDING]
    notify = {step.level: step for step in steps if step.kind == Step.Kind.NOTIFY}
    ahead = next((step for step in waiting if step.kind == Step.Kind.NOTIFY), None)
    # A run that rests waits for the end of that first: its GO_ON step is the newer one.
    pending = waiting[-1] if waiting else None
    rungs = ladder.onward(matrix, ahead.level, _due(run, matrix, ahead, pending)) if ahead else []
    return Standing(run, matrix, pending, notify, {rung.number: rung.due_at for rung in rungs})


def _due(run: Run, matrix: Matrix, ahead: Step, pending: Step | None) -> datetime:
    """When a level is due, with the rest that is not over yet."""
    if run.suspended_at is None or pending is None:
        return ahead.due_at
    return ladder.moved(matrix, ahead.level, ahead.due_at, run.suspended_at, pending.due_at)


def rungs(run: Run, holders: Mapping[str, User], user: User, now: datetime) -> list[Rung]:
    """The ladder as it stands: who was told, who is next, and which clock runs."""
    where = standing(run)
    return [_rung(where, level, holders, user, now) for level in where.matrix.levels]


def _rung(where: Standing, level: Level, holders: Mapping[str, User], user: User, now: datetime) -> Rung:
    name = _("Level %(number)d, %(name)s") % {"number": level.level, "name": level.name}
    step = where.newest.get(level.level)
    if level.level > where.run.level:
        people, at = position_names(where.matrix, level, holders, user), where.planned.get(level.level)
        return Rung(name, "next", people, _waiting(where), at)
    people = told_names(step, user) if step else ""
    if level.level < where.run.level:
        return Rung(name, "past", people, _passed(step), step.fired_at if step else None)
    if where.run.state == Run.State.RESOLVED:
        return Rung(name, "past", people, _answer(where), step.fired_at if step else None)
    return _current(where, level, name, people or _("Nobody could be told"), step, now)


def told_names(step: Step, user: User) -> str:
    """The people a step told, as they were called then; the reader is "You"."""
    return ", ".join(_("You") if person["id"] == user.pk else person["name"] for person in step.told)


def _waiting(where: Standing) -> str:
    if where.active or where.run.state == Run.State.SUSPENDED:
        return ""
    if where.run.state == Run.State.RESOLVED or where.pending is None:
        return _("not needed")
    return _("only if the acknowledgement lapses")


def _answer(where: Standing) -> str:
    return _("told, acknowledged") if where.run.acknowledged_at else _("told")


def _passed(step: Step | None) -> str:
    if step is None:
        return ""
    if step.state == Step.State.COALESCED:
        return _("passed while the portal stood still")
    return _("told, no acknowledgement in time") if step.told else _("nobody held a position")


def _current(
    where: Standing, level: Level, name: str, people: str, step: Step | None, now: datetime
) -> Rung:
    told_at = step.fired_at if step else None
    if where.pending is None:
        hint = _("This is the last level.") if where.active else ""
        return Rung(name, "now", people, _answer(where), told_at, hint=hint)
    if where.active:
        lead = _("To level %(number)d in") % {"number": where.pending.level}
        since, hint = told_at or where.run.started_at, _hint(where.matrix, level)
    elif where.run.suspended_at is not None:
        lead, hint = _("Rests; goes on in"), _("What is left of the next level's time counts from then.")
        since = where.run.suspended_at
    else:
        lead, hint = _("Outcome due in"), _("Then the ladder goes on.")
        since = where.run.acknowledged_at or now
    gone = share(since, where.pending.due_at, now)
    return Rung(name, "now", people, _answer(where), told_at, where.pending.due_at, lead, gone, hint)


def _hint(matrix: Matrix, level: Level) -> str:
    stops = _("Acknowledging stops this clock.")
    if level.ack_seconds is None:
        return stops
    within = delay(matrix, level.ack_seconds, level.clock)
    return f"{stops} {_('A new one starts: outcome within %(time)s.') % {'time': within}}"


def share(since: datetime, until: datetime, now: datetime) -> int:
    """Percent of a span gone by, 0 to 100."""
    whole, gone = int((until - since).total_seconds()), int((now - since).total_seconds())
    return max(0, min(100, 100 * gone // whole)) if whole > 0 else 100


def position_names(matrix: Matrix, level: Level, holders: Mapping[str, User], user: User) -> str:
    """Who holds the positions of a level now, with their titles: "Priya Raman, Head of operations"."""
    said = []
    for key in level.positions:
        title = matrix.positions[key].title if key in matrix.positions else key
        holder = holders.get(key)
        if holder is None:
            said.append(_("nobody (%(title)s)") % {"title": title})
        elif holder == user:
            said.append(_("You, %(title)s") % {"title": title})
        else:
            said.append(f"{holder.name}, {title}")
    return " · ".join(said)
