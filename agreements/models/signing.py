from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django_fsm import FSMField, FSMModelMixin, transition

from agreements.models.agreement import Party
from agreements.models.version import Version
from records.models import Document


class Round(FSMModelMixin, models.Model):
    """One attempt to sign a version."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        COMPLETE = "complete", "Complete"
        DECLINED = "declined", "Declined"
        WITHDRAWN = "withdrawn", "Withdrawn"
        LAPSED = "lapsed", "Lapsed"
        INVALIDATED = "invalidated", "Invalidated"

    version = models.ForeignKey(Version, models.PROTECT, related_name="rounds")
    number = models.PositiveSmallIntegerField()
    state = FSMField(default=State.OPEN, choices=State.choices, protected=True)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    deadline = models.DateTimeField()
    # The newest bytes: the prepared PDF, then each signed revision; nobody is invited before it is there.
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["version", "number"]
        constraints = [
            models.UniqueConstraint(fields=["version", "number"], name="round_number_once"),
            models.UniqueConstraint(fields=["version"], condition=Q(state="open"), name="round_open_once"),
            models.CheckConstraint(
                condition=Q(state__in=[
                    "open", "complete", "declined", "withdrawn", "lapsed", "invalidated",
                ]),
                name="round_state_known",
            ),
        ]

    @transition(state, source=State.OPEN, target=State.COMPLETE)
    def complete(self, *, at):
        self.closed_at = at

    @transition(state, source=State.OPEN, target=State.DECLINED)
    def decline(self, *, at, reason):
        self.closed_at, self.reason = at, reason

    @transition(state, source=State.OPEN, target=State.WITHDRAWN)
    def withdraw(self, *, at, reason):
        self.closed_at, self.reason = at, reason

    @transition(state, source=State.OPEN, target=State.LAPSED)
    def lapse(self, *, at):
        self.closed_at = at

    @transition(state, source=State.OPEN, target=State.INVALIDATED)
    def invalidate(self, *, at, reason):
        self.closed_at, self.reason = at, reason


class Slot(FSMModelMixin, models.Model):
    """A signature to be given: party x step x person. `key` is the signature field's name in the PDF."""

    class State(models.TextChoices):
        WAITING = "waiting", "Not asked yet"
        INVITED = "invited", "Asked"
        OPENED = "opened", "Read"
        SIGNED = "signed", "Signed"
        DECLINED = "declined", "Declined"
        REASSIGNED = "reassigned", "Reassigned"
        CANCELLED = "cancelled", "Cancelled"

    round = models.ForeignKey(Round, models.PROTECT, related_name="slots")
    key = models.CharField(max_length=40)
    party = models.CharField(max_length=10, choices=Party.choices)
    step = models.PositiveSmallIntegerField()
    capacity = models.CharField(max_length=120)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="slots")
    state = FSMField(default=State.WAITING, choices=State.choices, protected=True)
    invited_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    # When the portal reminds by itself; None: never (again).
    remind_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    # Who, how proved, consent text and its hash, hash shown, address, agent: as recorded at the signature.
    evidence = models.JSONField(default=dict)
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["round", "step", "party", "key"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "key"], condition=~Q(state="reassigned"), name="slot_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[
                    "waiting", "invited", "opened", "signed", "declined", "reassigned", "cancelled",
                ]),
                name="slot_state_known",
            ),
        ]

    def get_absolute_url(self):
        return reverse("agreements:sign", args=[self.pk])

    @transition(state, source=State.WAITING, target=State.INVITED)
    def invite(self, *, at, remind_at):
        self.invited_at, self.remind_at = at, remind_at

    @transition(state, source=State.INVITED, target=State.OPENED)
    def open(self, *, at):
        self.opened_at = at

    @transition(state, source=State.OPENED, target=State.SIGNED)
    def sign(self, *, at, evidence, document):
        self.closed_at, self.evidence, self.document = at, evidence, document

    @transition(state, source=[State.INVITED, State.OPENED], target=State.DECLINED)
    def decline(self, *, at, reason):
        self.closed_at, self.reason = at, reason

    @transition(state, source=[State.WAITING, State.INVITED, State.OPENED], target=State.REASSIGNED)
    def reassign(self, *, at):
        self.closed_at = at

    @transition(state, source=[State.WAITING, State.INVITED, State.OPENED], target=State.CANCELLED)
    def cancel(self, *, at):
        self.closed_at = at
