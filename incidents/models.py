from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django_fsm import FSMField, FSMModelMixin, transition

from agreements.models import Agreement
from kpis.models import Period


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
    def document_outcome(self, *, root_cause, corrective, preventive, by, at):
        self.root_cause, self.corrective, self.preventive = root_cause, corrective, preventive
        self.outcome_by, self.outcome_at = by, at

    @transition(state, source=State.OUTCOME, target=State.CLOSED)
    def close(self, *, by, at):
        self.closed_by, self.closed_at = by, at

    @transition(state, source=[State.OUTCOME, State.CLOSED], target=State.ACKNOWLEDGED)
    def reopen(self, *, reason):
        self.reason, self.closed_at, self.closed_by = reason, None, None

    @transition(state, source=[State.OPEN, State.ACKNOWLEDGED], target=State.NOT_A_BREACH)
    def rescue(self, *, reason, at):
        self.reason, self.closed_at = reason, at


class RunQuerySet(models.QuerySet):
    def stalled(self):
        """Active runs that wait for nothing although the ladder goes on: there must be none."""
        return self.filter(state=Run.State.ACTIVE, level__lt=F("top")).exclude(
            Exists(Step.objects.pending().filter(run=OuterRef("pk")))
        )


class Run(FSMModelMixin, models.Model):
    """The signed escalation matrix at work on one subject. `matrix` is frozen with the people of that moment
    left out: who holds a position is looked up when a step fires."""

    class State(models.TextChoices):
        ACTIVE = "active", "Active"
        ACKNOWLEDGED = "acknowledged", "Acknowledged"
        SUSPENDED = "suspended", "Suspended"
        RESOLVED = "resolved", "Resolved"

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="runs")
    subject = models.CharField(max_length=60, unique=True)  # "incidents.breach:12"
    breach = models.OneToOneField(Breach, models.PROTECT, null=True, related_name="run")
    terms_sha256 = models.CharField(max_length=64)
    matrix = models.JSONField()
    state = FSMField(default=State.ACTIVE, choices=State.choices, protected=True)
    level = models.SmallIntegerField(default=-1)  # the highest level told; -1: nobody yet
    top = models.SmallIntegerField(default=-1)  # the matrix's highest level, where the ladder ends
    started_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["active", "acknowledged", "suspended", "resolved"]),
                name="run_state_known",
            ),
        ]

    @transition(state, source=State.ACTIVE, target=State.ACKNOWLEDGED)
    def acknowledge(self, *, at):
        self.acknowledged_at = at

    @transition(state, source=State.ACKNOWLEDGED, target=State.ACTIVE)
    def time_out(self):
        self.acknowledged_at = None

    @transition(state, source=[State.ACTIVE, State.ACKNOWLEDGED, State.SUSPENDED], target=State.RESOLVED)
    def resolve(self, *, at):
        self.resolved_at = at


class StepQuerySet(models.QuerySet):
    def due(self, now):
        telling = Q(kind=Step.Kind.NOTIFY, run__state=Run.State.ACTIVE)
        lapsing = Q(kind=Step.Kind.ACK_TIMEOUT, run__state=Run.State.ACKNOWLEDGED)
        ready = Q(retry_at=None) | Q(retry_at__lte=now)
        return self.pending().filter(telling | lapsing, ready, due_at__lte=now).order_by("due_at", "pk")

    def pending(self):
        return self.filter(state=Step.State.PENDING)


class Step(FSMModelMixin, models.Model):
    """A moment of a run: a level is told, or an acknowledgement lapses."""

    class Kind(models.TextChoices):
        NOTIFY = "notify", "Tell the level"
        ACK_TIMEOUT = "ack_timeout", "Acknowledgement lapses"

    class State(models.TextChoices):
        PENDING = "pending", "Pending"
        FIRED = "fired", "Fired"
        COALESCED = "coalesced", "Passed during a stop"
        CANCELLED = "cancelled", "Cancelled"

    run = models.ForeignKey(Run, models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.NOTIFY)
    level = models.SmallIntegerField()
    round = models.PositiveSmallIntegerField(default=1)
    due_at = models.DateTimeField()
    state = FSMField(default=State.PENDING, choices=State.choices, protected=True)
    fired_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    # A failed step waits until then; `due_at` stays as planned, because the next level counts from it.
    retry_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)
    told = models.JSONField(default=list)  # ids and names of the people told, as of that moment

    objects = StepQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["run", "kind", "level", "round"], name="step_once"),
            models.CheckConstraint(
                condition=Q(state__in=["pending", "fired", "coalesced", "cancelled"]), name="step_state_known"
            ),
        ]
        indexes = [models.Index(fields=["due_at"], name="step_due", condition=Q(state="pending"))]

    @transition(state, source=State.PENDING, target=State.FIRED)
    def fire(self, *, at, told):
        self.fired_at, self.told = at, told

    @transition(state, source=State.PENDING, target=State.COALESCED)
    def coalesce(self, *, at):
        self.fired_at = at

    @transition(state, source=State.PENDING, target=State.CANCELLED)
    def cancel(self):
        pass
