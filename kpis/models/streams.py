from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Membership, Organisation, Role
from agreements.models import Agreement
from records.models import Document


class IndicatorQuerySet(models.QuerySet):
    def visible_to(self, user, at):
        """Streams of one's own organisation, and those that feed an agreement one may see."""
        mine = Membership.objects.current(at).filter(user=user).exclude(role=Role.ADMIN)
        fed = Indicator.objects.filter(targets__agreement__in=Agreement.objects.visible_to(user, at))
        return self.filter(Q(organisation__in=mine.values("organisation")) | Q(pk__in=fed.values("pk")))


class Indicator(models.Model):
    """A stream of the provider: outages, cases, values, attested scores, good of all; or results of other KPIs."""

    class Kind(models.TextChoices):
        OUTAGES = "outages", "Outage log"
        CASES = "cases", "Cases"
        VALUES = "values", "Values"
        SCORES = "scores", "Scores"
        RATIOS = "ratios", "Good of all"
        RESULTS = "results", "Results of other KPIs"

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="indicators")
    key = models.SlugField(max_length=40)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    unit = models.CharField(max_length=20, blank=True)
    source = models.CharField(max_length=200, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    # Which column of a file holds what, as it was chosen last: {"at": "Zeitpunkt"}.
    mapping = models.JSONField(default=dict)
    # Counts what exclusions did to its figures: approvals and withdrawals, under the stream's lock.
    exclusions_changed = models.PositiveIntegerField(default=0)

    objects = IndicatorQuerySet.as_manager()

    class Meta:
        ordering = ["key"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "key"], name="indicator_key_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["outages", "cases", "values", "scores", "ratios", "results"]),
                name="indicator_kind_known",
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def log_name(self):
        """The source that its rows are kept under, unless a delivery names another."""
        return self.source[:80] or self.key


class Delivery(models.Model):
    """One taking-in of data. Rows carry its id, so that a result can name the last one it saw."""

    class Door(models.TextChoices):
        UPLOAD = "upload", "Upload"
        FORM = "form", "By hand"
        API = "api", "API"
        PROMETHEUS = "prometheus", "Prometheus"
        OPENMETRICS = "openmetrics", "OpenMetrics"
        PORTAL = "portal", "Portal"

    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="deliveries")
    door = models.CharField(max_length=12, choices=Door.choices)
    source = models.CharField(max_length=80)
    # None: the portal fetched it.
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+")
    rows = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    revised = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    # Rows about a period that was closed already: kept, but its result stands.
    after_close = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]


class HeldFileQuerySet(models.QuerySet):
    def due(self, now):
        """Files that wait for a worker, or whose worker stopped."""
        waiting = Q(state__in=[HeldFile.State.WAITING, HeldFile.State.TAKING])
        return self.filter(waiting, Q(lease_until=None) | Q(lease_until__lte=now)).order_by("pk")


class HeldFile(models.Model):
    """A file between upload and decision. One per person and indicator, then gone; its bytes lie under VAR_DIR."""

    class State(models.TextChoices):
        WAITING = "waiting", "Being read"
        CHECKED = "checked", "Read"
        TAKING = "taking", "Being saved"
        FAILED = "failed", "Stopped"

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    at = models.DateTimeField()
    filename = models.CharField(max_length=200)
    # Name of its folder; empty when an outage log came without a file.
    folder = models.CharField(max_length=40, blank=True)
    size = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    mapping = models.JSONField(default=dict)
    timezone = models.CharField(max_length=60, blank=True)
    observed_from = models.DateTimeField(null=True)
    observed_until = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    # How far its worker is: bytes read, rows seen.
    read_bytes = models.BigIntegerField(default=0)
    read_rows = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    # What the check found: the counts of its plan, the file's own columns, the first errors.
    report = models.JSONField(default=dict)
    problem = models.CharField(max_length=300, blank=True)
    # What its person decided.
    reason = models.CharField(max_length=200, blank=True)
    only_good = models.BooleanField(default=False)

    objects = HeldFileQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["indicator", "by"], name="file_held_once"),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "checked", "taking", "failed"]), name="held_file_state_known"
            ),
        ]

    @property
    def percent(self):
        """How much of it was read, of a hundred."""
        return min(100, self.read_bytes * 100 // self.size) if self.size else 0


class RefusedRow(models.Model):
    """One thing wrong with one row of a delivery that took in the others."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="refused_rows")
    number = models.PositiveIntegerField()
    column = models.CharField(max_length=80, blank=True)
    value = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=300)

    class Meta:
        ordering = ["number", "pk"]
