from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from kpis.models.exact import ExactField


class FactQuerySet(models.QuerySet):
    def newest(self, indicator_id, known_until=None):
        """The newest revision of each fact of an indicator, withdrawn ones too.

        As known after the delivery `known_until`; None knows every delivery.
        """
        known = self.model.objects.filter(indicator_id=indicator_id)
        if known_until is not None:
            known = known.filter(delivery_id__lte=known_until)
        same = {name: OuterRef(name) for name in self.model.identity}
        later = known.filter(**same, revision__gt=OuterRef("revision"))
        found = self.filter(~Exists(later), indicator_id=indicator_id)
        return found if known_until is None else found.filter(delivery_id__lte=known_until)

    def current(self, indicator_id, known_until=None):
        """What counts: the newest revisions that were not withdrawn."""
        return self.newest(indicator_id, known_until).filter(voided=False)


class Fact(models.Model):
    """Append-only rows without a foreign key on either side, their time in the key, so that they can be
    partitioned. The newest revision counts; `delivery_id` says what was known when."""

    # What tells two facts of an indicator apart; revisions are numbered within it.
    identity = ("source", "external_id")

    indicator_id = models.BigIntegerField()
    source = models.CharField(max_length=80)
    external_id = models.CharField(max_length=80)
    revision = models.PositiveSmallIntegerField(default=0)
    voided = models.BooleanField(default=False)
    delivery_id = models.BigIntegerField()

    objects = FactQuerySet.as_manager()

    class Meta:
        abstract = True


class Outage(Fact):
    """Down from `at` until before `until` (None: still down)."""

    pk = models.CompositePrimaryKey("indicator_id", "at", "source", "external_id", "revision")
    at = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gt=F("at")), name="outage_runs_forward"
            ),
        ]
        indexes = [
            models.Index(
                fields=["indicator_id", "source", "external_id", "revision"], name="outage_identity"
            ),
        ]


class ObservedSpan(Fact):
    """The span an outage log observed: outside it is a gap, inside it silence means up."""

    identity = ("at", "source", "external_id")

    pk = models.CompositePrimaryKey("indicator_id", "at", "source", "external_id", "revision")
    at = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=F("at")), name="observed_span_runs_forward"),
        ]


class Case(Fact):
    """An imported ticket with its clock: opened `at`, answered, paused, then resolved and closed."""

    pk = models.CompositePrimaryKey("indicator_id", "at", "source", "external_id", "revision")
    at = models.DateTimeField()
    priority = models.PositiveSmallIntegerField()
    # When somebody first answered it.
    responded_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    # When it waited: [start, end or None, reason], instants as ISO texts in UTC, in order.
    pauses = models.JSONField(default=list)
    facts = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["indicator_id", "closed_at"], name="case_closed"),
            models.Index(fields=["indicator_id", "source", "external_id", "revision"], name="case_identity"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(closed_at__gte=F("at")), name="case_closed_after_opened"
            ),
            models.CheckConstraint(
                condition=Q(resolved_at=None) | Q(resolved_at__gte=F("at")), name="case_resolved_after_opened"
            ),
            models.CheckConstraint(
                condition=Q(responded_at=None) | Q(responded_at__gte=F("at")), name="case_answered_after_opened"
            ),
        ]


class Sample(Fact):
    """One measured or attested value; of a stream of ratios `value` is what was good, of `total`."""

    identity = ("at", "source", "external_id")

    pk = models.CompositePrimaryKey("indicator_id", "at", "source", "external_id", "revision")
    at = models.DateTimeField()
    value = models.DecimalField(max_digits=30, decimal_places=10)
    total = models.DecimalField(max_digits=30, decimal_places=10, null=True)
    evidence = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(total=None) | Q(value__gte=0, total__gte=F("value")), name="sample_good_of_total"
            ),
        ]


class DirtyDay(models.Model):
    """A day (UTC) of an indicator whose rollup is out of date. No unique key: marking never waits."""

    indicator_id = models.BigIntegerField()
    day = models.DateField()
    marked_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["indicator_id", "day"], name="dirty_day")]


class DayRollup(models.Model):
    """A day of a zone of an indicator in figures: derived, may be dropped and rebuilt at any time."""

    pk = models.CompositePrimaryKey("indicator_id", "zone", "day")
    indicator_id = models.BigIntegerField()
    zone = models.CharField(max_length=60)
    day = models.DateField()
    # Of samples: how many, their exact sum, that of their totals, the ends, and all values in order (kpis.packing).
    count = models.PositiveIntegerField(default=0)
    sum = ExactField(null=True)
    total = ExactField(null=True)
    smallest = ExactField(null=True)
    largest = ExactField(null=True)
    packed = models.BinaryField(null=True)
    # Of outages and cases.
    figures = models.JSONField(default=dict)
