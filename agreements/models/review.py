from django.conf import settings
from django.db import models
from django.db.models import Q

from agreements.models.agreement import Party
from agreements.models.version import Version
from agreements.terms import Terms, load


class Draft(models.Model):
    """A draft as it was sent to review: what reviewers read, and what the next draft is compared with."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="drafts")
    number = models.PositiveSmallIntegerField()
    terms = models.JSONField()
    message = models.TextField(blank=True)
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()

    class Meta:
        ordering = ["version", "-number"]
        constraints = [models.UniqueConstraint(fields=["version", "number"], name="draft_number_once")]

    def read_terms(self) -> Terms:
        return load(self.terms)


class Reviewer(models.Model):
    """A seat in the review of a version."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="reviewers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    party = models.CharField(max_length=10, choices=Party.choices)
    required = models.BooleanField(default=True)
    invited_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "user"], name="reviewer_once")]


class Approval(models.Model):
    """What a reviewer approved: pairs of part and hash, so that an edit uncovers only what it touched."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="approvals")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    parts = models.JSONField(default=dict)
    remark = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]


class Comment(models.Model):
    """A remark on a part of a version ("clause:c4", "kpis"); replies hang on the first of their thread."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="comments")
    part = models.CharField(max_length=60)
    thread = models.ForeignKey("self", models.CASCADE, null=True, related_name="replies")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    text = models.TextField()
    blocking = models.BooleanField(default=False)
    at = models.DateTimeField()
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(settled_at=None, settled_by=None)
                | Q(settled_at__isnull=False, settled_by__isnull=False),
                name="comment_settled_by_somebody",
            ),
        ]
