"""What the steps of a batch do when they fire: each says its writes, and all are written together.

A batch is a few statements whatever its size. Its rows are locked; it is all or nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Model

from accounts import notifications, nudge, webhooks
from accounts.notifications import Telling
from accounts.tokens import digest, link_token
from agreements import people
from incidents import ladder, maintenance, resting, telling
from incidents.maintenance import Rest
from incidents.models import AckLink, Run, Step
from incidents.subjects import target
from records import audit
from records.models import AuditEntry

LINK_LASTS = timedelta(days=7)
# What a step changes of its run.
_CHANGED = ("state", "level", "laps", "acknowledged_at", "acknowledged_by_id", "suspended_at", "awake_from")


@dataclass
class Batch:
    """The writes of steps that fire at `now`; `holders` are the people of each agreement's positions."""

    now: datetime
    holders: Mapping[int, telling.Holders]
    agreed: maintenance.Agreed
    rested: int = 0  # steps that wait for the end of agreed maintenance
    runs: list[Run] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    new: list[Step] = field(default_factory=list)
    entries: list[AuditEntry] = field(default_factory=list)
    tellings: list[tuple[Run, Telling]] = field(default_factory=list)
    events: list[webhooks.Event] = field(default_factory=list)

    def record(self, verb: str, run: Run, **data) -> None:
        scope = run.agreement.reference
        self.entries.append(audit.entry(verb, target(run), actor=None, at=self.now, scope=scope, **data))

    def plan(self, run: Run, **fields) -> None:
        self.new.append(Step(run=run, **fields))

    def write(self) -> None:
        """Write everything, in the transaction that holds the locks of the batch's runs."""
        self._write_steps()
        self._write_runs()
        self._tell()
        audit.record_all(self.entries)
        webhooks.announce(self.events, at=self.now)
        nudge.engine("accounts.deliver")

    def _write_steps(self) -> None:
        # The rows are there and locked: as an upsert it is one short statement, where bulk_update is a long CASE.
        known = {each.pk: each for each in self.steps if each.pk}
        Step.objects.bulk_create(known.values(), update_conflicts=True, unique_fields=["id"],
                                 update_fields=["state", "fired_at", "told", "due_at"])
        Step.objects.bulk_create([each for each in self.steps if not each.pk] + self.new)

    def _write_runs(self) -> None:
        save_alike({run.pk: run for run in self.runs}.values(), *_CHANGED)

    def _tell(self) -> None:
        run_of = {id(each): run for run, each in self.tellings}
        fresh = notifications.tell([each for _run, each in self.tellings], at=self.now)
        links = [
            AckLink(run=run_of[id(each)], user=each.person, token_hash=digest(link_token(each.mail_key)),
                    expires_at=self.now + LINK_LASTS)
            for each in fresh if each.link
        ]
        AckLink.objects.bulk_create(links, ignore_conflicts=True)


def save_alike(rows: Iterable[Model], *fields: str) -> None:
    """Save fields of locked rows of one table that came to the same few values: each of these is one statement."""
    alike: dict[tuple[Any, ...], list[Model]] = defaultdict(list)
    for row in rows:
        alike[tuple(getattr(row, name) for name in fields)].append(row)
    for values, same in alike.items():
        keys = [row.pk for row in same]
        type(same[0])._base_manager.filter(pk__in=keys).update(**dict(zip(fields, values, strict=True)))


def fire(steps: list[Step], now: datetime) -> int:
    """Fire locked steps of different runs at `now`; returns how many, without those that agreed maintenance holds back.

    Raises whatever one of them raises, and writes nothing then.
    """
    holders = people.holders_in({step.run.agreement_id for step in steps}, now)
    batch = Batch(now, holders, maintenance.agreed_for([step.run for step in steps]))
    for step in steps:
        _WORK[step.kind](step, batch)
    batch.write()
    return len(steps) - batch.rested


def _tell_level(step: Step, batch: Batch) -> None:
    run, matrix = step.run, ladder.read(step.run.matrix)
    if _rests(step, matrix, batch):
        batch.rested += 1
        return
    laps, rests = matrix.repeats - run.laps, batch.agreed.rests(run)
    over = [rest for rest in rests if rest.hi <= batch.now]
    ahead = ladder.onward(matrix, step.level, step.due_at, laps=laps, rests=pairs(over))
    passed, rest = ladder.catch_up(ahead, _climbs_to(rests, batch.now))
    if passed:
        step = _coalesce(step, passed, rest[0], batch)
        run.laps += rest[0].lap
    run.awake_from = over[-1].hi if over else run.awake_from
    told = telling.told(step, matrix, passed, batch.holders.get(run.agreement_id, {}), pairs(rests))
    batch.tellings += [(run, each) for each in told.tellings]
    step.fire(at=batch.now, told=told.people)
    batch.steps.append(step)
    run.level = max(run.level, step.level)
    if rest[1:]:
        _next(step, rest[0], rest[1], batch, reached=bool(told.people))
    batch.runs.append(run)
    batch.record("escalation.told", run, level=step.level, round=step.round, due=step.due_at.isoformat(),
                 told=[person["id"] for person in told.people], passed=[rung.number for rung in passed])
    batch.events.append(event("escalation.told", run, telling.key(step), {"level": step.level},
                              group=telling.group(run)))


