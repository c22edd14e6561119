"""What a matrix would do: the ladder of something missed at a moment that nobody acknowledges."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from agreements.models import Agreement
from agreements.terms import Level, Terms
from incidents import ladder, telling
from incidents.display import delay, position_names
from incidents.ladder import Matrix


def run(agreement: Agreement, terms: Terms, start: datetime, user: User, now: datetime) -> dict:
    """Timeline entries of the dry run, or the sentence that says why there are none ("problem")."""
    matrix = ladder.read(ladder.freeze(terms))
    try:
        rungs = ladder.plan(matrix, start)
    except ValueError as error:
        return {"entries": [], "problem": str(error)}
    if not rungs:
        return {"entries": [], "problem": _("The escalation matrix has no level yet.")}
    holders = telling.holders_of(agreement, now)
    return {
        "problem": "",
        "entries": [
            {
                "at": rung.due_at,
                "icon": "bell-ringing" if index == 0 else "stairs-up",
                "tone": "bad" if index == 0 else "warn",
                "text": _("%(level)s: %(people)s") % {
                    "level": rung.level.name, "people": position_names(matrix, rung.level, holders, user)
                },
                "note": _when(matrix, rung.level, first=index == 0),
            }
            for index, rung in enumerate(rungs)
        ],
    }


def _when(matrix: Matrix, level: Level, *, first: bool) -> str:
    after = delay(matrix, level.after_seconds, level.clock)
    if level.after_seconds == 0:
        said = _("told at once")
    elif first:
        said = _("told %(time)s after the breach is seen") % {"time": after}
    else:
        said = _("if nobody acknowledges within %(time)s") % {"time": after}
    if level.ack_seconds is None:
        return said
    within = delay(matrix, level.ack_seconds, level.clock)
    return _("%(said)s; who acknowledges has %(time)s for the outcome") % {"said": said, "time": within}
