"""What people do with an incident: answer it, work on it, resolve it, confirm it, take it up again."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Role, User
from agreements.people import members
from incidents import climbing, deadlines, desk, escalation, feeding, telling
from incidents.acting import Refused
from incidents.desk import demand, inform, lock_incident, note, staff
from incidents.models import Incident, Run

ANSWERED = (Incident.State.ACKNOWLEDGED, Incident.State.IN_PROGRESS)


@transaction.atomic
def acknowledge_incident(incident: Incident, *, actor: User, at: datetime) -> Incident:
    """Answer it: stops the escalation and the response clock. Raises TransitionNotAllowed for a lost race.

    After a lapsed acknowledgement it may be acknowledged again; it is then with the new person.
    """
    run = climbing.lock_run(incident)
    incident = lock_incident(incident)
    lapsed = run is not None and run.state == Run.State.ACTIVE and incident.state in ANSWERED
    if lapsed:
        incident.assignee = actor
    else:
        incident.acknowledge(by=actor, at=at)
    if run is not None:
        escalation.acknowledge(run, actor=actor, at=at)
    incident.save(update_fields=["state", "acknowledged_by", "acknowledged_at", "assignee"])
    note("incident.acknowledged", incident, actor=actor, at=at)
    told = User.objects.filter(pk__in=telling.told_so_far(run)) if run is not None else []
    inform([incident.logged_by, *told], incident, "acknowledged", actor=actor, at=at, mail=False,
           title=_("%(number)s was acknowledged by %(name)s") % {"number": incident.number, "name": actor.name},
           text=incident.title)
    return incident


@transaction.atomic
def begin_incident(incident: Incident, *, actor: User, at: datetime) -> Incident:
    """Begin the work. Raises TransitionNotAllowed before it was acknowledged or once it was begun."""
    incident = lock_incident(incident)
    incident.start()
    incident.save(update_fields=["state"])
    note("incident.begun", incident, actor=actor, at=at)
    return incident


@transaction.atomic
def assign_incident(incident: Incident, *, to: User, actor: User, at: datetime) -> Incident:
    """Give it to one of the provider's people. Raises Refused: somebody else, or it is resolved."""
    run = climbing.lock_run(incident)
    incident = lock_incident(incident)
    _require_open(incident)
    if to not in staff(incident.agreement, at):
        raise Refused("to", _("Choose one of the provider's people."))
    incident.assignee = to
    incident.save(update_fields=["assignee"])
    if run is not None and run.state == Run.State.ACKNOWLEDGED:
        # Whoever holds it is asked for it.
        run.acknowledged_by = to
        run.save(update_fields=["acknowledged_by"])
    note("incident.assigned", incident, actor=actor, at=at, to=to.pk, name=to.name)
    inform([to], incident, "assigned", actor=actor, at=at,
           title=_("Yours: %(number)s %(title)s") % {"number": incident.number, "title": incident.title},
           text=_("%(name)s gave it to you.") % {"name": actor.name})
    return incident


@transaction.atomic
def change_priority(incident: Incident, *, priority: int, reason: str, actor: User, at: datetime) -> Incident:
    """Another priority of the same signed version; the clocks keep their start. Raises Refused."""
    reason = demand("reason", reason, _("Say why: the deadlines change with it."))
    incident = lock_incident(incident)
    _require_open(incident)
    before, terms = incident.priority, incident.version.read_terms()
    incident.priority = desk.row_of(terms, priority)
    due = deadlines.due_dates(terms, incident.priority, incident.logged_at)
    incident.respond_by, incident.resolve_by = due["respond_by"], due["resolve_by"]
    incident.save(update_fields=["priority", "respond_by", "resolve_by"])
    feeding.feed(incident, reason=reason, actor=actor, at=at)
    note("incident.priority_changed", incident, actor=actor, at=at, before=before, priority=incident.priority,
         reason=reason)
    return incident


@transaction.atomic
def escalate_incident(
    incident: Incident, *, reason: str, seen_level: int, actor: User, at: datetime
) -> Incident:
    """The level that was told (`seen_level`, -1: none) cannot solve it: the next one is told now.

    Raises Refused at the top, and when another press or the engine was faster.
    """
    reason = demand("reason", reason, _("Say why: the next level reads it."))
    run = climbing.lock_run(incident)
    incident = lock_incident(incident)
    _require_open(incident)
    climbing.climb(incident, run, seen_level=seen_level, actor=actor, at=at)
    note("incident.escalated", incident, actor=actor, at=at, reason=reason, above=seen_level)
    return incident


@transaction.atomic
def resolve_incident(incident: Incident, *, resolution: str, actor: User, at: datetime) -> Incident:
    """The service is as promised again: stops the clocks, ends the run, asks the other side to confirm.

    What it counts for gets its end. Raises Refused without a sentence on what was done.
    """
    words = demand("resolution", resolution, _("Say what was done: both sides read it."))
    run = climbing.lock_run(incident)
    incident = lock_incident(incident)
    incident.resolve(resolution=words, by=actor, at=at)
    incident.save(update_fields=["state", "resolution", "resolved_by", "resolved_at"])
    if run is not None:
        escalation.resolve(run, at=at)
    feeding.feed(incident, actor=actor, at=at)
    note("incident.resolved", incident, actor=actor, at=at, resolution=words)
    asked = [incident.logged_by, *members(incident.agreement.client, Role.CLIENT, at=at)]
    inform(asked, incident, "resolved", actor=actor, at=at,
           title=_("%(number)s is resolved: please confirm") % {"number": incident.number},
           text=_("%(title)s.\n\nWhat was done: %(done)s") % {"title": incident.title, "done": words})
    return incident


@transaction.atomic
def close_incident(incident: Incident, *, actor: User, at: datetime) -> Incident:
    """Confirm that it is over. Raises TransitionNotAllowed when it is not resolved (any more)."""
    incident = lock_incident(incident)
    incident.close(by=actor, at=at)
    incident.save(update_fields=["state", "closed_by", "closed_at"])
    note("incident.closed", incident, actor=actor, at=at)
    inform([incident.assignee], incident, "closed", actor=actor, at=at, mail=False,
           title=_("%(number)s was closed by %(name)s") % {"number": incident.number, "name": actor.name},
           text=incident.title)
    return incident


@transaction.atomic
def reopen_incident(incident: Incident, *, reason: str, actor: User, at: datetime) -> Incident:
    """It is not over, or came back: the initial contact is told again and the clocks never stopped.

    Raises Refused without a reason.
    """
    reason = demand("reason", reason, _("Say why, so that they know what is missing."))
    incident = lock_incident(incident)
    incident.reopen(reason=reason)
    incident.save(update_fields=["state", "reason", "resolved_by", "resolved_at", "closed_by", "closed_at"])
    climbing.begin(incident, at=at)
    feeding.feed(incident, reason=reason, actor=actor, at=at)
    note("incident.reopened", incident, actor=actor, at=at, reason=reason)
    people = staff(incident.agreement, at) if incident.assignee is None else [incident.assignee]
    inform(people, incident, "reopened", actor=actor, at=at,
           title=_("%(number)s was taken up again") % {"number": incident.number},
           text=_("%(name)s: %(reason)s") % {"name": actor.name, "reason": reason})
    return incident


def _require_open(incident: Incident) -> None:
    if incident.state in (Incident.State.RESOLVED, Incident.State.CLOSED):
        raise Refused("", _("%(number)s is resolved. Take it up again first.") % {"number": incident.number})
