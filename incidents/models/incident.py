from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django_fsm import FSMField, FSMModelMixin, transition

from agreements.models import Agreement, Party, Version
from incidents.models.breach import Breach
from kpis.models import Exclusion, Indicator, Target


class IncidentQuerySet(models.QuerySet):
    def in_agreements(self, agreements):
        return self.filter(agreement__in=agreements)

    def open(self):
        return self.exclude(state__in=[Incident.State.RESOLVED, Incident.State.CLOSED])


class Incident(FSMModelMixin, models.Model):
    """A deviation that touched service quality, logged by somebody of either party."""

    class State(models.TextChoices):
        OPEN = "open", "Not acknowledged"
        ACKNOWLEDGED = "acknowledged", "Acknowledged"
        IN_PROGRESS = "in_progress", "In progress"
        RESOLVED = "resolved", "Resolved"
        CLOSED = "closed", "Closed"

    class Door(models.TextChoices):
        PORTAL = "portal", "Portal"
        API = "api", "API"
        MAIL = "mail", "E-mail"

    number = models.CharField(max_length=12, unique=True)
    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="incidents")
    # The version in force when it began: its priorities and calendars give the deadlines.
    version = models.ForeignKey(Version, models.PROTECT, related_name="+")
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    priority = models.PositiveSmallIntegerField(null=True)  # a row of the version; None: it has none
    party = models.CharField(max_length=10, choices=Party.choices)  # of who logged it
    door = models.CharField(max_length=10, choices=Door.choices)
    external_id = models.CharField(max_length=80, blank=True)  # of the machine that logged it
    state = FSMField(default=State.OPEN, choices=State.choices, protected=True)
    began_at = models.DateTimeField()
    logged_at = models.DateTimeField()
    logged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    assignee = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    acknowledged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    acknowledged_at = models.DateTimeField(null=True)
    resolution = models.TextField(blank=True)
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    resolved_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)  # why it was taken up again
    # Of the signed version's clock for its priority; None where the version sets none.
    respond_by = models.DateTimeField(null=True)
    resolve_by = models.DateTimeField(null=True)

    objects = IncidentQuerySet.as_manager()

    class Meta:
        ordering = ["-logged_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["open", "acknowledged", "in_progress", "resolved", "closed"]),
                name="incident_state_known",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["resolved", "closed"]) | (~Q(resolution="") & Q(resolved_at__isnull=False)),
                name="incident_resolved_with_words",
            ),
            models.UniqueConstraint(
                fields=["agreement", "external_id"], condition=~Q(external_id=""), name="incident_external_once"
            ),
        ]

    def __str__(self):
        return f"{self.number} {self.title}"

    def get_absolute_url(self):
        return reverse("incidents:incident", args=[self.number])

    @transition(state, source=State.OPEN, target=State.ACKNOWLEDGED)
    def acknowledge(self, *, by, at):
        self.acknowledged_by, self.acknowledged_at = by, at
        self.assignee = self.assignee or by

    @transition(state, source=State.ACKNOWLEDGED, target=State.IN_PROGRESS)
    def start(self):
        pass

    @transition(state, source=State.IN_PROGRESS, target=State.RESOLVED)
    def resolve(self, *, resolution, by, at):
        self.resolution, self.resolved_by, self.resolved_at = resolution, by, at

    @transition(state, source=State.RESOLVED, target=State.CLOSED)
    def close(self, *, by, at):
        self.closed_by, self.closed_at = by, at

    @transition(state, source=[State.RESOLVED, State.CLOSED], target=State.IN_PROGRESS)
    def reopen(self, *, reason):
        self.reason = reason
        self.resolved_by = self.resolved_at = self.closed_by = self.closed_at = None


class IncidentLink(models.Model):
    """What an incident has to do with: a KPI, a breach, an exclusion, a measured outage or case. One of them."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="links")
    target = models.ForeignKey(Target, models.PROTECT, null=True, related_name="incident_links")
    breach = models.ForeignKey(Breach, models.PROTECT, null=True, related_name="incident_links")
    exclusion = models.ForeignKey(Exclusion, models.PROTECT, null=True, related_name="incident_links")
    indicator = models.ForeignKey(Indicator, models.PROTECT, null=True, related_name="+")
    # The measured row of `indicator`: facts have no key of their own.
    source = models.CharField(max_length=80, blank=True)
    external_id = models.CharField(max_length=80, blank=True)
    # A KPI it counts for gets a row of its own there; one it only touches does not.
    counts = models.BooleanField(default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["incident", "target"], name="incident_target_once"),
            models.UniqueConstraint(fields=["incident", "breach"], name="incident_breach_once"),
            models.UniqueConstraint(fields=["incident", "exclusion"], name="incident_exclusion_once"),
            models.UniqueConstraint(
                fields=["incident", "indicator", "source", "external_id"], name="incident_measurement_once"
            ),
            models.CheckConstraint(
                condition=Q(target__isnull=False, breach=None, exclusion=None, indicator=None)
                | Q(target=None, breach__isnull=False, exclusion=None, indicator=None)
                | Q(target=None, breach=None, exclusion__isnull=False, indicator=None)
                | Q(target=None, breach=None, exclusion=None, indicator__isnull=False),
                name="incident_link_to_one",
            ),
            models.CheckConstraint(condition=Q(counts=False) | Q(target__isnull=False), name="incident_counts_for_kpi"),
        ]


class RemarkQuerySet(models.QuerySet):
    def for_sides(self, sides):
        """What everybody reads, and what these sides keep to themselves."""
        return self.filter(Q(side="") | Q(side__in=sides))


class Remark(models.Model):
    """What somebody said about an incident or a breach. `side` keeps it among one party's people."""

    incident = models.ForeignKey(Incident, models.PROTECT, null=True, related_name="remarks")
    breach = models.ForeignKey(Breach, models.PROTECT, null=True, related_name="remarks")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    side = models.CharField(max_length=10, choices=Party.choices, blank=True)
    text = models.TextField()
    message_id = models.CharField(max_length=250, blank=True)  # of the e-mail it came by

    objects = RemarkQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(incident=None, breach__isnull=False) | Q(incident__isnull=False, breach=None),
                name="remark_about_one",
            ),
            models.UniqueConstraint(fields=["message_id"], condition=~Q(message_id=""), name="remark_mail_once"),
        ]
