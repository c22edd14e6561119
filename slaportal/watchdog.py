"""What must be zero. Counted from the state itself, so that nothing can be lost between two looks."""

from datetime import datetime, timedelta

import structlog
from django.db.models import Exists, OuterRef

from accounts.models import Message
from incidents import owing as late_data
from incidents import telling
from incidents.models import Breach, Run, Step
from kpis.models import DirtyDay, Period
from records import clock, heads
from records.models import AuditEntry, Sweep
from reviews import owing as late_reviews
from slaportal.timetable import TIMETABLE

log = structlog.get_logger(__name__)
LATE = timedelta(minutes=5)


def counts(*, now: datetime) -> dict[str, int]:
    """Each invariant's number of exceptions at `now`; all zero is health."""
    pending = Step.objects.filter(run=OuterRef("pk"), state=Step.State.PENDING)
    told_all = Step.objects.filter(run=OuterRef("pk"), state=Step.State.FIRED)
    return {
        "active runs without a step to come or a level told": (
            Run.objects.filter(~Exists(pending), ~Exists(told_all), state=Run.State.ACTIVE).count()
        ),
        "steps overdue": Step.objects.due(now - LATE).count(),
        "breaches without a run": Breach.objects.filter(state=Breach.State.OPEN, run=None).count(),
        "late data without a run": len(late_data.without_run(now - LATE)),
        "overdue reviews without a run": _reviews_without_run(now - LATE),
        "periods past grace": Period.objects.due(now - LATE).count(),
        "days dirty for 10 minutes": DirtyDay.objects.filter(marked_at__lt=now - 2 * LATE).count(),
        "active runs below their top that wait for nothing": Run.objects.stalled().count(),
        "suspended runs without an end": Run.objects.filter(~Exists(pending), state=Run.State.SUSPENDED).count(),
        "messages that wait although somebody acknowledged": _after_acknowledgement(),
        "mails not known to have arrived": Message.objects.in_doubt().count(),
        "mails whose sender stopped": Message.objects.filter(lease_until__lt=now - LATE).count(),
        "entries unlinked for a minute": AuditEntry.objects.filter(
            link=None, recorded_at__lt=clock.real_now() - timedelta(minutes=1)
        ).count(),
        "chain behind the head told to the parties": int(heads.missing() is not None),
        "sweeps late": _late_sweeps(),
    }


def _reviews_without_run(now: datetime) -> int:
    known = late_reviews.open_runs()
    return sum(late_reviews.key(due.agreement) not in known for due in late_reviews.overdue(now))


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
    names = {telling.group(run) for run in stopped.only("pk")}
    return sum(group in names for group in groups)


def _late_sweeps() -> int:
    """Sweeps whose last good end is older than three intervals and a minute; none of them: no engine ran."""
    ended = dict(Sweep.objects.values_list("name", "finished_at"))
    now = clock.real_now()
    return sum(
        ended.get(name) is None or now - ended[name] > timedelta(seconds=3 * seconds + 60)
        for name, seconds in TIMETABLE.items()
    )


def report(*, now: datetime) -> int:
    """Log each invariant that does not hold; returns how many."""
    broken = {name: count for name, count in counts(now=now).items() if count}
    for name, count in broken.items():
        log.warning("watchdog", invariant=name, count=count)
    return len(broken)
