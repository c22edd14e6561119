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
    """A measured stream of the provider: outages, cases, values or attested scores."""

    class Kind(models.TextChoices):
        OUTAGES = "outages", "Outage log"
        CASES = "cases", "Cases"
        VALUES = "values", "Values"
        SCORES = "scores", "Scores"

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="indicators")
    key = models.SlugField(max_length=40)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    unit = models.CharField(max_length=20, blank=True)
    source = models.CharField(max_length=200, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = IndicatorQuerySet.as_manager()

    class Meta:
        ordering = ["key"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "key"], name="indicator_key_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["outages", "cases", "values", "scores"]), name="indicator_kind_known"
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
        API = "api", "API"
        PORTAL = "portal", "Portal"

    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="deliveries")
    door = models.CharField(max_length=10, choices=Door.choices)
    source = models.CharField(max_length=80)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
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


class HeldFile(models.Model):
    """A file that a person has uploaded and not yet decided on. One per person and indicator, then gone."""

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    at = models.DateTimeField()
    filename = models.CharField(max_length=200)
    content = models.BinaryField()
    timezone = models.CharField(max_length=60, blank=True)
    observed_from = models.DateTimeField(null=True)
    observed_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["indicator", "by"], name="file_held_once")]
