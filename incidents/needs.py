"""What waits for a person here: whatever a run asks for. What waits for the client's word is in reviews.needs."""

from dataclasses import replace
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import Role, User
from accounts.needs import Need
from accounts.rules import Grants
from agreements.models import Involvement
from incidents import following_needs, rules, subjects, telling
from incidents.figures import brief
from incidents.models import Breach, Run, Step
from incidents.queue import level_name

CLOSED = Breach.State.CLOSED


def for_user(user: User, grants: Grants, now: datetime) -> list[Need]:
    """Each is gone after its act; two queries at most, whatever their number.

    Everything here has a run, so that one query brings breaches, incidents and the rest.
    """
    held = Involvement.objects.filter(agreement=OuterRef("agreement"), user=user, capacity="position")
    owns = Q(agreement__owner=user) | Q(breach__owner=user)
    asked = Q(state=Run.State.ACTIVE) & (owns | Exists(held))
    mine = Q(breach__state=Breach.State.ACKNOWLEDGED, breach__owner=user)
    held_by_me = Q(breach=None, state=Run.State.ACKNOWLEDGED, acknowledged_by=user)
    client = Q(breach__state=Breach.State.OUTCOME, agreement__client__in=grants.organisations(Role.CLIENT))
    settled = Q(breach__state__in=[Breach.State.CLOSED, Breach.State.NOT_A_BREACH])
    waits = (asked | mine | held_by_me | client) & (Q(breach=None) | ~settled)
    runs = Run.objects.filter(waits & ~Exists(_earlier()) | following_needs.to_check(user, grants, now))
    found = runs.select_related("agreement__client", "breach", "herd").prefetch_related("steps").order_by("pk")
    return [need for run in found for need in _of_run(run, user, grants, now)]


def _earlier() -> QuerySet[Run]:
    """A run of the same herd that waits for the same: one of them stands for all."""
    alike = {name: OuterRef(name) for name in ("herd", "state", "breach__state")}
    # Nobody owns what is not acknowledged, and what is nobody's is equal to nothing.
    same_owner = Q(breach__owner=OuterRef("breach__owner")) | Q(breach__owner=None)
    return Run.objects.filter(same_owner, **alike, pk__lt=OuterRef("pk"))


def _of_run(run: Run, user: User, grants: Grants, now: datetime) -> list[Need]:
    if run.breach is not None:
        run.breach.agreement = run.agreement
        found = _of(run.breach, user, grants, now)
        return [_of_herd(need, run) for need in found] if run.herd and run.breach.state != CLOSED else found
    if run.state == Run.State.ACTIVE:
        return [_acknowledge_run(run)] if _was_told(run, user) else []
    return [_resolve(run)] if subjects.is_incident(run) else []


def _of_herd(need: Need, run: Run) -> Need:
    assert run.herd is not None and run.breach is not None  # as asked for above
    about = f"{run.agreement.title}, {run.agreement.client.name}"
    return replace(need, title=need.title.replace(run.breach.title, run.herd.title), text=about,
                   url=run.herd.get_absolute_url())


def _resolve(run: Run) -> Need:
    step = next((step for step in run.steps.all() if step.state == Step.State.PENDING), None)
    return Need(
        key=f"run:{run.pk}:resolve",
        title=_("Resolve: %(title)s") % {"title": run.title},
        text=f"{run.number} · {run.agreement.title}, {run.agreement.client.name}",
        url=run.url,
        verb=_("Open the incident"),
        due=step.due_at if step else None,
        tone="warn",
        icon="tool",
        lead=_("Due"),
    )


def _was_told(run: Run, user: User) -> bool:
    told = {person["id"] for step in run.steps.all() for person in step.told}
    return user.pk in told | {run.agreement.owner_id}


def _acknowledge_run(run: Run) -> Need:
    step = next((step for step in run.steps.all() if step.state == Step.State.PENDING), None)
    return Need(
        key=f"run:{run.pk}:acknowledge",
        title=_("%(title)s, not acknowledged") % {"title": run.title},
        text=" · ".join(filter(None, [run.number, f"{run.agreement.title}, {run.agreement.client.name}"])),
        url=telling.page(run),
        verb=_("Acknowledge"),
        due=step.due_at if step else run.started_at,
        tone="bad",
        icon="bell-ringing",
        lead=_("Goes to %(level)s") % {"level": level_name(run, step.level)} if step else _("Began"),
    )


def _of(breach: Breach, user: User, grants: Grants, now: datetime) -> list[Need]:
    if breach.state == Breach.State.CLOSED:
        return [following_needs.check(breach)]
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
