from django.conf import settings
from django.db import models
from django.urls import reverse


class AuditEntry(models.Model):
    """One line of the history of an object. Append only: the database refuses UPDATE and DELETE."""

    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    verb = models.CharField(max_length=60)
    target_label = models.CharField(max_length=60)
    target_id = models.BigIntegerField()
    # The agreement's reference (SLA-2026-014) the entry belongs to; empty for the portal as a whole.
    scope = models.CharField(max_length=40, blank=True)
    data = models.JSONField(default=dict)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["target_label", "target_id", "-at"], name="audit_target"),
            models.Index(fields=["scope", "-at"], name="audit_scope"),
        ]

    def __str__(self):
        return f"{self.verb} {self.target_label}:{self.target_id}"


class ChainLink(models.Model):
    """The place of one entry in the chain. Written by one sweep, so that acts never queue for the head."""

    seq = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(AuditEntry, models.PROTECT, related_name="link")
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ["seq"]


class DocumentQuerySet(models.QuerySet):
    def in_scopes(self, references):
        """Documents of these agreements; records knows agreements only by their reference."""
        return self.filter(scope__in=references)


class Document(models.Model):
    """A file of the vault: named by the hash of its content, written once."""

    class Kind(models.TextChoices):
        PREPARED = "prepared", "Prepared for signature"
        SIGNED = "signed", "Signed agreement"
        REPORT = "report", "Report"
        MINUTES = "minutes", "Minutes"
        EVIDENCE = "evidence", "Evidence"
        DATA = "data", "Delivered data"

    sha256 = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    number = models.CharField(max_length=40, blank=True)
    title = models.CharField(max_length=200)
    filename = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.BigIntegerField()
    scope = models.CharField(max_length=40, blank=True, db_index=True)
    # Words of the text, for search; the file itself is the truth.
    text = models.TextField(blank=True)
    stored_at = models.DateTimeField()
    stored_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = DocumentQuerySet.as_manager()

    class Meta:
        ordering = ["-stored_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=[
                    "prepared", "signed", "report", "minutes", "evidence", "data",
                ]),
                name="document_kind_known",
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("records:document", args=[self.sha256])


class Counter(models.Model):
    """The last number given out of one series (SLA-2026, BR, ...); numbers are never used twice."""

    series = models.CharField(max_length=40, primary_key=True)
    value = models.PositiveIntegerField(default=0)


class Lock(models.Model):
    """A row that a single writer holds while it works."""

    name = models.CharField(max_length=60, primary_key=True)


class Sweep(models.Model):
    """The heartbeat of a sweep: when it ran last and how it went."""

    name = models.CharField(max_length=60, primary_key=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True)
