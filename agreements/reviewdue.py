"""The day of each agreement's next review, written down by the app that knows it, so that the list can filter by it."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from agreements.models import Agreement


@transaction.atomic
def note(due: Mapping[int, datetime]) -> int:
    """Write down when the next review of every agreement is over, by id; none for all others. Returns how many changed.

    A projection: it can be worked out again at any time, so it leaves no entry.
    """
    known = dict(Agreement.objects.exclude(review_due_at=None).values_list("pk", "review_due_at"))
    changed = {pk: due.get(pk) for pk in known.keys() | due.keys() if known.get(pk) != due.get(pk)}
    for pk, at in changed.items():
        Agreement.objects.filter(pk=pk).update(review_due_at=at)
    return len(changed)
