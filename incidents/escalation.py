"""The engine of escalation: steps are rows with a due time, and `tick` fires those that are due.

Whoever changes a run holds its row lock: `tick`, an acknowledgement and a closing take turns. So a step and
all that hangs on it (inbox entries, messages, the next step) commit together or not at all, and no message
of a run is written or claimed once an acknowledgement has committed.
"""

from datetime import datetime, timedelta

import structlog
from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts import nudge, outbox
from accounts.models import Role
from accounts.notifications import notify
from agreements.models import Version
from agreements.people import members
from incidents import ladder, telling
from incidents.models import Breach, Run, Step
from records import audit

log = structlog.get_logger(__name__)

ALARM_AFTER = 3  # failures of one step


def start(breach: Breach, version: Version, *, at: datetime) -> Run:
    """Begin the ladder of the terms that judged the breach, in the transaction that logs the breach."""
    terms = version.read_terms()
    document = ladder.freeze(terms) | {"version": version.label, "timezone": terms.agreement.timezone}
    matrix = ladder.read(document)
    run = Run.objects.create(
        agreement=breach.agreement,
        subject=f"{breach._meta.label_lower}:{breach.pk}",
        breach=breach,
        terms_sha256=version.terms_sha256,
        matrix=document,
        top=matrix.top,
        started_at=at,
    )
    rungs = ladder.plan(matrix, at)
    # An empty matrix gets a step too: it finds nobody, and the owner is told.
    level, due_at = (rungs[0].number, rungs[0].due_at) if rungs else (0, at)
    Step.objects.create(run=run, level=level, due_at=due_at)
    return run


def tick(*, now: datetime) -> int:
    """Fire every step that is due at `now`; returns how many fired. Safe to run twice, or twice at once."""
    fired = 0
    while (done := _fire_next(now)) is not None:
        fired += done
    return fired


@transaction.atomic
def _fire_next(now: datetime) -> int | None:
    """Fire the step due first that nobody else is at: 1 fired, 0 failed, None nothing left to do."""
    due = Step.objects.due(now).select_related("run__agreement__owner", "run__breach")
    if connection.vendor == "postgresql":
        due = due.select_for_update(skip_locked=True, of=("self", "run"))
    step = due.first()
    if step is None:
        return None
    try:
        with transaction.atomic():
            _WORK[step.kind](step, now)
    except Exception as error:
        # Whatever is wrong with this row, it must not hold back the others.
        log.exception("escalation_step_failed", step=step.pk)
        _postpone(step.pk, error, now)
        return 0
    return 1


def _tell_level(step: Step, now: datetime) -> None:
    run, matrix = step.run, ladder.read(step.run.matrix)
    passed, rest = ladder.catch_up(ladder.onward(matrix, step.level, step.due_at), now)
    if passed:
        step = _coalesce(step, passed, rest[0], now)
    told = telling.tell(step, matrix, passed, now)
    nudge.engine("accounts.deliver")
    step.fire(at=now, told=told)
    step.save(update_fields=["state", "fired_at", "told"])
    run.level = max(run.level, step.level)
    run.save(update_fields=["level"])
    if rest[1:]:
        # Nobody reachable: the level above is due at the same moment.
        due_at = rest[1].due_at if told else step.due_at
        Step.objects.create(run=run, level=rest[1].number, round=step.round, due_at=due_at)
    _record("escalation.told", run, now, level=step.level, round=step.round, due=step.due_at.isoformat(),
            told=[person["id"] for person in told], passed=[rung.number for rung in passed])


def _coalesce(step: Step, passed: list[ladder.Rung], active: ladder.Rung, now: datetime) -> Step:
    """Write down the levels passed during a stop; returns the step of the level that should be active."""
    for rung in passed:
        step = _step_of(step, rung)
        step.coalesce(at=now)
        step.save(update_fields=["state", "fired_at"])
    return _step_of(step, active)


