"""What a matrix would do: the ladder of something missed at a moment that nobody acknowledges.

It is climbed by the engine's own `ladder`, with the agreed maintenance that lies ahead and the people of today.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts import quiet
from accounts.models import User
from agreements.models import Agreement
from agreements.people import holders_of
from agreements.terms import Level, Terms
from incidents import ladder, maintenance, telling
from incidents.display import delay, position_names
from incidents.ladder import Matrix, Rests, Rung
from incidents.maintenance import Rest


def run(agreement: Agreement, terms: Terms, start: datetime, user: User, now: datetime) -> dict[str, Any]:
    """Timeline entries of the dry run, or the sentence that says why there are none ("problem")."""
    matrix = ladder.read(ladder.freeze(terms))
    holders = holders_of(agreement, now)
    rests = _ahead(agreement, start)
    nobody = {each.level for each in matrix.levels if not holders.keys() & set(each.positions)}
    try:
        rungs = list(climb(matrix, start, [(rest.lo, rest.hi) for rest in rests], nobody))
    except ValueError as error:
        return {"entries": [], "problem": str(error)}
    if not rungs:
        return {"entries": [], "problem": _("The escalation matrix has no level yet.")}
    entries = [_resting(rest) for rest in rests if rest.lo <= rungs[-1].due_at]
    for index, rung in enumerate(rungs):
        people = position_names(matrix, rung.level, holders, user)
        entries.append(_entry(matrix, rung, people, _notes(matrix, rung, holders, agreement, first=index == 0)))
    return {"problem": "", "entries": sorted(entries, key=lambda entry: entry["at"])}


def climb(matrix: Matrix, start: datetime, rests: Rests, nobody: Collection[int]) -> Iterator[Rung]:
    """The ladder that nobody acknowledges, when nobody holds a position of the levels `nobody`. Raises ValueError."""
    ahead = ladder.plan(matrix, start, rests)
    while ahead:
        here, *ahead = ahead
        yield here
        if ahead and (due_at := ladder.following(here, ahead[0], reached=here.number not in nobody)) != ahead[0].due_at:
            again = ladder.onward(matrix, ahead[0].number, due_at, laps=matrix.repeats - here.lap, rests=rests)
            ahead = [replace(rung, lap=rung.lap + here.lap) for rung in again]


def _ahead(agreement: Agreement, start: datetime) -> list[Rest]:
    """The maintenance of any KPI from `start` on."""
    known = maintenance.windows([agreement.pk], start).get(agreement.pk, [])
    return maintenance.joined(replace(rest, lo=max(rest.lo, start)) for rest in known)


def _resting(rest: Rest) -> dict[str, Any]:
    said = {"until": _moment(rest.hi), "why": rest.why}
    return {
        "at": rest.lo,
        "icon": "player-pause",
        "tone": "mute",
        "text": _("The ladder of a KPI in maintenance rests until %(until)s") % said,
        "note": _("%(why)s. What is left of a level's time counts from then.") % said,
    }


def _entry(matrix: Matrix, rung: Rung, people: str, notes: list[str]) -> dict[str, Any]:
    text = _("%(level)s: %(people)s") % {"level": rung.level.name, "people": people}
    if rung.lap:
        again = _("Repetition %(lap)d of %(laps)d") % {"lap": rung.lap, "laps": matrix.repeats}
        text = f"{again}, {text}"
    first = rung.number == matrix.levels[0].level
    icon, tone = ("bell-ringing", "bad") if first else ("stairs-up", "warn")
    return {"at": rung.due_at, "icon": icon, "tone": tone, "text": text, "note": " ".join(notes)}


def _notes(
    matrix: Matrix, rung: Rung, holders: telling.Holders, agreement: Agreement, *, first: bool
) -> list[str]:
    people = {holders[key] for key in rung.level.positions if key in holders}
    notes = [f"{_when(matrix, rung, first=first)}."]
    if not people:
        said = _("Nobody can be reached: the next level is told at once, and %s is told why.")
        notes.append(said % agreement.owner.name)
    notes += [said for person in sorted(people, key=lambda each: each.name) if (said := _quiet(person, rung))]
    return notes


def _quiet(person: User, rung: Rung) -> str:
    """What a person's quiet hours do to the mail of a level."""
    ends = quiet.ends(rung.due_at, person.timezone, person.quiet_from, person.quiet_until)
    if ends is None:
        return ""
    if rung.level.critical:
        return _("%s is mailed in the quiet hours too: the level is critical.") % person.name
    said = {"name": person.name, "until": _moment(ends)}
    return _("The mail to %(name)s waits for the end of the quiet hours, %(until)s; the inbox has it at once.") % said


def _moment(at: datetime) -> str:
    return date_format(localtime(at), "D j M, H:i")


def _when(matrix: Matrix, rung: Rung, *, first: bool) -> str:
    said = _after(matrix, rung, first=first)
    level = rung.level
    if level.ack_seconds is None:
        return said
    within = delay(matrix, level.ack_seconds, level.clock)
    return _("%(said)s; who acknowledges has %(time)s for the outcome") % {"said": said, "time": within}


def _after(matrix: Matrix, rung: Rung, *, first: bool) -> str:
    level: Level = rung.level
    if rung.lap and level == matrix.levels[0]:
        last = matrix.levels[-1]
        return _("Nobody acknowledged for %s") % delay(matrix, matrix.repeat_seconds, last.clock)
    after = delay(matrix, level.after_seconds, level.clock)
    if level.after_seconds == 0:
        return _("Told at once")
    if first:
        return _("Told %(time)s after the breach is seen") % {"time": after}
    return _("If nobody acknowledges within %(time)s") % {"time": after}
