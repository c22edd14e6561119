from django.conf import settings
from django.db import models

from agreements.models.version import Version
from records.models import Document


class Paper(models.Model):
    """A contract that was signed on paper before it came here: its scan, and who says what about it.

    The portal makes no claim about the signatures on it. One person brings it in, another one compares it
    with the terms typed here and confirms; only then the version is executed, as imported.
    """

    version = models.OneToOneField(Version, models.PROTECT, related_name="paper")
    document = models.ForeignKey(Document, models.PROTECT, related_name="+")
    # The terms as they stood when the scan was brought in; a later edit asks for it again.
    terms_sha256 = models.CharField(max_length=64)
    signed_by = models.TextField()
    concluded_on = models.DateField()
    statement = models.TextField()
    brought_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    brought_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(confirmed_by=None) | ~models.Q(confirmed_by=models.F("brought_by")),
                name="paper_confirmed_by_another",
            ),
        ]

    def __str__(self):
        return f"{self.version}"