def _rests(step: Step, matrix: ladder.Matrix, batch: Batch) -> bool:
    """Whether a step waits: it was due within agreed maintenance, which runs or has moved it beyond now."""
    run = step.run
    for rest in batch.agreed.rests(run):
        if step.due_at < rest.lo or rest.lo > batch.now:
            break
        batch.steps.append(step)
        if rest.hi > batch.now:
            resting.suspend(run, at=rest.lo, until=rest.hi, why=rest.why)
            return True
        step.due_at = ladder.moved(matrix, step.level, step.due_at, rest.lo, rest.hi)
        run.awake_from = rest.hi
        batch.runs.append(run)
        batch.record("escalation.rested", run, since=rest.lo.isoformat(), until=rest.hi.isoformat(), why=rest.why)
    return step.due_at > batch.now


def _climbs_to(rests: list[Rest], now: datetime) -> datetime:
    """The last moment up to which a ladder is climbed: before the maintenance that runs."""
    return next((rest.lo - timedelta.resolution for rest in rests if rest.holds(now)), now)


def pairs(rests: list[Rest]) -> list[tuple[datetime, datetime]]:
    return [(rest.lo, rest.hi) for rest in rests]


def event(kind: str, run: Run, key: str, data: dict, *, group: str = "") -> webhooks.Event:
    """What the systems of both parties are told of a run."""
    agreement = run.agreement
    said = {"subject": run.subject, "number": run.number, "title": run.title, "agreement": agreement.reference}
    return webhooks.Event(kind, key, {agreement.provider_id, agreement.client_id}, said | data, telling.page(run),
                          scope=agreement.reference, group=group)


def _next(step: Step, here: ladder.Rung, above: ladder.Rung, batch: Batch, *, reached: bool) -> None:
    lap = above.lap - here.lap
    step.run.laps += lap
    due_at = ladder.following(here, above, reached=reached)
    batch.plan(step.run, level=above.number, round=step.round + lap, due_at=due_at)


def _coalesce(step: Step, passed: list[ladder.Rung], active: ladder.Rung, batch: Batch) -> Step:
    """Write down the levels passed during a stop; returns the step of the level that should be active."""
    for rung in passed:
        over = _step_of(step, rung)
        over.coalesce(at=batch.now)
        batch.steps.append(over)
    return _step_of(step, active)


def _step_of(step: Step, rung: ladder.Rung) -> Step:
    if rung.number == step.level and not rung.lap:
        return step
    return Step(run=step.run, level=rung.number, round=step.round + rung.lap, due_at=rung.due_at)


def _lapse(step: Step, batch: Batch) -> None:
    """An acknowledgement without an outcome in time: the ladder goes on, one level up, in a new round."""
    run = step.run
    step.fire(at=batch.now, told=[])
    batch.steps.append(step)
    run.time_out()
    run.awake_from = step.due_at
    batch.runs.append(run)
    above = [level.level for level in ladder.read(run.matrix).levels if level.level > run.level]
    batch.plan(run, level=above[0] if above else run.level, round=step.round + 1, due_at=step.due_at)
    batch.record("escalation.lapsed", run, level=run.level, round=step.round, due=step.due_at.isoformat())


def _go_on(step: Step, batch: Batch) -> None:
    """The suspension is over: what was left of the next level's time counts from here."""
    run, matrix = step.run, ladder.read(step.run.matrix)
    for waiting in run.steps.filter(state=Step.State.PENDING, kind=Step.Kind.NOTIFY):
        waiting.due_at = ladder.moved(matrix, waiting.level, waiting.due_at, run.suspended_at, step.due_at)
        batch.steps.append(waiting)
    step.fire(at=batch.now, told=[])
    batch.steps.append(step)
    run.go_on()
    run.awake_from = step.due_at
    batch.runs.append(run)
    batch.record("escalation.went_on", run, due=step.due_at.isoformat())


_WORK = {Step.Kind.NOTIFY: _tell_level, Step.Kind.ACK_TIMEOUT: _lapse, Step.Kind.GO_ON: _go_on}
