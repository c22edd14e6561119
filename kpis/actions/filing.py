"""The worker's side of held files: one that was stopped is begun again, so a stop loses nothing."""

from datetime import datetime, timedelta
from itertools import groupby

from django.db import transaction

from kpis.actions.holding import take_in_held
from kpis.actions.taking_in import Refused
from kpis.intake import keeping
from kpis.intake.reading import LEASE, Lost, note, read_held
from kpis.models import HeldFile, Indicator
from records import audit, clock

MOST_ATTEMPTS = 3
LEFT_FOR = timedelta(days=1)


def read_files(*, now: datetime) -> int:
    """Read every file that waits, take in every file that was decided on; returns how many were done.

    One whose worker was stopped is begun again; the third time it ends with a message to its person.
    """
    done = 0
    while (held := _claim(now)) is not None:
        try:
            _work(held, now)
        except (Lost, HeldFile.DoesNotExist):
            continue
        done += 1
    return done


@transaction.atomic
def clear_intake(*, now: datetime) -> int:
    """Remove files that nobody holds, a day after they were touched last; returns how many.

    A process that is killed between keeping a file and committing its row, or between the commit and the removal,
    leaves such. A file of an upload that is still under way is younger.
    """
    left = keeping.untouched_since(clock.real_now() - LEFT_FOR)
    # Asked after the list was made: what is held meanwhile is known here.
    held = set(HeldFile.objects.filter(folder__in=left).values_list("folder", flat=True))
    orphans = sorted(set(left) - held)
    for stream, folders in groupby(orphans, key=left.__getitem__):
        audit.record("data.cleared", Indicator(pk=stream), actor=None, at=now, folders=list(folders))
    transaction.on_commit(lambda: keeping.forget(*orphans))
    return len(orphans)


def _work(held: HeldFile, now: datetime) -> None:
    if held.state == HeldFile.State.WAITING:
        read_held(held, now=now)
        return
    try:
        take_in_held(held, at=now)
    except Refused as refused:
        # Somebody delivered between its reading and now.
        note(held, refused.plan, problem="Nothing was saved: some rows are wrong now.")


@transaction.atomic
def _claim(now: datetime) -> HeldFile | None:
    held = HeldFile.objects.due(now).select_for_update(skip_locked=True).select_related("indicator").first()
    if held is None:
        return None
    if held.attempts >= MOST_ATTEMPTS:
        held.state, held.lease_until = HeldFile.State.FAILED, None
        held.problem = "Its reading was stopped three times. Deliver the file in parts, or once more."
        held.save(update_fields=["state", "problem", "lease_until"])
        audit.record("data.given_up", held.indicator, actor=None, at=now, sha256=held.sha256)
        return _claim(now)
    held.attempts, held.lease_until = held.attempts + 1, now + LEASE
    held.save(update_fields=["attempts", "lease_until"])
    return held
