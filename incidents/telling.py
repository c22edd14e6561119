"""Who is told by a step of a run, and in which words."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.notifications import notify
from agreements.models import Agreement, PositionHolder
from incidents.ladder import Matrix, Rung, onward
from incidents.models import Breach, Run, Step


def group(run: Run) -> str:
    """The key under which an act cancels the messages of a run."""
    return f"run:{run.pk}"


def breach_group(breach: Breach) -> str:
    """The key of messages about what people did with a breach; an acknowledgement leaves them alone."""
    return f"breach:{breach.pk}"


def tell(step: Step, matrix: Matrix, passed: list[Rung], now: datetime) -> list[dict]:
    """Tell who holds the positions of the step's level now, each once; returns them as ids, names, positions.

    Holders of levels passed during a stop are told in the same words. When nobody holds a position of the
    level, the agreement's owner is told that.
    """
    level = matrix.level(step.level)
    holders = holders_of(step.run.agreement, now)
    told = {holder: title for key, holder, title in _of(matrix, holders, level.positions if level else [])}
    late = {holder for rung in passed for _key, holder, _title in _of(matrix, holders, rung.level.positions)}
    words = _words(step, matrix, passed)
    key = f"run:{step.run_id}:{step.level}:{step.round}"
    critical = level.critical if level else True
    _notify(step, told, key=key, critical=critical, at=now, **words)
    _notify(step, late - told.keys(), key=f"{key}:passed", critical=critical, at=now, **words)
    if not told:
        _notify(step, [step.run.agreement.owner], key=f"{key}:nobody", critical=True, at=now,
                **_nobody(step, level.name if level else ""))
    return [{"id": person.pk, "name": person.name, "position": title} for person, title in told.items()]


def told_so_far(run: Run) -> set[int]:
    """The ids of everybody whom a level of this run has told."""
    return {person["id"] for step in run.steps.filter(state=Step.State.FIRED) for person in step.told}


def holders_of(agreement: Agreement, now: datetime) -> dict[str, User]:
    """Who holds each position now: active people only."""
    current = PositionHolder.objects.filter(
        Q(until=None) | Q(until__gt=now), agreement=agreement, since__lte=now, user__is_active=True
    ).select_related("user")
    return {holder.position: holder.user for holder in current}


def _of(matrix: Matrix, holders: dict[str, User], positions: list[str]) -> list[tuple[str, User, str]]:
    return [(key, holders[key], matrix.positions[key].title) for key in positions if key in holders]


def _notify(step, people, *, key, title, text, critical, at):
    run = step.run
    notify(people, key=key, title=title[:200], text=text, url=run.breach.get_absolute_url(), at=at,
           scope=run.agreement.reference, group=group(run), critical=critical)


def _words(step: Step, matrix: Matrix, passed: list[Rung]) -> dict[str, str]:
    breach, level = step.run.breach, matrix.level(step.level)
    said = [_("%(breach)s. Please acknowledge it: that stops the escalation and makes you its owner.")
            % {"breach": breach.title}]
    if passed:
        names = ", ".join(rung.level.name for rung in passed)
        said.append(_("Passed while the portal stood still: %(levels)s.") % {"levels": names})
    said.append(_deadline(step, matrix))
    title = _("%(number)s, %(level)s: %(title)s") % {
        "number": breach.number, "level": level.name if level else step.level, "title": breach.title
    }
    return {"title": title, "text": "\n\n".join(said)}


def _deadline(step: Step, matrix: Matrix) -> str:
    above = onward(matrix, step.level, step.due_at)[1:]
    if not above:
        return _("This is the last level of the escalation matrix.")
    zone = step.run.matrix["timezone"]
    by = date_format(above[0].due_at.astimezone(ZoneInfo(zone)), "D j M Y, H:i")
    return _("If nobody acknowledges it by %(time)s (%(zone)s), it goes on to: %(level)s.") % {
        "time": by, "zone": zone, "level": above[0].level.name
    }


def _nobody(step: Step, level: str) -> dict[str, str]:
    breach = step.run.breach
    said = _("%(breach)s. No active person holds a position of this level. Name somebody for it on the"
             " agreement's page of people.") % {"breach": breach.title}
    if step.level < step.run.top:
        said = f"{said}\n\n{_('The next level is told at once.')}"
    title = _("%(number)s: nobody could be told at %(level)s") % {
        "number": breach.number, "level": level or _("level %(level)s") % {"level": step.level}
    }
    return {"title": title, "text": said}
