"""Everything that writes the service catalogue."""

from collections.abc import Sequence
from datetime import datetime
from graphlib import CycleError, TopologicalSorter

from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from accounts.models import Organisation, User
from agreements.locking import lock
from agreements.models import Service
from agreements.signing import Refused
from records import audit


@transaction.atomic
def add_service(
    *,
    organisation: Organisation,
    key: str,
    name: str,
    description: str,
    criticality: str,
    needs_sla: bool,
    reason: str,
    owner: User,
    actor: User,
    at: datetime,
) -> Service:
    """Put a service into the catalogue. `reason` says why it needs an SLA, or why not; a "no" must have one.

    Raises Refused ("key", "reason").
    """
    _check_reason(needs_sla, reason)
    service, created = Service.objects.get_or_create(
        organisation=organisation,
        key=key,
        defaults={
            "name": name,
            "description": description,
            "criticality": criticality,
            "needs_sla": needs_sla,
            "reason": reason,
            "owner": owner,
        },
    )
    if not created:
        raise Refused(_("There is a service with this key already."), "key")
    audit.record("service.added", service, actor=actor, at=at, key=key, name=name, needs_sla=needs_sla, reason=reason)
    return service


@transaction.atomic
def change_service(
    service: Service,
    *,
    name: str,
    description: str,
    criticality: str,
    needs_sla: bool,
    reason: str,
    owner: User,
    actor: User,
    at: datetime,
) -> Service:
    """Change what the catalogue says of a service; its key stays. Agreements keep the text they were made with."""
    _check_reason(needs_sla, reason)
    service, at = lock(Service.objects.all(), service.pk, at)
    fresh = {
        "name": name,
        "description": description,
        "criticality": criticality,
        "needs_sla": needs_sla,
        "reason": reason,
        "owner": owner,
    }
    changed = [field for field, value in fresh.items() if getattr(service, field) != value]
    if not changed:
        return service
    for field in changed:
        setattr(service, field, fresh[field])
    service.save(update_fields=changed)
    said = {field: str(fresh[field]) for field in changed}
    audit.record("service.changed", service, actor=actor, at=at, key=service.key, changed=said)
    return service


@transaction.atomic
def set_dependencies(service: Service, *, on: Sequence[Service], actor: User, at: datetime) -> Service:
    """Say which services this one depends on, all of them at once.

    Raises Refused ("depends_on"), naming the way round, when a service would depend on itself.
    """
    # Every row, in one order: two halves of a circle may be drawn by two people at once.
    list(Service.objects.select_for_update().order_by("pk").values_list("pk"))
    before = {each.pk: each for each in service.depends_on.all()}
    after = {each.pk: each for each in on}
    if before.keys() == after.keys():
        return service
    _refuse_circle(service, set(after))
    service.depends_on.set(after)
    audit.record(
        "service.dependencies_set",
        service,
        actor=actor,
        at=at,
        key=service.key,
        added=[each.key for pk, each in after.items() if pk not in before],
        removed=[each.key for pk, each in before.items() if pk not in after],
    )
    return service


@transaction.atomic
def retire_service(service: Service, *, reason: str, actor: User, at: datetime) -> Service:
    """Take a service out of the catalogue: nothing new begins with it, what is signed goes on.

    Raises Refused ("reason"), TransitionNotAllowed when it is retired already.
    """
    if not reason.strip():
        raise Refused(_("Say why it is retired."), "reason")
    service, at = lock(Service.objects.all(), service.pk, at)
    if service.retired_at is not None:
        raise TransitionNotAllowed("the service is retired")
    service.retired_at, service.retired_because = at, reason
    service.save(update_fields=["retired_at", "retired_because"])
    audit.record("service.retired", service, actor=actor, at=at, key=service.key, reason=reason)
    return service


@transaction.atomic
def restore_service(service: Service, *, actor: User, at: datetime) -> Service:
    """Take a retired service up again. Raises TransitionNotAllowed when it is not retired."""
    service, at = lock(Service.objects.all(), service.pk, at)
    if service.retired_at is None:
        raise TransitionNotAllowed("the service is not retired")
    service.retired_at, service.retired_because = None, ""
    service.save(update_fields=["retired_at", "retired_because"])
    audit.record("service.restored", service, actor=actor, at=at, key=service.key)
    return service


def _check_reason(needs_sla: bool, reason: str) -> None:
    if not needs_sla and not reason.strip():
        raise Refused(_("Say why this service needs no SLA."), "reason")


def _refuse_circle(service: Service, on: set[int]) -> None:
    edges: dict[int, set[int]] = {}
    for one, other in Service.depends_on.through.objects.values_list("from_service_id", "to_service_id"):
        edges.setdefault(one, set()).add(other)
    try:
        TopologicalSorter(edges | {service.pk: on}).prepare()
    except CycleError as error:
        round_ = _from(service.pk, error.args[1][::-1])
        names = dict(Service.objects.filter(pk__in=round_).values_list("pk", "name"))
        way = " → ".join(names[pk] for pk in round_)
        raise Refused(_("A service cannot depend on itself: %s.") % way, "depends_on") from error


def _from(pk: int, circle: list[int]) -> list[int]:
    """The same circle told from one of its members, which stands at both ends."""
    start = circle.index(pk)
    return [*circle[start:-1], *circle[:start], pk]
