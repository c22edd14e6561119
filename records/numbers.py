"""Numbers that people quote: unique in the portal and never used twice."""

from django.db import transaction

from records.models import Counter


def following(series: str) -> int:
    """The next number of a series, starting at 1. A rolled back act gives its number back."""
    return run_of(series, 1)[0]


@transaction.atomic
def run_of(series: str, count: int) -> range:
    """The next numbers of a series at once."""
    Counter.objects.get_or_create(series=series)
    counter = Counter.objects.select_for_update().get(series=series)
    counter.value += count
    counter.save(update_fields=["value"])
    return range(counter.value - count + 1, counter.value + 1)
