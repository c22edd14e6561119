from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django_fsm import FSMField, FSMModelMixin, transition

from agreements.models.signing import Slot
from records.models import Document


class Contest(FSMModelMixin, models.Model):
    """The word of a party that a signature was given without authority, found out after it was given.

    Nothing of the signature changes. The party for which it was given ratifies it by a paper of its own, the one
    who contests takes it back, or the agreement is ended.
    """

    class State(models.TextChoices):
        OPEN = "open", "Contested"
        RATIFIED = "ratified", "Ratified"
        WITHDRAWN = "withdrawn", "Taken back"

    slot = models.ForeignKey(Slot, models.PROTECT, related_name="contests")
    state = FSMField(default=State.OPEN, choices=State.choices, protected=True)
    reason = models.TextField()
    raised_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    raised_at = models.DateTimeField()
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True)
    # The signed ratification and how its signature was given.
    evidence = models.JSONField(default=dict)
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-raised_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["open", "ratified", "withdrawn"]), name="contest_state_known"
            ),
            models.UniqueConstraint(fields=["slot"], condition=Q(state="open"), name="contest_open_once"),
            models.CheckConstraint(
                condition=~Q(state="ratified") | Q(document__isnull=False), name="contest_ratified_by_paper"
            ),
        ]

    def __str__(self):
        words = {"name": self.slot.person, "day": date_format(self.raised_at, "j F Y")}
        said = _("The authority of %(name)s has been contested since %(day)s.") % words
        if self.state == self.State.RATIFIED:
            return f"{said} " + _("The party ratified the signature on %s.") % date_format(self.answered_at, "j F Y")
        if self.state == self.State.WITHDRAWN:
            return f"{said} " + _("That was taken back on %s.") % date_format(self.answered_at, "j F Y")
        return said

    @property
    def is_open(self):
        return self.state == self.State.OPEN

    @transition(state, source=State.OPEN, target=State.RATIFIED)
    def ratify(self, *, by, at, evidence, document):
        self.answered_by, self.answered_at, self.evidence, self.document = by, at, evidence, document

    @transition(state, source=State.OPEN, target=State.WITHDRAWN)
    def withdraw(self, *, by, at, reason):
        self.answered_by, self.answered_at, self.answer = by, at, reason
