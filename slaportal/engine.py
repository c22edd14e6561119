"""The embedded engine: the timetable of Celery beat, driven by one loop in one process.

Everything it does is rows that sweeps claim, so a kill at any moment loses nothing: the next start goes on.
"""

import threading
from collections.abc import Callable
from functools import cache

import structlog
from django.db import close_old_connections

from slaportal.celery import app
from slaportal.timetable import TIMETABLE

log = structlog.get_logger(__name__)


def sweep(name: str) -> None:
    """Run one sweep of the timetable here and now; its error is the caller's."""
    _tasks()[name]()


@cache
def _tasks() -> dict[str, Callable[[], None]]:
    # Celery finds the tasks only when asked, and checks every model each time it looks.
    app.loader.import_default_modules()
    return {name: app.tasks[name] for name in TIMETABLE}


def run_once() -> int:
    """Run every sweep once, in the timetable's order; returns how many failed. A failure stops no other."""
    return sum(not _run(name) for name in TIMETABLE)


def run_forever(stop: threading.Event, monotonic: Callable[[], float]) -> None:
    """Run each sweep at its interval until `stop` is set, looking every second."""
    due = dict.fromkeys(TIMETABLE, monotonic())
    while not stop.is_set():
        for name, seconds in TIMETABLE.items():
            if due[name] <= monotonic() and not stop.is_set():
                _run(name)
                # From the end, not the plan: a slow sweep must not be run again in a burst.
                due[name] = monotonic() + seconds
        close_old_connections()
        stop.wait(1)


def _run(name: str) -> bool:
    try:
        sweep(name)
    except Exception:  # one sweep's error is in its heartbeat and the log; the others must go on
        log.exception("sweep_failed", sweep=name)
        return False
    return True
