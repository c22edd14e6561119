from django.conf import settings
from django.db import models
from django.db.models import F, Q

from agreements.models.agreement import Agreement


class SupportQuerySet(models.QuerySet):
    def live(self):
        return self.filter(unlinked_at=None)


class Support(models.Model):
    """An OLA or UC stands behind an agreement: the provider's own matter, outside the terms that both sides sign."""

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="supports")
    by = models.ForeignKey(Agreement, models.PROTECT, related_name="supporting")
    # What of the agreement hangs on it, by the keys of its terms; empty: all of it.
    service = models.CharField(max_length=60, blank=True)
    kpi = models.CharField(max_length=20, blank=True)
    # Which promise of the supporting agreement is meant; empty: the only one of its kind.
    promise = models.CharField(max_length=20, blank=True)
    # Alternatives share a name; without one it is needed by itself.
    group = models.CharField(max_length=20, blank=True)
    linked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    linked_at = models.DateTimeField()
    unlinked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    unlinked_at = models.DateTimeField(null=True)
    # What was looked at last by the sweep, and what it found wrong with the signed promise.
    checked = models.CharField(max_length=64, blank=True)
    problem = models.TextField(blank=True)

    objects = SupportQuerySet.as_manager()

    class Meta:
        ordering = ["group", "by__reference", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "by", "service", "kpi", "promise"], condition=Q(unlinked_at=None),
                name="support_linked_once",
            ),
            models.CheckConstraint(condition=~Q(agreement=F("by")), name="support_by_another"),
        ]

    def __str__(self):
        return f"{self.agreement.reference} by {self.by.reference}"
