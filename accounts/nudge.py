"""Wake the engine after a commit. The sweeps are the truth: a lost nudge costs one tick, never an act."""

import structlog
from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)


def engine(task_name: str) -> None:
    """Start a sweep soon after this transaction commits; nothing when embedded, whose engine polls."""
    if not settings.EMBEDDED:

        def send():
            _send(task_name)

        transaction.on_commit(send, robust=True)


def _send(task_name: str) -> None:
    try:
        current_app.send_task(task_name, retry=False)
    except (OperationalError, RedisError, OSError) as error:
        log.warning("nudge_lost", task=task_name, error=str(error))
