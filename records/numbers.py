"""Numbers that people quote: unique in the portal and never used twice."""

from django.db import transaction

from records.models import Counter


@transaction.atomic
def following(series: str) -> int:
    """The next number of a series, starting at 1. A rolled back act gives its number back."""
    Counter.objects.get_or_create(series=series)
    counter = Counter.objects.select_for_update().get(series=series)
    counter.value += 1
    counter.save(update_fields=["value"])
    return counter.value
