"""Single writers and heartbeats. Two beats or two engines may run: one of them works, the other passes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from records import clock, heads
from records.models import Lock, Sweep

# Goes on when everything else stands still.
WATCH = {"slaportal.watch"}


@contextmanager
def exclusive(name: str) -> Iterator[bool]:
    """Be the single writer `name` for the surrounding transaction; yields False when another is.

    SQLite needs no row lock: an IMMEDIATE transaction is alone already.
    """
    Lock.objects.get_or_create(name=name)
    rows = Lock.objects.filter(name=name)
    if connection.vendor == "postgresql":
        rows = rows.select_for_update(skip_locked=True)
    yield rows.first() is not None


def run(name: str, work: Callable[[], int]) -> int:
    """Run one sweep's work and write its heartbeat; an error is noted there and raised again.

    In a database that was restored from an old backup nothing runs, and no mail goes out.
    """
    if heads.alarm() and name not in WATCH:
        return 0
    Sweep.objects.update_or_create(name=name, defaults={"started_at": clock.real_now()})
    try:
        done = work()
    except Exception as error:
        with transaction.atomic():
            sweep = Sweep.objects.select_for_update().get(name=name)
            sweep.failures += 1
            sweep.last_error = f"{type(error).__name__}: {error}"[:2000]
            sweep.save(update_fields=["failures", "last_error"])
        raise
    Sweep.objects.filter(name=name).update(finished_at=clock.real_now(), failures=0, last_error="")
    return done
