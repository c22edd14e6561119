"""The sweep that sends a review past its limit up the signed ladder."""

from datetime import datetime

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from agreements.models import Agreement, Version
from incidents import escalation
from reviews import owing, schedule

log = structlog.get_logger(__name__)


def escalate_overdue(*, now: datetime) -> int:
    """Begin a run for each review past its limit that nobody planned; end those that are due no more. How many changed.

    Planning and holding end a run themselves: what is left here is an agreement that ended or a limit that moved.
    Safe to run twice, or twice at once. One that fails stops no other; the first error is raised last.
    """
    late = {owing.key(due.agreement): due.agreement.pk for due in owing.overdue(now)}
    known = owing.open_runs()
    work = [(_settle, pk) for key, pk in known.items() if key not in late]
    work += [(_start, pk) for key, pk in late.items() if key not in known]
    changed, errors = 0, []
    for act, pk in work:
        try:
            changed += act(pk, now)
        except Exception as error:
            log.exception("review_escalation_failed", act=act.__name__, agreement=pk)
            errors.append(error)
    if errors:
        raise errors[0]
    return changed


@transaction.atomic
def _start(pk: int, now: datetime) -> bool:
    agreement = Agreement.objects.select_for_update(of=("self",)).get(pk=pk)  # as planning does
    due = schedule.due_of(agreement, now)
    # Somebody may have planned it, or another sweep begun the run, while we waited for the lock.
    if due is None or not due.is_overdue(now) or due.is_planned(now) or escalation.open_run(owing.key(agreement)):
        return False
    version = Version.objects.in_force(now).select_related("agreement").get(agreement=agreement)
    escalation.begin(owing.subject(due), version, at=now)
    return True


@transaction.atomic
def _settle(pk: int, now: datetime) -> bool:
    agreement = Agreement.objects.select_for_update(of=("self",)).get(pk=pk)
    due = schedule.due_of(agreement, now)
    if due is not None and due.is_overdue(now) and not due.is_planned(now):
        return False
    return owing.end(agreement, why=_("The review is not overdue any more."), at=now)
