from django.conf import settings
from django.db import models
from django.db.models import Q

from agreements.models.agreement import Agreement


class Renewal(models.Model):
    """One end of a term of an agreement that renews itself: what was decided on it, and that it rolled over."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="renewals")
    term_ends_at = models.DateTimeField()
    # The provider decided to let it renew; reminders to that side stop.
    kept_at = models.DateTimeField(null=True)
    kept_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    renewed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agreement", "term_ends_at"], name="renewal_once"),
        ]


class Reminder(models.Model):
    """A reminder of a day that matters, sent, or passed over in favour of a nearer one after a stop."""

    class State(models.TextChoices):
        SENT = "sent", "Sent"
        COALESCED = "coalesced", "Passed over"

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="reminders")
    kind = models.CharField(max_length=12)  # of a milestone: notice_by | end
    on = models.DateField()
    days = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=12, choices=State.choices)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agreement", "kind", "on", "days"], name="reminder_once"),
            models.CheckConstraint(condition=Q(state__in=["sent", "coalesced"]), name="reminder_state_known"),
        ]
