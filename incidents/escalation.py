"""The engine of escalation: steps are rows with a due time, and `tick` fires those that are due.

Whoever changes a run holds its row lock: `tick`, an acknowledgement and a closing take turns. So a step and
all that hangs on it (inbox entries, messages, the next step) commit together or not at all, and no message
of a run is written or claimed once an acknowledgement has committed.
"""

from datetime import datetime, timedelta

import structlog
from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts import nudge, outbox, webhooks
from accounts.models import Role, User
from accounts.notifications import notify
from agreements.models import Version
from agreements.people import members
from incidents import firing, ladder, maintenance, resting, telling
from incidents.models import Breach, Run, Step
from incidents.subjects import Subject, target
from records import audit

log = structlog.get_logger(__name__)

ALARM_AFTER = 3  # failures of one step
BATCH = 500


class Faster(Exception):
    """The run is not where the page said: somebody, or the engine, was faster."""


def start(
    subject: Subject, version: Version, *, at: datetime, above_contact: bool = False, breach: Breach | None = None
) -> Run:
    """Begin the ladder of the version that binds the subject, in the transaction that calls for it.

    It begins at the initial contact (level 0), or above it when the contact could not solve the matter.
    Raises IntegrityError when the subject has a run that is not resolved: ask `open_run` first.
    """
    terms = version.read_terms()
    document = ladder.freeze(terms) | {"version": version.label, "timezone": terms.agreement.timezone}
    matrix = ladder.read(document)
    run = Run.objects.create(
        agreement=version.agreement,
        subject=subject.key,
        number=subject.number,
        title=subject.title[:200],
        url=subject.url,
        breach=breach,
        terms_sha256=version.terms_sha256,
        matrix=document,
        top=matrix.top,
        started_at=at,
        awake_from=at,
    )
    rungs = [rung for rung in ladder.plan(matrix, at) if not above_contact or rung.number > 0]
    # An empty matrix gets a step too: it finds nobody, and the owner is told.
    level = rungs[0].number if rungs else 0
    Step.objects.create(run=run, level=level, due_at=at if above_contact or not rungs else rungs[0].due_at)
    nudge.engine("incidents.escalate")
    return run


def begin(subject: Subject, version: Version, *, at: datetime) -> Run:
    """Start the ladder of something that has no act of its own which records it. Raises what `start` does."""
    run = start(subject, version, at=at)
    _record("escalation.started", run, None, at, run=run.pk, version=version.label, terms_sha256=run.terms_sha256)
    return run


def open_run(key: str) -> Run | None:
    """The run of a subject that is not resolved, locked for the caller's act."""
    runs = Run.objects.select_for_update(of=("self",)).select_related("agreement")
    return runs.filter(subject=key).exclude(state=Run.State.RESOLVED).first()


def tick(*, now: datetime) -> int:
    """Fire every step that is due at `now`; returns how many fired. Safe to run twice, or twice at once."""
    try:
        resting.sweep(now=now)
    finally:  # what cannot be put to rest holds no level back; its error is this sweep's
        fired = 0
        while (done := _fire_batch(now)) is not None:
            fired += done
    return fired


@transaction.atomic
def _fire_batch(now: datetime) -> int | None:
    """Fire some of the steps due that nobody else is at; None: there are none."""
    steps = list(_due(now)[:BATCH])
    # One step of a run at a time: the next may hang on what this one does.
    steps = list({step.run_id: step for step in reversed(steps)}.values())
    if not steps:
        return None
    try:
        with transaction.atomic():
            return firing.fire(steps, now)
    except Exception:
        # One of them cannot be fired. It must not hold back the others.
        return sum(_fire_alone(step.pk, now) for step in steps)


def _due(now: datetime):
    due = Step.objects.due(now).select_related("run__agreement__owner", "run__breach", "run__herd")
    if connection.vendor == "postgresql":
        due = due.select_for_update(skip_locked=True, of=("self", "run"))
    return due


def _fire_alone(pk: int, now: datetime) -> int:
    step = Step.objects.select_related("run__agreement__owner", "run__breach", "run__herd").get(pk=pk)
    try:
        with transaction.atomic():
            return firing.fire([step], now)
    except Exception as error:
        log.exception("escalation_step_failed", step=pk)
        _postpone(pk, error, now)
        return 0


