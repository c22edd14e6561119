"""The one place that reads the time."""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection

_travelled: timedelta | None = None


def now() -> datetime:
    """The portal's time in UTC: PostgreSQL's clock where there is one, so that all machines agree.

    The embedded demo shifts it by settings.CLOCK_OFFSET; `shift` does so within one process.
    """
    return real_now() + offset()


def real_now() -> datetime:
    """The time without any offset, for what must hold against the outside world (tokens, leases)."""
    if connection.vendor != "postgresql":
        return datetime.now(UTC)
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def offset() -> timedelta:
    return settings.CLOCK_OFFSET if _travelled is None else _travelled


def shift(by: timedelta | None) -> None:
    """Shift this process's clock (the demo builds its history so); None goes back to the setting."""
    global _travelled
    _travelled = by
