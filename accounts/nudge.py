"""Wake the engine after a commit. The sweeps are the truth: a lost nudge costs one tick, never an act."""

from functools import partial

import structlog
from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)


def engine(task_name: str) -> None:
    """Start a sweep soon after this transaction commits; nothing when embedded, whose engine polls."""
    if not settings.EMBEDDED:
        transaction.on_commit(partial(_send, task_name), robust=True)


def _send(task_name: str) -> None:
    try:
        current_app.send_task(task_name, retry=False)
    except OperationalError as error:
        log.warning("nudge_lost", task=task_name, error=str(error))
