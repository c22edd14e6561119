from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django_fsm import FSMField, FSMModelMixin, transition

from agreements.models import Agreement
from incidents.models.promise import Promise
from kpis.models import Period
from records.models import Document


class BreachQuerySet(models.QuerySet):
    def in_agreements(self, agreements):
        return self.filter(agreement__in=agreements)

    def open(self):
        return self.exclude(state__in=[Breach.State.CLOSED, Breach.State.NOT_A_BREACH])


class Breach(FSMModelMixin, models.Model):
    """A promise missed. `cause` names what opened it, so that no cause opens two."""

    class State(models.TextChoices):
        OPEN = "open", "Not acknowledged"
        ACKNOWLEDGED = "acknowledged", "Acknowledged"
        OUTCOME = "outcome", "Outcome waits for client"
        CLOSED = "closed", "Resolved"
        NOT_A_BREACH = "not_a_breach", "Not a breach"

    class CauseKind(models.TextChoices):
        CHANGE = "change", "A change of ours"
        SUPPLIER = "supplier", "A supplier"
        CAPACITY = "capacity", "Too little capacity"
        FAULT = "fault", "A fault of hardware or software"
        WAY = "way", "The way we work"
        CLIENT = "client", "Something on the client's side"
        OTHER = "other", "Something else"

    number = models.CharField(max_length=12, unique=True)
    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="breaches")
    period = models.ForeignKey(Period, models.PROTECT, null=True, related_name="breaches")
    cause = models.CharField(max_length=120, unique=True)  # "period:17"
    title = models.CharField(max_length=200)
    # The figures as they were when it was logged, with the signed version they were judged by.
    figures = models.JSONField(default=dict)
    state = FSMField(default=State.OPEN, choices=State.choices, protected=True)
    opened_at = models.DateTimeField()
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    acknowledged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    acknowledged_at = models.DateTimeField(null=True)
    confirmed = models.BooleanField(default=False)  # by a closed result, after a certain loss
    root_cause = models.TextField(blank=True)
    corrective = models.TextField(blank=True)
    preventive = models.TextField(blank=True)
    outcome_at = models.DateTimeField(null=True)
    outcome_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    # Which KPI it is about ("K1"), so that what comes back is found; empty where it is about none.
    kpi = models.CharField(max_length=10, blank=True)
    cause_kind = models.CharField(max_length=20, choices=CauseKind.choices, blank=True)
    # Logged by hand: by whom, what was seen, and the file that shows it.
    logged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    text = models.TextField(blank=True)
    evidence = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+")
    # Did what was done help? Looked at so many days after the closing, by somebody other than the owner.
    check_days = models.PositiveSmallIntegerField(default=30)
    check_due_on = models.DateField(null=True)
    checked_at = models.DateTimeField(null=True)
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    effective = models.BooleanField(null=True)
    check_note = models.TextField(blank=True)

    objects = BreachQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["open", "acknowledged", "outcome", "closed", "not_a_breach"]),
                name="breach_state_known",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["outcome", "closed"]) | (~Q(root_cause="") & ~Q(corrective="")),
                name="breach_closed_with_outcome",
            ),
            models.CheckConstraint(
                condition=Q(effective=None) | Q(checked_at__isnull=False, checked_by__isnull=False),
                name="breach_check_by_somebody",
            ),
        ]

    def __str__(self):
        return f"{self.number} {self.title}"

    def get_absolute_url(self):
        return reverse("incidents:breach", args=[self.number])

    @transition(state, source=State.OPEN, target=State.ACKNOWLEDGED)
    def acknowledge(self, *, by, at):
        self.acknowledged_by, self.acknowledged_at = by, at
        self.owner = self.owner or by

    @transition(state, source=State.ACKNOWLEDGED, target=State.OUTCOME)
    def document_outcome(self, *, root_cause, corrective, preventive, cause_kind, check_days, by, at):
        self.cause_kind, self.check_days = cause_kind, check_days
        self.root_cause, self.corrective, self.preventive = root_cause, corrective, preventive
        self.outcome_by, self.outcome_at = by, at

    @transition(state, source=State.OUTCOME, target=State.CLOSED)
    def close(self, *, by, at):
        self.closed_by, self.closed_at = by, at
        self.effective = self.checked_at = self.checked_by = None
        self.check_due_on = (at + timedelta(days=self.check_days)).date()

    @transition(state, source=[State.OUTCOME, State.CLOSED], target=State.ACKNOWLEDGED)
    def reopen(self, *, reason):
        self.reason, self.closed_at, self.closed_by, self.check_due_on = reason, None, None, None

    @transition(state, source=[State.OPEN, State.ACKNOWLEDGED], target=State.NOT_A_BREACH)
    def rescue(self, *, reason, at):
        self.reason, self.closed_at = reason, at


class BreachAction(Promise):
    """What is done about a breach: now, or so that it does not happen again."""

    class Kind(models.TextChoices):
        CORRECTIVE = "corrective", "Corrective"
        PREVENTIVE = "preventive", "Preventive"

    breach = models.ForeignKey(Breach, models.PROTECT, related_name="actions")
    kind = models.CharField(max_length=10, choices=Kind.choices)

    class Meta(Promise.Meta):
        pass


class Mark(models.Model):
    """A share of a limit that somebody was warned about: once per cause and percent, whatever runs twice."""

    cause = models.CharField(max_length=120)  # "incident:12:resolution", "case:...", "period:17"
    percent = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cause", "percent"], name="mark_once")]
