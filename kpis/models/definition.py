from django.db import models
from django.urls import reverse

from accounts.models import Organisation
from agreements.models import Edition
from kpis import definitions


class Definition(Edition):
    """A KPI definition of the library, one version of it: what agreements can start a KPI from."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="definitions")
    topic = models.CharField(max_length=20, choices=definitions.TOPICS)
    purpose = models.TextField()
    words = models.TextField()
    caution = models.TextField(blank=True)
    origin = models.CharField(max_length=200, blank=True)
    kpi = models.JSONField()
    # Who took it out of the library, and why.
    retired_by = models.CharField(max_length=120, blank=True)
    retired_because = models.CharField(max_length=200, blank=True)

    def get_absolute_url(self):
        return reverse("kpis:definition", args=[self.pk])

    def read_kpi(self):
        return definitions.read(self.kpi, self.name)

    @property
    def text(self):
        return definitions.Text(self.topic, self.purpose, self.words, self.caution, self.origin)
