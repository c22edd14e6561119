from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django_fsm import FSMField, FSMModelMixin, transition

from agreements.models import Agreement, Version
from records.models import Document


class ReportQuerySet(models.QuerySet):
    def newest(self):
        """The newest edition of each report."""
        later = Report.objects.filter(number=OuterRef("number"), edition__gt=OuterRef("edition"))
        return self.filter(~Exists(later))

    def for_list(self):
        return self.select_related("agreement__client", "document")


class Report(FSMModelMixin, models.Model):
    """One edition of a report: facts frozen as JSON, the PDF rendered from them alone."""

    class Interval(models.TextChoices):
        MONTH = "month", "Monthly"
        QUARTER = "quarter", "Quarterly"

    class State(models.TextChoices):
        COMPILED = "compiled", "Compiled"
        SHARED = "shared", "Shared"
        ACKNOWLEDGED = "acknowledged", "Acknowledged"
        DISPUTED = "disputed", "Disputed"
        DEEMED = "deemed", "Deemed accepted"

    number = models.CharField(max_length=30)  # RPT-2026-10-014, RPT-2026-Q2-014
    edition = models.PositiveSmallIntegerField(default=1)
    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="reports")
    version = models.ForeignKey(Version, models.PROTECT, related_name="+")
    interval = models.CharField(max_length=10, choices=Interval.choices)
    label = models.CharField(max_length=20)  # "2026-05", "2026-Q2"
    lo = models.DateTimeField()
    hi = models.DateTimeField()
    facts = models.JSONField()
    facts_sha256 = models.CharField(max_length=64)
    document = models.ForeignKey(Document, models.PROTECT, related_name="+")
    state = FSMField(default=State.COMPILED, choices=State.choices, protected=True)
    reason = models.TextField(blank=True)
    compiled_at = models.DateTimeField()
    shared_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        ordering = ["-hi", "-compiled_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["number", "edition"], name="report_edition_once"),
            models.UniqueConstraint(fields=["agreement", "interval", "lo", "edition"], name="report_once_per_interval"),
            models.CheckConstraint(condition=Q(hi__gt=F("lo")), name="report_runs_forward"),
            models.CheckConstraint(
                condition=Q(state__in=["compiled", "shared", "acknowledged", "disputed", "deemed"]),
                name="report_state_known",
            ),
        ]

    def __str__(self):
        return f"{self.number}, edition {self.edition}" if self.edition > 1 else self.number

    def get_absolute_url(self):
        return reverse("reports:report", args=[self.number])

    @transition(state, source=State.COMPILED, target=State.SHARED)
    def share(self, *, at):
        self.shared_at = at

    @transition(state, source=[State.SHARED, State.DISPUTED], target=State.ACKNOWLEDGED)
    def acknowledge(self, *, at):
        self.settled_at = at

    @transition(state, source=State.SHARED, target=State.DISPUTED)
    def dispute(self):
        pass

    @transition(state, source=State.SHARED, target=State.DEEMED)
    def deem(self, *, at):
        self.settled_at = at


class Receipt(models.Model):
    """What one recipient did with a report: told, opened, acknowledged, remarked, disputed."""

    report = models.ForeignKey(Report, models.PROTECT, related_name="receipts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    told_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    disputed_at = models.DateTimeField(null=True)
    remark = models.TextField(blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["report", "user"], name="receipt_once")]
