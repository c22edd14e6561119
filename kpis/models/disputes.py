from datetime import datetime

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django_fsm import FSMField, FSMModelMixin, transition

from agreements.models import Agreement
from kpis.models.claims import Correction, Exclusion, person
from kpis.models.judging import Period


class Dispute(FSMModelMixin, models.Model):
    """The client says that a figure, a pause, an exclusion or a correction is wrong; open until both agree."""

    class Kind(models.TextChoices):
        FIGURE = "figure", "A figure"
        PAUSE = "pause", "A pause of a case"
        EXCLUSION = "exclusion", "An exclusion"
        CORRECTION = "correction", "A correction"

    class State(models.TextChoices):
        OPEN = "open", "Open"
        ANSWERED = "answered", "Answered"
        SETTLED = "settled", "Settled"
        WITHDRAWN = "withdrawn", "Withdrawn"

    UNSETTLED = [State.OPEN, State.ANSWERED]

    number = models.CharField(max_length=20, unique=True)  # DIS-0002
    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="disputes")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    period = models.ForeignKey(Period, models.PROTECT, null=True, related_name="disputes")
    exclusion = models.ForeignKey(Exclusion, models.PROTECT, null=True, related_name="disputes")
    correction = models.ForeignKey(Correction, models.PROTECT, null=True, related_name="disputes")
    case = models.CharField(max_length=80, blank=True)  # whose pause
    pause = models.CharField(max_length=40, blank=True)  # when it began, as it was delivered: ISO 8601
    state = FSMField(default=State.OPEN, choices=State.choices, protected=True)
    # What the provider's last answer offers: it stands as it is, or the client is right.
    stands = models.BooleanField(null=True)
    opened_by = person()
    opened_at = models.DateTimeField()
    closed_by = person(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-opened_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["period", "kind", "case", "pause"], name="dispute_of_period_once",
                condition=Q(state__in=["open", "answered"], kind__in=["figure", "pause"]),
            ),
            models.UniqueConstraint(
                fields=["exclusion"], condition=Q(state__in=["open", "answered"]), name="dispute_of_exclusion_once"
            ),
            models.UniqueConstraint(
                fields=["correction"], condition=Q(state__in=["open", "answered"]), name="dispute_of_correction_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["figure", "pause"], period__isnull=False, exclusion=None, correction=None)
                | Q(kind="exclusion", exclusion__isnull=False, period=None, correction=None)
                | Q(kind="correction", correction__isnull=False, period=None, exclusion=None),
                name="dispute_has_its_subject",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "answered", "settled", "withdrawn"]), name="dispute_state_known"
            ),
        ]

    def __str__(self):
        return self.number

    def get_absolute_url(self):
        return reverse("kpis:dispute", args=[self.number])

    @property
    def began(self):
        return datetime.fromisoformat(self.pause) if self.pause else None

    @property
    def subject(self):
        return self.exclusion or self.correction or self.period

    @transition(state, source=State.OPEN, target=State.ANSWERED)
    def answer(self, *, stands):
        self.stands = stands

    @transition(state, source=State.ANSWERED, target=State.OPEN)
    def insist(self):
        self.stands = None

    @transition(state, source=State.ANSWERED, target=State.SETTLED)
    def settle(self, *, by, at):
        self.closed_by, self.closed_at = by, at

    @transition(state, source=[State.OPEN, State.ANSWERED], target=State.WITHDRAWN)
    def withdraw(self, *, by, at):
        self.closed_by, self.closed_at = by, at


class DisputeRemark(models.Model):
    """One turn of a dispute, in the words of its person. Never changed."""

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="remarks")
    by = person()
    at = models.DateTimeField()
    what = models.CharField(max_length=12)  # opened, answered, insisted, settled, withdrawn
    text = models.TextField(blank=True)

    class Meta:
        ordering = ["at", "pk"]
