"""Breaches that one sweep logged together are acknowledged together."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts import nudge, outbox, webhooks
from accounts.models import User
from accounts.notifications import notify
from incidents import firing, ladder, telling
from incidents.acting import Overtaken
from incidents.models import Breach, Herd, Run, Step
from records import audit


@transaction.atomic
def acknowledge_herd(herd: Herd, *, actor: User, at: datetime) -> int:
    """Acknowledge all of a herd whose ladder climbs or rests; returns how many. The actor owns them then.

    A few statements, however many they are. Raises Overtaken when somebody was faster with all of them.
    """
    climbing = Run.objects.select_for_update(of=("self",)).filter(
        herd=herd, state__in=[Run.State.ACTIVE, Run.State.SUSPENDED]
    )
    runs = list(climbing.select_related("agreement", "breach", "herd").order_by("pk"))
    if not runs:
        raise Overtaken("", _("Somebody was faster: all of them are acknowledged or over."))
    _stop(runs)
    _take(runs, actor, at)
    _await_outcomes(runs, at)
    outbox.cancel(telling.group(runs[0]))
    audit.record_all(
        audit.entry("breach.acknowledged", run.breach, actor=actor, at=at, scope=run.agreement.reference,
                    level=run.level, herd=herd.pk)
        for run in runs
    )
    _tell(herd, runs, actor, at)
    return len(runs)


def _stop(runs: list[Run]) -> None:
    steps = list(Step.objects.pending().filter(run__in=[run.pk for run in runs]))
    for step in steps:
        step.cancel()
    firing.save_alike(steps, "state")


def _take(runs: list[Run], actor: User, at: datetime) -> None:
    # Read under the locks of their runs, which every act on a breach takes first.
    breaches = Breach.objects.in_bulk([run.breach_id for run in runs])
    for run in runs:
        if run.state == Run.State.SUSPENDED:
            run.go_on()
        run.acknowledge(by=actor, at=at)
    for breach in breaches.values():
        if breach.state == Breach.State.OPEN:
            breach.acknowledge(by=actor, at=at)
        breach.owner = actor
    firing.save_alike(runs, "state", "suspended_at", "acknowledged_at", "acknowledged_by_id")
    firing.save_alike(breaches.values(), "state", "acknowledged_at", "acknowledged_by_id", "owner_id")


def _await_outcomes(runs: list[Run], at: datetime) -> None:
    rounds = dict(Step.objects.filter(run__in=[run.pk for run in runs]).values_list("run").annotate(Max("round")))
    lapses = {level: ladder.lapse(ladder.read(runs[0].matrix), level, at) for level in {run.level for run in runs}}
    # A round further than any, so that it never meets the lapse of an acknowledgement before.
    Step.objects.bulk_create([
        Step(run=run, kind=Step.Kind.ACK_TIMEOUT, level=run.level, round=rounds[run.pk] + 1, due_at=due_at)
        for run in runs if (due_at := lapses[run.level]) is not None
    ], batch_size=500)


def _tell(herd: Herd, runs: list[Run], actor: User, at: datetime) -> None:
    said = {"count": len(runs), "title": herd.title, "name": actor.name}
    event = firing.event("escalation.acknowledged", runs[0], f"herd:{herd.pk}:acknowledged:{at.isoformat()}",
                         {"by": actor.name, "title": herd.title, "count": len(runs)})
    webhooks.announce([event], at=at)
    told = User.objects.filter(pk__in=telling.told_so_far(runs[0])).exclude(pk=actor.pk)
    notify(told, key=f"herd:{herd.pk}:acknowledged:{at.isoformat()}", text=herd.title, url=herd.get_absolute_url(),
           at=at, title=_("%(name)s acknowledged %(count)d breaches at once") % said, mail=False,
           scope=runs[0].agreement.reference)
    nudge.engine("accounts.deliver")
