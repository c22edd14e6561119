from django.conf import settings
from django.db import models

from accounts.models import Organisation
from agreements.models.version import Version


class SavedView(models.Model):
    """Filters of the list under a name: somebody's own, or shared with everybody of an organisation."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views")
    organisation = models.ForeignKey(Organisation, models.CASCADE, null=True, blank=True, related_name="+")
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=400, blank=True)  # as in the address of the list
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="saved_view_named_once")]

    def __str__(self):
        return self.name


class Passage(models.Model):
    """A piece of a version's text as the search finds it. Derived: search.py makes all of them again."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="passages")
    anchor = models.CharField(max_length=80)  # in the page of the document
    title = models.CharField(max_length=200)
    text = models.TextField()
    # Title and text without accents and capitals: what is indexed, alike on both databases.
    folded = models.TextField()

    class Meta:
        ordering = ["version", "pk"]
