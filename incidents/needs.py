"""What waits for a person here: breaches to acknowledge, outcomes to write or confirm, incidents."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from accounts.models import Role, User
from accounts.needs import Need
from accounts.rules import Grants
from agreements.models import PositionHolder
from incidents import following_needs, incident_needs, rules, subjects
from incidents.figures import brief
from incidents.models import Breach, Run, Step
from incidents.queue import level_name


def for_user(user: User, grants: Grants, now: datetime) -> list[Need]:
    """Each is gone after its act; seven queries at most, whatever their number."""
    return [
        *_breaches(user, grants, now),
        *incident_needs.for_user(user, grants, now),
        *following_needs.for_user(user, grants, now),
    ]


def _breaches(user: User, grants: Grants, now: datetime) -> list[Need]:
    on_ladder = PositionHolder.objects.filter(agreement=OuterRef("agreement"), user=user, until=None)
    asked = Q(run__state=Run.State.ACTIVE) & (Q(agreement__owner=user) | Q(owner=user) | Exists(on_ladder))
    mine = Q(state=Breach.State.ACKNOWLEDGED, owner=user)
    client = Q(state=Breach.State.OUTCOME, agreement__client__in=grants.organisations(Role.CLIENT))
    open_breaches = Breach.objects.open().filter(asked | mine | client)
    found = open_breaches.select_related("agreement__client", "run").prefetch_related("run__steps")
    return [need for breach in found.order_by("pk") for need in _of(breach, user, grants, now)] + _of_runs(user)


def _of_runs(user: User) -> list[Need]:
    """Ladders of other things than breaches, for whom they have told and for the agreement's owner."""
    on_ladder = PositionHolder.objects.filter(agreement=OuterRef("agreement"), user=user, until=None)
    active = Run.objects.filter(state=Run.State.ACTIVE, breach=None)
    runs = active.filter(Q(agreement__owner=user) | Exists(on_ladder)).select_related("agreement__client")
    return [_acknowledge_run(run) for run in runs.prefetch_related("steps").order_by("pk") if _was_told(run, user)]


def _was_told(run: Run, user: User) -> bool:
    told = {person["id"] for step in run.steps.all() for person in step.told}
    return user.pk in told | {run.agreement.owner_id}


def _acknowledge_run(run: Run) -> Need:
    step = next((step for step in run.steps.all() if step.state == Step.State.PENDING), None)
    return Need(
        key=f"run:{run.pk}:acknowledge",
        title=_("%(title)s, not acknowledged") % {"title": run.title},
        text=" · ".join(filter(None, [run.number, f"{run.agreement.title}, {run.agreement.client.name}"])),
        url=run.url if subjects.is_incident(run) else run.get_absolute_url(),
        verb=_("Acknowledge"),
        due=step.due_at if step else run.started_at,
        tone="bad",
        icon="bell-ringing",
        lead=_("Goes to %(level)s") % {"level": level_name(run, step.level)} if step else _("Began"),
    )


def _of(breach: Breach, user: User, grants: Grants, now: datetime) -> list[Need]:
    if breach.state == Breach.State.OUTCOME:
        return [_confirm(breach)] if rules.is_client(grants, breach) else []
    if breach.run.state == Run.State.ACTIVE and _is_asked(breach, user):
        return [_acknowledge(breach)]
    if breach.state == Breach.State.ACKNOWLEDGED and breach.owner_id == user.pk:
        return [_document(breach)]
    return []


def _is_asked(breach: Breach, user: User) -> bool:
    """The agreement's owner, the breach's owner, and whoever a level has told; not yet who stands higher."""
    told = {person["id"] for step in breach.run.steps.all() for person in step.told}
    return user.pk in told | {breach.agreement.owner_id, breach.owner_id}


def _pending(breach: Breach) -> Step | None:
    return next((step for step in breach.run.steps.all() if step.state == Step.State.PENDING), None)


def _acknowledge(breach: Breach) -> Need:
    step = _pending(breach)
    return Need(
        key=f"breach:{breach.pk}:acknowledge",
        title=_("%(title)s, not acknowledged") % {"title": breach.title},
        text=_about(breach),
        url=breach.get_absolute_url(),
        verb=_("Acknowledge"),
        due=step.due_at if step else breach.opened_at,
        tone="bad",
        icon="bell-ringing",
        lead=_("Goes to %(level)s") % {"level": level_name(breach.run, step.level)} if step else _("Opened"),
    )


def _document(breach: Breach) -> Need:
    step = _pending(breach)
    return Need(
        key=f"breach:{breach.pk}:document",
        title=_("Document the outcome: %(title)s") % {"title": breach.title},
        text=_about(breach),
        url=breach.get_absolute_url(),
        verb=_("Write the outcome"),
        due=step.due_at if step else None,
        tone="warn",
        icon="pencil",
        lead=_("Due"),
    )


def _confirm(breach: Breach) -> Need:
    return Need(
        key=f"breach:{breach.pk}:confirm",
        title=_("Confirm the outcome: %(title)s") % {"title": breach.title},
        text=_about(breach),
        url=breach.get_absolute_url(),
        verb=_("Read and confirm"),
        due=breach.outcome_at + rules.SILENCE,
        tone="warn",
        icon="hourglass",
        lead=_("May be closed without you"),
    )


def _about(breach: Breach) -> str:
    return f"{breach.number} · {breach.agreement.title}, {breach.agreement.client.name} · {brief(breach)}"
