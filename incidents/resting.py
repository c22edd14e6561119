"""Ladders that rest during agreed maintenance: put to rest when it begins, woken when it ends or is called off.

A ladder that is due to climb within a window rests whatever the engine did meanwhile: `firing` asks as well. What
this sweep adds is that a run which waits for a later level stands as suspended from the window's first tick on.
"""

from collections.abc import Callable
from datetime import datetime

import structlog
from django.db import connection, transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from incidents import maintenance
from incidents.maintenance import Rest
from incidents.models import Run, Step
from incidents.subjects import INCIDENTS, target
from records import audit

log = structlog.get_logger(__name__)
BATCH = 200


def sweep(*, now: datetime) -> int:
    """Put to rest what maintenance holds at `now`, and let go on what it holds no more; returns how many.

    Safe to run twice, or twice at once.
    """
    return _let_rest(now) + _correct(now)


def suspend(run: Run, *, at: datetime, until: datetime, why: str) -> None:
    """Stop the clock of a locked, active run in [at, until). Raises TransitionNotAllowed."""
    run.suspend(at=at, why=why[:200])
    run.save(update_fields=["state", "suspended_at", "suspended_for"])
    last = run.steps.aggregate(last=Max("round"))["last"] or 0
    Step.objects.create(run=run, kind=Step.Kind.GO_ON, level=run.level, round=last + 1, due_at=until)
    record("escalation.suspended", run, at, until=until.isoformat(), why=why)


def record(verb: str, run: Run, at: datetime, **data: object) -> None:
    audit.record(verb, target(run), actor=None, at=at, scope=run.agreement.reference, **data)


def _let_rest(now: datetime) -> int:
    running = maintenance.agreed().filter(lo__lte=now, counted_until__gt=now)
    # Asked first: mostly there is none, and then no run is looked at.
    held = set(running.values_list("exclusion__agreement", flat=True))
    if not held:
        return 0
    about = Q(breach__isnull=False) | Q(subject__startswith=INCIDENTS)
    waiting = Step.objects.pending().filter(kind=Step.Kind.NOTIFY, run=OuterRef("pk"))
    runs = Run.objects.filter(about, Exists(waiting), state=Run.State.ACTIVE, agreement__in=held)
    return _each(runs, _rest_one, now)


def _correct(now: datetime) -> int:
    """An exclusion that was withdrawn or disputed ends the rest now, one that was added may prolong it."""
    return _each(Run.objects.filter(state=Run.State.SUSPENDED), _correct_one, now)


def _each(runs: QuerySet[Run], act: Callable[[Run, Rest | None, datetime], bool], now: datetime) -> int:
    """Do `act` on each; one that fails stops no other, and the first error is raised last."""
    changed, errors, keys = 0, [], sorted(runs.values_list("pk", flat=True))
    for first in range(0, len(keys), BATCH):
        with transaction.atomic():
            rows = Run.objects.filter(pk__in=keys[first : first + BATCH]).select_related("agreement", "breach")
            # Whoever holds a run is changing it: the next tick looks at it again.
            locked = list(rows.select_for_update(of=("self",), skip_locked=connection.vendor == "postgresql"))
            agreed = maintenance.agreed_for(locked)
            for run in locked:
                try:
                    with transaction.atomic():
                        changed += act(run, agreed.running(run, now), now)
                except Exception as error:
                    log.exception("resting_failed", act=act.__name__, run=run.pk)
                    errors.append(error)
    if errors:
        raise errors[0]
    return changed


def _rest_one(run: Run, rest: Rest | None, now: datetime) -> bool:
    step = run.steps.pending().filter(kind=Step.Kind.NOTIFY).order_by("due_at").first()
    # What was due before the maintenance began is told; it must not wait because the engine is late.
    if rest is None or step is None or step.due_at < rest.lo or run.state != Run.State.ACTIVE:
        return False
    suspend(run, at=rest.lo, until=rest.hi, why=rest.why)
    return True


def _correct_one(run: Run, rest: Rest | None, now: datetime) -> bool:
    step = run.steps.pending().filter(kind=Step.Kind.GO_ON).first()
    if run.state != Run.State.SUSPENDED or step is None or step.due_at <= now:
        return False
    until = rest.hi if rest else now
    if until == step.due_at:
        return False
    step.due_at = until
    step.save(update_fields=["due_at"])
    return True
