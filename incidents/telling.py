"""Who is told by a step of a run, and in which words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.notifications import TOKEN_MARK, Telling
from incidents import ladder, reply_to, subjects
from incidents.ladder import Matrix, Rung
from incidents.models import Breach, Run, Step

Holders = Mapping[str, User]


@dataclass(frozen=True)
class Told:
    """What a step says: to whom, and who of them holds a position of its level (ids, names, positions)."""

    tellings: list[Telling]
    people: list[dict]


def group(run: Run) -> str:
    """The key under which an act cancels the messages of a run, or of all runs that are told together."""
    return f"herd:{run.herd_id}" if run.herd_id else f"run:{run.pk}"


def key(step: Step) -> str:
    """The key of what a step says: runs that are told together say it once."""
    return f"{group(step.run)}:{step.level}:{step.round}"


def breach_group(breach: Breach) -> str:
    """The key of messages about what people did with a breach; an acknowledgement leaves them alone."""
    return f"breach:{breach.pk}"


def page(run: Run) -> str:
    """Where messages about a run lead: the page on which one acknowledges it."""
    if run.herd is not None:
        return run.herd.get_absolute_url()
    return run.url if run.breach_id or subjects.is_incident(run) else run.get_absolute_url()


def told(step: Step, matrix: Matrix, passed: list[Rung], holders: Holders, rests: ladder.Rests = ()) -> Told:
    """What a step tells the holders of its level's positions, each once.

    Holders of levels passed during a stop are told in the same words. When nobody holds a position of the
    level, the agreement's owner is told that.
    """
    level = matrix.level(step.level)
    now = {holder: title for _key, holder, title in _of(matrix, holders, level.positions if level else [])}
    late = {holder for rung in passed for _key, holder, _title in _of(matrix, holders, rung.level.positions)}
    words = _words(step, matrix, passed, rests) | {"url": page(step.run)}
    said_once = key(step)
    critical = level.critical if level else True
    said = [_telling(step, person, said_once, critical, words) for person in now]
    said += [_telling(step, person, f"{said_once}:passed", critical, words) for person in late - now.keys()]
    if not now:
        nobody = words | _nobody(step, level.name if level else "")
        said.append(_telling(step, step.run.agreement.owner, f"{said_once}:nobody", True, nobody))
    people = [{"id": person.pk, "name": person.name, "position": title} for person, title in now.items()]
    return Told(said, people)


def told_so_far(run: Run) -> set[int]:
    """The ids of everybody whom a level of this run has told."""
    return {person["id"] for step in run.steps.filter(state=Step.State.FIRED) for person in step.told}


def _of(matrix: Matrix, holders: Holders, positions: Iterable[str]) -> list[tuple[str, User, str]]:
    return [(key, holders[key], matrix.positions[key].title) for key in positions if key in holders]


def _telling(step: Step, person: User, key: str, critical: bool, words: Mapping[str, str]) -> Telling:
    run = step.run
    return Telling(
        person, key, words["title"][:200], words["text"], words["url"], scope=run.agreement.reference, group=group(run),
        critical=critical, daily=False,
        # A link acknowledges one run; those of a herd are acknowledged on their page.
        link="" if run.herd_id else f"/acknowledge/{TOKEN_MARK}/",
        reply_to=_answers(run),
        link_words=_("Acknowledge without signing in (works once, for 7 days):"),
    )


def _answers(run: Run) -> str:
    """Where an answer goes: to the talk about the breach or incident, where mails come in."""
    takes = run.herd_id is None and (run.breach_id is not None or subjects.is_incident(run))
    return reply_to.reply_address(run.number) if takes else ""


def _words(step: Step, matrix: Matrix, passed: list[Rung], rests: ladder.Rests) -> dict[str, str]:
    run, level = step.run, matrix.level(step.level)
    about, number = (run.herd.title, "") if run.herd is not None else (run.title, run.number)
    said = [_("%(subject)s. Please acknowledge it: that stops the escalation and makes you its owner.")
            % {"subject": about}]
    if passed:
        names = ", ".join(dict.fromkeys(rung.level.name for rung in passed))
        said.append(_("Passed while the portal stood still: %(levels)s.") % {"levels": names})
    if run.laps:
        said.append(_("Nobody acknowledged it so far, so the ladder is climbed again (repetition %(lap)d of %(laps)d).")
                    % {"lap": run.laps, "laps": matrix.repeats})
    said.append(_deadline(step, matrix, rests))
    title = _("%(subject)s, %(level)s: %(title)s") % {
        "subject": number or run.agreement.reference, "level": level.name if level else step.level, "title": about,
    }
    return {"title": title, "text": "\n\n".join(said)}


def _deadline(step: Step, matrix: Matrix, rests: ladder.Rests) -> str:
    ahead = ladder.onward(matrix, step.level, step.due_at, laps=matrix.repeats - step.run.laps, rests=rests)[1:]
    if not ahead:
        return _("This is the last level of the escalation matrix.")
    zone = step.run.matrix["timezone"]
    by = date_format(ahead[0].due_at.astimezone(ZoneInfo(zone)), "D j M Y, H:i")
    return _("If nobody acknowledges it by %(time)s (%(zone)s), it goes on to: %(level)s.") % {
        "time": by, "zone": zone, "level": ahead[0].level.name
    }


def _nobody(step: Step, level: str) -> dict[str, str]:
    run = step.run
    said = _("%(subject)s. No active person holds a position of this level. Name somebody for it on the"
             " agreement's page of people.") % {"subject": run.title}
    if step.level < run.top:
        said = f"{said}\n\n{_('The next level is told at once.')}"
    title = _("%(subject)s: nobody could be told at %(level)s") % {
        "subject": run.number or run.agreement.reference,
        "level": level or _("level %(level)s") % {"level": step.level},
    }
    return {"title": title, "text": said}
