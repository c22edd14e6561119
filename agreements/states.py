"""The standing of lifecycle.py as a database expression, so that a list is filtered, sorted and counted there.

The word is derived from dates at every read, in one statement for any number of agreements. That both
derivations agree is held by tests/agreements/test_states.py.
"""

from datetime import datetime

from django.db.models import (
    Case,
    Exists,
    FilteredRelation,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from agreements.lifecycle import EXPIRES_SOON, OPEN
from agreements.models import Agreement, Version

# Sorted by state, what is being agreed comes first and what is over last. A row carries the place in this list,
# so that the database compares numbers and works each out once.
ORDER = [
    "preparing", "draft", "in_review", "ready", "signing", "sealing", "scheduled", "expiring", "in_force",
    "terminating", "superseded", "expired", "terminated", "replaced", "rescinded", "ended", "abandoned",
]  # fmt: skip


def with_state(agreements: QuerySet[Agreement], at: datetime) -> QuerySet[Agreement]:
    """Agreements with `place`, that of their state at a moment in ORDER; `under_way__state`, that of an open
    version; `fixed_end`, the instant it ends as declared, else the term runs out (None: it renews itself, or is open).

    Each relation joins one row at most: intervals of executed versions do not overlap, so one of them has no end
    (a renewal that is signed and begins later already says when the agreement ends), and one version is open.
    """
    executed = Q(versions__state=Version.State.EXECUTED, versions__effective_from__isnull=False)
    holds = Q(versions__effective_to=None) | Q(versions__effective_to__gt=at)
    holds &= Q(versions__ends_at=None) | Q(versions__ends_at__gt=at)
    return agreements.alias(
        current=FilteredRelation("versions", condition=executed & Q(versions__effective_from__lte=at) & holds),
        last=FilteredRelation("versions", condition=executed & Q(versions__effective_to=None)),
        under_way=FilteredRelation("versions", condition=Q(versions__state__in=OPEN)),
    ).annotate(fixed_end=Coalesce("ends_at", "last__ends_at"), place=_place(at))


def named(*words: str) -> Q:
    """Those that stand by one of these words, or have a version under way that does."""
    return Q(place__in=[ORDER.index(word) for word in words]) | Q(under_way__state__in=words)


def _place(at: datetime) -> Case:
    executed = Version.objects.executed().filter(agreement=OuterRef("pk"))
    in_force = Q(current__isnull=False)
    return Case(
        *(_when(how, state=Agreement.State.ENDED, ends_as=how) for how in Agreement.EndsAs.values),
        _when("ended", state=Agreement.State.ENDED),
        _when("abandoned", state=Agreement.State.ABANDONED),
        _when("terminating", in_force, ends_at__gt=at),
        _when("expiring", in_force, fixed_end__lte=at + EXPIRES_SOON),
        _when("in_force", in_force),
        _when("scheduled", Exists(executed.filter(effective_from__gt=at))),
        *(_when(how, Exists(executed), ends_as=how, ends_at__lte=at) for how in Agreement.EndsAs.values),
        _when("expired", Exists(executed), fixed_end__lte=at),
        _when("superseded", Exists(executed)),
        *(_when(word, state=Agreement.State.PREPARING, under_way__state=word) for word in OPEN),
        _when("preparing", state=Agreement.State.PREPARING),
        # Active without a signed version: no act leads there.
        default=Value(ORDER.index("in_force")),
        output_field=IntegerField(),
    )


def _when(word: str, *conditions: object, **lookups: object) -> When:
    return When(Q(*conditions, **lookups), then=Value(ORDER.index(word)))
