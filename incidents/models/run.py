from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django_fsm import FSMField, FSMModelMixin, transition

from accounts.tokens import digest
from agreements.models import Agreement
from incidents.models.breach import Breach


class Herd(models.Model):
    """Breaches of one KPI that one sweep logged at once, too many to tell one by one: each has its run, and all of
    them are told in one message a level."""

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="herds")
    title = models.CharField(max_length=200)
    size = models.PositiveIntegerField()
    created_at = models.DateTimeField()

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return f"{reverse('incidents:index')}?herd={self.pk}"


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
    subject = models.CharField(max_length=80)  # "incidents.breach:12"
    # What its messages call it, as of the start: they say the same to the end.
    number = models.CharField(max_length=20, blank=True)
    title = models.CharField(max_length=200)
    url = models.CharField(max_length=200)
    breach = models.OneToOneField(Breach, models.PROTECT, null=True, related_name="run")
    herd = models.ForeignKey(Herd, models.PROTECT, null=True, related_name="runs")
    terms_sha256 = models.CharField(max_length=64)
    matrix = models.JSONField()
    state = FSMField(default=State.ACTIVE, choices=State.choices, protected=True)
    level = models.SmallIntegerField(default=-1)  # the highest level told; -1: nobody yet
    top = models.SmallIntegerField(default=-1)  # the matrix's highest level, where the ladder ends
    laps = models.PositiveSmallIntegerField(default=0)  # how often the whole ladder was begun again
    started_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    # Maintenance before this moment does not let it rest: it was counted already, or somebody woke it.
    awake_from = models.DateTimeField()
    suspended_at = models.DateTimeField(null=True)
    suspended_for = models.CharField(max_length=200, blank=True)  # what was agreed for this time
    resolved_at = models.DateTimeField(null=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["active", "acknowledged", "suspended", "resolved"]),
                name="run_state_known",
            ),
            # What came back after its end may be escalated again.
            models.UniqueConstraint(fields=["subject"], condition=~Q(state="resolved"), name="run_once_a_subject"),
        ]
        indexes = [
            models.Index(fields=["subject"], name="run_subject"),
            models.Index(fields=["agreement"], name="run_suspended", condition=Q(state="suspended")),
        ]

    def get_absolute_url(self):
        return reverse("incidents:run", args=[self.pk])

    @transition(state, source=State.ACTIVE, target=State.ACKNOWLEDGED)
    def acknowledge(self, *, by, at):
        self.acknowledged_at, self.acknowledged_by = at, by

    @transition(state, source=State.ACKNOWLEDGED, target=State.ACTIVE)
    def time_out(self):
        self.acknowledged_at = self.acknowledged_by = None

    @transition(state, source=State.ACTIVE, target=State.SUSPENDED)
    def suspend(self, *, at, why):
        self.suspended_at, self.suspended_for = at, why

    @transition(state, source=State.SUSPENDED, target=State.ACTIVE)
    def go_on(self):
        self.suspended_at = None

    @transition(state, source=[State.ACTIVE, State.ACKNOWLEDGED, State.SUSPENDED], target=State.RESOLVED)
    def resolve(self, *, at):
        self.resolved_at = at


class StepQuerySet(models.QuerySet):
    def due(self, now):
        telling = Q(kind=Step.Kind.NOTIFY, run__state=Run.State.ACTIVE)
        lapsing = Q(kind=Step.Kind.ACK_TIMEOUT, run__state=Run.State.ACKNOWLEDGED)
        going_on = Q(kind=Step.Kind.GO_ON, run__state=Run.State.SUSPENDED)
        ready = Q(retry_at=None) | Q(retry_at__lte=now)
        return self.pending().filter(telling | lapsing | going_on, ready, due_at__lte=now).order_by("due_at", "pk")

    def pending(self):
        return self.filter(state=Step.State.PENDING)


class Step(FSMModelMixin, models.Model):
    """A moment of a run: a level is told, an acknowledgement lapses, or a suspension ends."""

    class Kind(models.TextChoices):
        NOTIFY = "notify", "Tell the level"
        ACK_TIMEOUT = "ack_timeout", "Acknowledgement lapses"
        GO_ON = "go_on", "Suspension ends"

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
        indexes = [
            models.Index(fields=["due_at"], name="step_due", condition=Q(state="pending")),
            models.Index(fields=["fired_at"], name="step_fired", condition=Q(state="fired")),
        ]

    @transition(state, source=State.PENDING, target=State.FIRED)
    def fire(self, *, at, told):
        self.fired_at, self.told = at, told

    @transition(state, source=State.PENDING, target=State.COALESCED)
    def coalesce(self, *, at):
        self.fired_at = at

    @transition(state, source=State.PENDING, target=State.CANCELLED)
    def cancel(self):
        pass


class AckLinkQuerySet(models.QuerySet):
    def usable(self, token, *, at):
        """The link of a token if it works now: not used, not lapsed, its person active. None otherwise."""
        found = self.filter(token_hash=digest(token), used_at=None, expires_at__gt=at, user__is_active=True)
        return found.select_related("user", "run__agreement").first()


class AckLink(models.Model):
    """The one-use link in a mail that acknowledges as its recipient. Only the token's hash is kept."""

    run = models.ForeignKey(Run, models.PROTECT, related_name="links")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    objects = AckLinkQuerySet.as_manager()
