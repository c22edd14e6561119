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
    asked_of = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    text = models.TextField(blank=True)
    why = models.TextField(blank=True)
    priority = models.CharField(
        max_length=10, default="should", choices=[("must", "Must"), ("should", "Should"), ("could", "Could")]
    )
    state = FSMField(default=State.ASKED, choices=State.choices, protected=True)
    stated_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decision_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["asked", "stated", "accepted", "declined"]),
                name="requirement_state_known",
            ),
        ]

    def __str__(self):
        return f"{self.number} {self.text}"

    @transition(state, source=[State.ASKED, State.STATED], target=State.STATED)
    def state_it(self, *, text, why, priority, at):
        self.text, self.why, self.priority, self.stated_at = text, why, priority, at

    @transition(state, source=State.STATED, target=State.ACCEPTED)
    def accept(self, *, by):
        self.decided_by = by

    @transition(state, source=State.STATED, target=State.DECLINED)
    def decline(self, *, by, reason):
        self.decided_by, self.decision_reason = by, reason
