"""The sweep that sends late data up the signed ladder, and ends that when they come."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from incidents import escalation, owing
from incidents.models import Run
from kpis.late import Unanswered
from kpis.models import LateData

log = structlog.get_logger(__name__)


def escalate_late_data(*, now: datetime) -> int:
    """Begin a run for late data that a reminder did not bring, end those whose data came; returns how many changed.

    Each is escalated once for each agreement it feeds. Safe to run twice, or twice at once. One that fails stops
    no other; the first error is raised last.
    """
    work: list[tuple[Callable[[Any, datetime], bool], Sequence[Any]]] = [
        (_settle, owing.settled()), (_start, owing.without_run(now)),
    ]
    changed, errors = 0, []
    for act, rows in work:
        for row in rows:
            try:
                changed += act(row, now)
            except Exception as error:
                log.exception("late_data_sweep_failed", act=act.__name__, row=str(row))
                errors.append(error)
    if errors:
        raise errors[0]
    return changed


@transaction.atomic
def _start(owed: Unanswered, now: datetime) -> bool:
    late = LateData.objects.select_for_update().get(pk=owed.late.pk)
    # Another sweep may have been faster, or the data came, while we waited for the lock.
    if late.came_at is not None or Run.objects.filter(subject=owing.key(owed)).exists():
        return False
    target = owing.waiting_target(owed)
    if target is None:
        return False
    escalation.begin(owing.subject(owed, target), target.version, at=now)
    return True


@transaction.atomic
def _settle(key: str, now: datetime) -> bool:
    run = escalation.open_run(key)
    if run is None:
        return False
    escalation.settle(run, why=_("The data came, or the period was closed without them."), at=now)
    return True
