"""What Prometheus reads: counted from the rows at each look, so that any process answers for all of them."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count, Min, Q
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from accounts.models import Message
from incidents.models import Run, Step
from records import clock
from records.models import Sweep
from slaportal import watchdog

# Final states are left out: they only grow, and counting them would read the whole table.
MOVING = ["pending", "held", "claimed", "sending"]


def text(*, now: datetime) -> bytes:
    """All metrics at `now`, in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(_Rows(now))
    return generate_latest(registry)


class _Rows(Collector):
    def __init__(self, now: datetime):
        self.now = now

    def describe(self) -> Iterator[GaugeMetricFamily]:
        return iter(())  # else registering would count everything once for nothing

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield _gauge("invariant_exceptions", "What must be zero, by the watchdog", ["name"],
                     [([name], count) for name, count in watchdog.counts(now=self.now).items()])
        yield from _sweeps()
        yield from self._outbox()
        yield _gauge("runs", "Escalation runs that are not resolved", ["state"], _by(
            Run.objects.exclude(state=Run.State.RESOLVED), "state"))
        due = Step.objects.due(self.now).count()
        yield _gauge("steps_due", "Steps of escalations that are due now", [], [([], due)])

    def _outbox(self) -> Iterator[GaugeMetricFamily]:
        moving, doubt = Message.objects.filter(state__in=MOVING), Message.objects.in_doubt()
        yield _gauge("messages", "Messages that are not settled", ["channel", "state"],
                     [*_by(moving, "channel", "state"), *_by(doubt, "channel", "state")])
        oldest = moving.filter(Q(state="pending") | Q(state="held"), next_try_at__lte=self.now).aggregate(
            at=Min("next_try_at"))["at"]
        late = (self.now - oldest).total_seconds() if oldest else 0
        yield _gauge("message_oldest_due_seconds", "How long the oldest message that is due waits", [], [([], late)])


def _sweeps() -> Iterator[GaugeMetricFamily]:
    now, sweeps = clock.real_now(), list(Sweep.objects.order_by("name"))
    ended = [([each.name], (now - each.finished_at).total_seconds()) for each in sweeps if each.finished_at]
    yield _gauge("sweep_age_seconds", "Time since the last good end of a sweep", ["sweep"], ended)
    yield _gauge("sweep_failures", "Failures of a sweep since its last good end", ["sweep"],
                 [([each.name], each.failures) for each in sweeps])


def _by(rows, *names):
    counted = rows.order_by().values(*names).annotate(count=Count("pk"))
    return [([row[name] for name in names], row["count"]) for row in counted]


def _gauge(name, text, labels, values) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"slaportal_{name}", text, labels=labels)
    for keys, value in values:
        family.add_metric(keys, value)
    return family
