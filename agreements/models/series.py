from django.db import models
from django.db.models import Exists, OuterRef, Q


class SeriesQuerySet(models.QuerySet):
    def of(self, organisations):
        """The portal's own and those of some organisations."""
        return self.filter(Q(organisation=None) | Q(organisation__in=organisations))

    def usable(self):
        """What can be started from: the newest published version of each, unless it was retired."""
        newer = self.model.objects.filter(
            name=OuterRef("name"), number__gt=OuterRef("number"), published_at__isnull=False
        )
        portals = Q(organisation=None) & Exists(newer.filter(organisation=None))
        own = Q(organisation__isnull=False) & Exists(newer.filter(organisation=OuterRef("organisation")))
        return self.filter(published_at__isnull=False, retired_at=None).exclude(portals | own)

    def series(self, row):
        """Every version of one of them, newest first."""
        return self.filter(organisation=row.organisation_id, name=row.name).order_by("-number")


class Edition(models.Model):
    """One version of something that is kept under a name. A published one never changes.

    Each model has an `organisation`: without one it is the portal's own, for everybody; else only its organisation
    sees it.
    """

    name = models.CharField(max_length=120)
    number = models.PositiveIntegerField(default=1)
    # Counts edits of a draft, so that a second editor is told.
    revision = models.PositiveIntegerField(default=1)
    description = models.TextField(blank=True)
    author = models.CharField(max_length=120, blank=True)
    published_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)

    objects = SeriesQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["name", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["name", "number"], condition=Q(organisation=None), name="%(class)s_version_once"
            ),
            models.UniqueConstraint(
                fields=["organisation", "name", "number"], name="%(class)s_of_organisation_once"
            ),
            # One draft of each at a time.
            models.UniqueConstraint(
                fields=["organisation", "name"], condition=Q(published_at=None), name="%(class)s_draft_once"
            ),
        ]

    def __str__(self):
        return f"{self.name}, version {self.number}"