def _postpone(pk: int, error: Exception, now: datetime) -> None:
    step = Step.objects.select_related("run__agreement__provider", "run__agreement__client").get(pk=pk)
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
        url=telling.page(step.run),
        at=now,
        critical=True,
    )
    _record("escalation.failing", step.run, None, now, level=step.level, attempts=step.attempts)


def acknowledge(run: Run, *, at: datetime, actor: User | None = None) -> None:
    """Stop the ladder of a locked run. Raises TransitionNotAllowed when somebody did, or it is resolved."""
    if run.state == Run.State.SUSPENDED:
        run.go_on()
    run.acknowledge(by=actor, at=at)
    _save(run)
    stop(run)
    _await_outcome(run, at)
    name = actor.name if actor else ""
    _announce("escalation.acknowledged", run, at, {"by": name})


def go_up(run: Run, *, seen_level: int, actor: User, at: datetime) -> None:
    """Tell the next level of a locked run now, because the one that was told cannot solve it.

    `seen_level` is the highest level told that the person saw: a second press, or the engine meanwhile, is
    Faster. Raises TransitionNotAllowed for a run that is resolved, and LookupError at the top.
    """
    matrix = ladder.read(run.matrix)
    if run.level != seen_level:
        raise Faster
    above = next((level.level for level in matrix.levels if level.level > run.level), None)
    if above is None:
        raise LookupError(_("This is the last level of the escalation matrix."))
    if run.state == Run.State.SUSPENDED:
        run.go_on()
    if run.state != Run.State.ACTIVE:
        run.time_out()
    # A person asks for it now: the maintenance of this moment does not hold it back.
    rest = maintenance.agreed_for([run]).running(run, at)
    run.awake_from = rest.hi if rest else run.awake_from
    _save(run)
    stop(run)
    Step.objects.create(run=run, level=above, round=_round(run) + 1, due_at=at)
    _record("escalation.raised", run, actor, at, level=above)
    nudge.engine("incidents.escalate")


def stop(run: Run) -> None:
    """Cancel what a locked run still planned to do or to send."""
    for step in run.steps.pending():
        step.cancel()
        step.save(update_fields=["state"])
    # What several runs say together stands as long as one of them climbs.
    if run.herd_id is None or not Run.objects.filter(herd=run.herd_id, state=Run.State.ACTIVE).exclude(pk=run.pk):
        outbox.cancel(telling.group(run))


def rest(run: Run, *, at: datetime) -> None:
    """Wait for nothing while the outcome is with the client: also when the acknowledgement had lapsed."""
    if run.state == Run.State.SUSPENDED:
        run.go_on()
    if run.state == Run.State.ACTIVE:
        run.acknowledge(by=None, at=at)
        _save(run)
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
    _save(run)
    stop(run)
    _announce("escalation.resolved", run, at, {})


def settle(run: Run, *, why: str, at: datetime) -> None:
    """End a locked run because what it was about is over, and tell in the inbox whoever a level had told."""
    resolve(run, at=at)
    _record("escalation.settled", run, None, at, why=why)
    told = User.objects.filter(pk__in=telling.told_so_far(run))
    said = {"subject": run.number or run.agreement.reference, "title": run.title}
    notify(told, key=f"run:{run.pk}:settled", title=(_("%(subject)s is settled: %(title)s") % said)[:200], text=why,
           url=telling.page(run), at=at, scope=run.agreement.reference, mail=False)


def _save(run: Run) -> None:
    run.save(update_fields=["state", "acknowledged_at", "acknowledged_by", "suspended_at", "awake_from",
                            "resolved_at"])


def _round(run: Run) -> int:
    return max(step.round for step in run.steps.all())


def _await_outcome(run: Run, at: datetime) -> None:
    due_at = ladder.lapse(ladder.read(run.matrix), run.level, at)
    if due_at is None:
        return
    kind, this_round = Step.Kind.ACK_TIMEOUT, _round(run)
    if run.steps.filter(kind=kind, level=run.level, round=this_round).exists():
        this_round += 1
    Step.objects.create(run=run, kind=kind, level=run.level, round=this_round, due_at=due_at)


def _announce(event: str, run: Run, at: datetime, data: dict) -> None:
    webhooks.announce([firing.event(event, run, f"run:{run.pk}:{event}:{at.isoformat()}", data)], at=at)
    nudge.engine("accounts.deliver")


def _record(verb: str, run: Run, actor: User | None, at: datetime, /, **data) -> None:
    audit.record(verb, target(run), actor=actor, at=at, scope=run.agreement.reference, **data)