def _step_of(step: Step, rung: ladder.Rung) -> Step:
    if rung.number == step.level:
        return step
    return Step.objects.create(run=step.run, level=rung.number, round=step.round, due_at=rung.due_at)


def _lapse(step: Step, now: datetime) -> None:
    """An acknowledgement without an outcome in time: the ladder goes on, one level up, in a new round."""
    run = step.run
    step.fire(at=now, told=[])
    step.save(update_fields=["state", "fired_at", "told"])
    run.time_out()
    run.save(update_fields=["state", "acknowledged_at"])
    above = [level.level for level in ladder.read(run.matrix).levels if level.level > run.level]
    Step.objects.create(
        run=run, level=above[0] if above else run.level, round=step.round + 1, due_at=step.due_at
    )
    _record("escalation.lapsed", run, now, level=run.level, round=step.round, due=step.due_at.isoformat())


_WORK = {Step.Kind.NOTIFY: _tell_level, Step.Kind.ACK_TIMEOUT: _lapse}


def _postpone(pk: int, error: Exception, now: datetime) -> None:
    step = Step.objects.select_related("run__agreement__provider", "run__agreement__client", "run__breach").get(pk=pk)
    step.attempts += 1
    step.retry_at = now + timedelta(seconds=min(300, 15 * 2**step.attempts))
    step.last_error = f"{type(error).__name__}: {error}"[:2000]
    step.save(update_fields=["attempts", "retry_at", "last_error"])
    if step.attempts != ALARM_AFTER:
        return
    agreement = step.run.agreement
    notify(
        members(agreement.keeper, Role.ADMIN, at=now),
        key=f"step:{pk}:failing",
        title=_("An escalation step of %(agreement)s cannot be fired") % {"agreement": agreement.reference},
        text=_("It failed %(count)d times and is tried again every 5 minutes. The last error: %(error)s")
        % {"count": step.attempts, "error": step.last_error},
        url="",
        at=now,
        mail=False,
    )
    _record("escalation.failing", step.run, now, level=step.level, attempts=step.attempts)


def acknowledge(run: Run, *, at: datetime) -> None:
    """Stop the ladder of a locked run. Raises TransitionNotAllowed when it is not active."""
    run.acknowledge(at=at)
    run.save(update_fields=["state", "acknowledged_at"])
    stop(run)
    _await_outcome(run, at)


def stop(run: Run) -> None:
    """Cancel what a locked run still planned to do or to send."""
    for step in run.steps.pending():
        step.cancel()
        step.save(update_fields=["state"])
    outbox.cancel(telling.group(run))


def rest(run: Run, *, at: datetime) -> None:
    """Wait for nothing while the outcome is with the client: also when the acknowledgement had lapsed."""
    if run.state == Run.State.ACTIVE:
        run.acknowledge(at=at)
        run.save(update_fields=["state", "acknowledged_at"])
    stop(run)


def resume(run: Run, *, at: datetime) -> None:
    """Wait for an outcome again, after the last one was refused. A resolved run stays resolved."""
    if run.state == Run.State.ACKNOWLEDGED:
        _await_outcome(run, at)


def resolve(run: Run, *, at: datetime) -> None:
    """End a locked run with its subject; one that was resolved before (its subject came back) stays so."""
    if run.state == Run.State.RESOLVED:
        return
    run.resolve(at=at)
    run.save(update_fields=["state", "resolved_at"])
    stop(run)


def _await_outcome(run: Run, at: datetime) -> None:
    due_at = ladder.lapse(ladder.read(run.matrix), run.level, at)
    if due_at is None:
        return
    kind, this_round = Step.Kind.ACK_TIMEOUT, max(step.round for step in run.steps.all())
    if run.steps.filter(kind=kind, level=run.level, round=this_round).exists():
        this_round += 1
    Step.objects.create(run=run, kind=kind, level=run.level, round=this_round, due_at=due_at)


def _record(verb: str, run: Run, at: datetime, **data) -> None:
    audit.record(verb, run.breach or run, actor=None, at=at, scope=run.agreement.reference, **data)
