"""What must be zero. Counted from the state itself, so that nothing can be lost between two looks."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db.models import CharField, Count, Exists, OuterRef, QuerySet, Value

from accounts.models import Message
from incidents import owing as late_data
from incidents import telling
from incidents.models import Breach, Run, Step
from kpis.models import DirtyDay, Period
from records import clock, heads
from records.models import AuditEntry, Sweep
from reviews import owing as late_reviews
from slaportal import alarms
from slaportal.timetable import TIMETABLE

log = structlog.get_logger(__name__)
LATE = timedelta(minutes=5)


def counts(*, now: datetime) -> dict[str, int]:
    """Each invariant's number of exceptions at `now`; all zero is health."""
    return _counted(now) | {
        "late data without a run": len(late_data.without_run(now - LATE)),
        "overdue reviews without a run": len(_reviews_without_run(now - LATE)),
        "steps told without an entry of it": _told_in_silence(now),
        "messages that wait although somebody acknowledged": _after_acknowledgement(),
        "chain behind the head told to the parties": int(heads.missing() is not None),
        "sweeps late": _late_sweeps(),
    }


def _counted(now: datetime) -> dict[str, int]:
    """How many rows are there that must not be: one query for all."""
    exceptions = _exceptions(now)
    first, *others = (
        rows.order_by().values(what=Value(name, output_field=CharField())).annotate(many=Count("pk"))
        for name, (rows, _path) in exceptions.items()
    )
    found = dict(first.union(*others, all=True).values_list("what", "many"))
    return {name: found.get(name, 0) for name in exceptions}


def agreements(name: str, *, now: datetime) -> set[int]:
    """The agreements that an invariant's exceptions belong to; none where it is about the portal as a whole."""
    if name == "late data without a run":
        return {owed.agreement.pk for owed in late_data.without_run(now - LATE)}
    if name == "overdue reviews without a run":
        return set(_reviews_without_run(now - LATE))
    rows, path = _exceptions(now).get(name, (None, ""))
    return set(rows.values_list(path, flat=True)) if rows is not None and path else set()


def _exceptions(now: datetime) -> dict[str, tuple[QuerySet[Any], str]]:
    """The rows that must not be there, and the way from one to its agreement ("": it has none)."""
    pending = Step.objects.filter(run=OuterRef("pk"), state=Step.State.PENDING)
    told_all = Step.objects.filter(run=OuterRef("pk"), state=Step.State.FIRED)
    entry_old = clock.real_now() - timedelta(minutes=1)
    return {
        "active runs without a step to come or a level told": (
            Run.objects.filter(~Exists(pending), ~Exists(told_all), state=Run.State.ACTIVE), "agreement"
        ),
        "steps overdue": (Step.objects.due(now - LATE).order_by(), "run__agreement"),
        "breaches without a run": (Breach.objects.filter(state=Breach.State.OPEN, run=None).order_by(), "agreement"),
        "periods past grace": (Period.objects.due(now - LATE).order_by(), "target__agreement"),
        "days dirty for 10 minutes": (DirtyDay.objects.filter(marked_at__lt=now - 2 * LATE), ""),
        "active runs below their top that wait for nothing": (Run.objects.stalled(), "agreement"),
        "suspended runs without an end": (
            Run.objects.filter(~Exists(pending), state=Run.State.SUSPENDED), "agreement"
        ),
        "mails not known to have arrived": (Message.objects.in_doubt(), ""),
        "mails whose sender stopped": (Message.objects.filter(lease_until__lt=now - LATE), ""),
        "entries unlinked for a minute": (AuditEntry.objects.filter(link=None, recorded_at__lt=entry_old), ""),
    }


def _told_in_silence(now: datetime) -> int:
    """Levels told within the last hour that have no audit entry: both are written in one transaction."""
    since = now - timedelta(hours=1)
    steps = Step.objects.filter(kind=Step.Kind.NOTIFY, state=Step.State.FIRED, fired_at__gte=since)
    fired = Counter(
        (subject.rpartition(":")[0] if subject.count(":") > 1 else subject, reference, level, number)
        for subject, reference, level, number in steps.order_by().values_list(
            "run__subject", "run__agreement__reference", "level", "round")
    )
    entries = AuditEntry.objects.filter(verb="escalation.told", scope__in={key[1] for key in fired}, at__gte=since)
    said = Counter(
        (f"{label}:{pk}", scope, level, number)
        for label, pk, scope, level, number in entries.order_by().values_list(
            "target_label", "target_id", "scope", "data__level", "data__round")
    )
    return (fired - said).total()


def _reviews_without_run(now: datetime) -> list[int]:
    known = late_reviews.open_runs()
    found = late_reviews.overdue(now)
    return [due.agreement.pk for due in found if late_reviews.key(due.agreement) not in known]


def _after_acknowledgement() -> int:
    """Messages of a run's levels that wait to be sent although its ladder was stopped."""
    waiting = Message.objects.filter(
        state__in=[Message.State.PENDING, Message.State.HELD, Message.State.CLAIMED], group__startswith="run:"
    )
    groups = list(waiting.values_list("group", flat=True))
    stopped = Run.objects.filter(
        pk__in={int(group.removeprefix("run:")) for group in groups},
        state__in=[Run.State.ACKNOWLEDGED, Run.State.RESOLVED],
    )
    names = {telling.group(run) for run in stopped.only("pk", "herd")}
    return sum(group in names for group in groups) + _after_the_last_of_a_herd()


def _after_the_last_of_a_herd() -> int:
    """The same for what several runs say together: none of them climbs any more."""
    moving = [Message.State.PENDING, Message.State.HELD, Message.State.CLAIMED]
    waiting = Message.objects.filter(state__in=moving, group__startswith="herd:").values_list("group", flat=True)
    groups = list(waiting)
    asked = {int(group.removeprefix("herd:")) for group in groups}
    climbing = set(Run.objects.filter(herd__in=asked, state=Run.State.ACTIVE).values_list("herd", flat=True))
    return sum(int(group.removeprefix("herd:")) not in climbing for group in groups)


def _late_sweeps() -> int:
    """Sweeps whose last good end is older than three intervals and a minute; none of them: no engine ran."""
    known, now = {sweep.name: sweep for sweep in Sweep.objects.all()}, clock.real_now()
    return sum(_is_late(known.get(name), seconds, now) for name, seconds in TIMETABLE.items())


def _is_late(sweep: Sweep | None, seconds: int, now: datetime) -> bool:
    if sweep is None:
        return True
    # One that has not ended yet counts from its beginning: an hourly one has an hour to come in a new database.
    last = sweep.finished_at or (None if sweep.failures else sweep.started_at)
    return last is None or now - last > timedelta(seconds=3 * seconds + 60)


def _expect_sweeps() -> None:
    """Let those that never ran count from now."""
    missing = TIMETABLE.keys() - set(Sweep.objects.values_list("name", flat=True))
    rows = [Sweep(name=name, started_at=clock.real_now()) for name in missing]
    Sweep.objects.bulk_create(rows, ignore_conflicts=True)


def report(*, now: datetime) -> int:
    """Log each invariant that does not hold, and tell people when one begins or ends; returns how many."""
    _expect_sweeps()
    found = counts(now=now)
    broken = {name: count for name, count in found.items() if count}
    for name, count in broken.items():
        log.warning("watchdog", invariant=name, count=count)
    # A database that was restored from an old backup takes no entries, and no mail leaves it.
    if not heads.alarm():
        alarms.settle(found, {name: agreements(name, now=now) for name in broken}, now=now)
    return len(broken)
