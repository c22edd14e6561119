"""Lock first, then take the time: a deadline is judged when the act happens, not when it began to wait."""

from datetime import datetime, timedelta
from typing import TypeVar

from django.db.models import Model, QuerySet

from records import clock

M = TypeVar("M", bound=Model)


def lock(rows: QuerySet[M], pk: int, at: datetime) -> tuple[M, datetime]:
    """Lock one row; returns it and `at` moved on by the whole seconds that the lock was waited for."""
    asked = clock.now()
    row = rows.select_for_update(of=("self",)).get(pk=pk)
    waited = int((clock.now() - asked).total_seconds())
    return row, at + timedelta(seconds=max(0, waited))
