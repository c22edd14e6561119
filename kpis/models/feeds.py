from django.conf import settings
from django.db import models
from django.db.models import Q

from kpis.models.streams import Indicator


class FeedQuerySet(models.QuerySet):
    def due(self, now):
        """Feeds that ask a server by themselves and whose next fetch has come."""
        return self.exclude(url="").filter(enabled=True, next_at__lte=now).order_by("next_at", "pk")


class Feed(models.Model):
    """How machines feed a stream: the metric that is pushed, or the query that the portal asks Prometheus."""

    class Counter(models.TextChoices):
        REFUSE = "refuse", "Refuse it"
        RESET = "reset", "Take it as a restart from zero"

    indicator = models.OneToOneField(Indicator, models.CASCADE, related_name="feed")
    metric = models.CharField(max_length=200, blank=True)
    counter = models.CharField(max_length=10, choices=Counter.choices, default=Counter.REFUSE)
    url = models.CharField(max_length=300, blank=True)
    query = models.CharField(max_length=2000, blank=True)
    step_seconds = models.PositiveIntegerField(default=60)
    enabled = models.BooleanField(default=True)
    # The last slice that was taken in; the next fetch goes on from here.
    taken_until = models.DateTimeField()
    next_at = models.DateTimeField()
    problem = models.CharField(max_length=300, blank=True)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = FeedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(counter__in=["refuse", "reset"]), name="feed_counter_known"),
            models.CheckConstraint(condition=Q(step_seconds__gte=1), name="feed_steps_forward"),
        ]
