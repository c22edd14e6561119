"""What the page of a breach shows, and what this person may do with it; the forms are the view's."""

from datetime import datetime
from typing import Any

from accounts.models import User
from accounts.rules import Grants
from agreements import people
from agreements.rules import working_for
from incidents import display, figures, history, knowledge, queue, repeats, rules
from incidents.models import Breach, BreachAction, Run

S = Breach.State


def context(breach: Breach, user: User, grants: Grants, now: datetime) -> dict[str, Any]:
    """For templates/incidents/breach.html."""
    sides = working_for(grants, breach.agreement)
    return {
        "breach": breach,
        "agreement": breach.agreement,
        "row": queue.rows([breach], user, now)[0],
        "figures": figures.shown(breach, repeats.earlier(breach)),
        "in_a_row": repeats.periods_missed(breach),
        "rungs": display.rungs(breach.run, people.holders_of(breach.agreement, now), user, now),
        "entries": history.entries(breach, sides),
        "known": knowledge.of_breach(breach),
        "incidents": breach.incident_links.select_related("incident").order_by("pk"),
        "measures": _measures(breach, user, grants, now),
        "came_back": list(repeats.since_closed(breach)[:5]) if breach.state == S.CLOSED else [],
        **_can(breach, grants, now),
    }


def _can(breach: Breach, grants: Grants, now: datetime) -> dict[str, bool]:
    state, works = breach.state, rules.can_document(grants, breach)
    return {
        "can_acknowledge": (
            breach.run.state in (Run.State.ACTIVE, Run.State.SUSPENDED)
            and state in (S.OPEN, S.ACKNOWLEDGED)
            and rules.can_acknowledge(grants, breach)
        ),
        "can_document": state == S.ACKNOWLEDGED and works,
        "can_close": state == S.OUTCOME and rules.can_close(grants, breach, now),
        "can_reopen": state in (S.OUTCOME, S.CLOSED) and rules.can_reopen(grants, breach),
        "can_hand_on": state in (S.ACKNOWLEDGED, S.OUTCOME) and works,
        "can_promise": state != S.NOT_A_BREACH and works,
        "can_check": rules.can_check(grants, breach, now),
        "can_talk": rules.can_log(grants, breach.agreement),
    }


def _measures(breach: Breach, user: User, grants: Grants, now: datetime) -> list[dict[str, Any]]:
    rows = BreachAction.objects.filter(breach=breach).select_related("owner")
    works = rules.can_document(grants, breach)
    return [
        {
            "action": row,
            "late": row.state == row.State.OPEN and row.due_on < now.date(),
            "mine": row.state == row.State.OPEN and (works or row.owner_id == user.pk),
            "droppable": row.state == row.State.OPEN and works,
        }
        for row in rows
    ]
