"""Lock first, then read, then take the time."""

from datetime import datetime, timedelta
from typing import TypeVar

from django.db.models import Model, QuerySet

from records import clock

M = TypeVar("M", bound=Model)


def locked(rows: QuerySet[M], pk: int) -> M:
    """Lock one row, then read it with its relations.

    In one query, PostgreSQL would join the relations as they were before the wait: a foreign key that the
    other transaction changed comes back without its row.
    """
    rows.model._base_manager.select_for_update().filter(pk=pk).values_list("pk").get()
    return rows.get(pk=pk)


def lock(rows: QuerySet[M], pk: int, at: datetime) -> tuple[M, datetime]:
    """Lock and read one row; also `at`, moved on by the whole seconds that the lock was waited for.

    So a deadline is judged when the act happens, not when it began to wait.
    """
    asked = clock.now()
    row = locked(rows, pk)
    waited = int((clock.now() - asked).total_seconds())
    return row, at + timedelta(seconds=max(0, waited))
