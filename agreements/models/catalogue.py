from django.conf import settings
from django.db import models
from django.db.models import Q
from django_fsm import FSMField, FSMModelMixin, transition

from accounts.models import Organisation


class Service(models.Model):
    """A row of the service catalogue."""

    class Criticality(models.TextChoices):
        LOW = "low", "Low"
        MEDIUM = "medium", "Medium"
        HIGH = "high", "High"
        CRITICAL = "critical", "Critical"

    key = models.SlugField(max_length=40)
    name = models.CharField(max_length=120)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="services")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    description = models.TextField(blank=True)
    criticality = models.CharField(max_length=20, choices=Criticality.choices, default=Criticality.MEDIUM)
    needs_sla = models.BooleanField(default=True)
    # Why it needs an SLA, or why not.
    reason = models.CharField(max_length=200, blank=True)
    depends_on = models.ManyToManyField("self", symmetrical=False, related_name="needed_by")
    retired_at = models.DateTimeField(null=True)
    retired_because = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "key"], name="service_key_once"),
            models.CheckConstraint(condition=Q(needs_sla=True) | ~Q(reason=""), name="service_no_sla_has_reason"),
        ]

    def __str__(self):
        return self.name


class Question(models.Model):
    """What somebody at a client was asked about a service, and until when.

    A person without an account answers by a link. The link is made of `nonce` and the portal's secret, so that a
    reminder can carry it again; what is looked up is its hash alone.
    """

    service = models.ForeignKey(Service, models.PROTECT, related_name="questions")
    client = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    email = models.EmailField()
    message = models.TextField(blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    due_on = models.DateField(null=True)
    # When the next reminder, or the word to the asker that nothing came, is due; none: nothing more is.
    next_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    nonce = models.CharField(max_length=32, blank=True)
    token_hash = models.CharField(max_length=64, unique=True, null=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["next_at"], name="question_due", condition=Q(next_at__isnull=False))]

    def __str__(self):
        return self.name

    @property
    def by_link(self):
        return self.token_hash is not None

    def works(self, at):
        """Whether its link opens at a moment."""
        return self.by_link and self.revoked_at is None and at < self.expires_at


class RequirementQuerySet(models.QuerySet):
    def whole(self):
        """Requirements with what their notices name."""
        return self.select_related("service__organisation", "client", "asked_of", "asked_by", "question__service")


class Requirement(FSMModelMixin, models.Model):
    """What a stakeholder needs of a service, asked for by link, accepted or declined with a reason."""

    class State(models.TextChoices):
        ASKED = "asked", "Asked"
        STATED = "stated", "Stated"
        ACCEPTED = "accepted", "Accepted"
        DECLINED = "declined", "Declined"

    number = models.CharField(max_length=10, unique=True)
    service = models.ForeignKey(Service, models.PROTECT, related_name="requirements")
    client = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    # Nobody: somebody without an account, whom the question names.
    asked_of = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    question = models.ForeignKey(Question, models.PROTECT, null=True, related_name="requirements")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    text = models.TextField(blank=True)
    why = models.TextField(blank=True)
    otherwise = models.TextField(blank=True)
    priority = models.CharField(
        max_length=10, default="should", choices=[("must", "Must"), ("should", "Should"), ("could", "Could")]
    )
    state = FSMField(default=State.ASKED, choices=State.choices, protected=True)
    stated_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decision_reason = models.TextField(blank=True)

    objects = RequirementQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["asked", "stated", "accepted", "declined"]),
                name="requirement_state_known",
            ),
            models.CheckConstraint(
                condition=Q(asked_of__isnull=False) | Q(question__isnull=False), name="requirement_asked_of_somebody"
            ),
        ]

    def __str__(self):
        return f"{self.number} {self.text}"

    @property
    def person(self):
        """The name of whoever was asked."""
        return self.asked_of.name if self.asked_of else self.question.name

    @transition(state, source=[State.ASKED, State.STATED], target=State.STATED)
    def state_it(self, *, text, why, otherwise, priority, at):
        self.text, self.why, self.otherwise, self.priority, self.stated_at = text, why, otherwise, priority, at

    @transition(state, source=State.STATED, target=State.ACCEPTED)
    def accept(self, *, by):
        self.decided_by = by

    @transition(state, source=State.STATED, target=State.DECLINED)
    def decline(self, *, by, reason):
        self.decided_by, self.decision_reason = by, reason
