from django.db import models

from kpis.models.streams import Indicator


class LateData(models.Model):
    """Data of one stream for one period that did not come by their due time; reminded of once."""

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="late")
    label = models.CharField(max_length=40)
    ended_at = models.DateTimeField()
    due_at = models.DateTimeField()
    reminded_at = models.DateTimeField()
    # None: still missing.
    came_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["due_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["indicator", "ended_at"], name="late_data_once")]

    def __str__(self):
        return f"{self.indicator} {self.label}"
