from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django_fsm import FSMField, FSMModelMixin, transition

from agreements.models import Agreement, Version
from kpis.models.judging import Period, PeriodResult, Target
from records.models import Document


def person(**kwargs):
    return models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", **kwargs)


class Exclusion(FSMModelMixin, models.Model):
    """Time that a signed category takes out of some KPIs. What counts of it is fixed at its approval."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "Proposed"
        APPROVED = "approved", "Approved"
        ACKNOWLEDGED = "acknowledged", "Acknowledged"
        DISPUTED = "disputed", "Disputed"
        WITHDRAWN = "withdrawn", "Withdrawn"
        REFUSED = "refused", "Refused"

    # In these it changes figures; a dispute says so beside them until it is settled.
    COUNTING = [State.APPROVED, State.ACKNOWLEDGED, State.DISPUTED]

    number = models.CharField(max_length=20, unique=True)  # EXC-0007
    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="exclusions")
    version = models.ForeignKey(Version, models.PROTECT, related_name="+")
    category = models.CharField(max_length=80)  # the key of an exclusion of the version's terms
    targets = models.ManyToManyField(Target, related_name="exclusions")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    rule = models.CharField(max_length=200, blank=True)  # RFC 5545, in the agreement's zone
    notice_at = models.DateTimeField(null=True)
    clause = models.CharField(max_length=80, blank=True)
    reason = models.TextField()
    evidence = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+")
    # How notice and cap were worked out at the approval; see excluding.Allotment.
    arithmetic = models.JSONField(default=dict)
    state = FSMField(default=State.PROPOSED, choices=State.choices, protected=True)
    proposed_by = person()
    proposed_at = models.DateTimeField()
    decided_by = person(null=True)
    decided_at = models.DateTimeField(null=True)
    answered_by = person(null=True)
    answered_at = models.DateTimeField(null=True)
    remark = models.TextField(blank=True)  # why it was refused or withdrawn

    class Meta:
        ordering = ["-starts_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="exclusion_runs_forward"),
            models.CheckConstraint(
                condition=Q(state__in=[
                    "proposed", "approved", "acknowledged", "disputed", "withdrawn", "refused",
                ]),
                name="exclusion_state_known",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")), name="exclusion_four_eyes"
            ),
        ]

    def __str__(self):
        return self.number

    def get_absolute_url(self):
        return reverse("kpis:exclusion", args=[self.number])

    @transition(state, source=State.PROPOSED, target=State.APPROVED)
    def approve(self, *, by, at):
        self.decided_by, self.decided_at = by, at

    @transition(state, source=State.PROPOSED, target=State.REFUSED)
    def refuse(self, *, by, at, reason):
        self.decided_by, self.decided_at, self.remark = by, at, reason

    @transition(state, source=State.APPROVED, target=State.ACKNOWLEDGED)
    def acknowledge(self, *, by, at):
        self.answered_by, self.answered_at = by, at

    @transition(state, source=[State.APPROVED, State.ACKNOWLEDGED], target=State.DISPUTED)
    def dispute(self):
        pass

    @transition(state, source=State.DISPUTED, target=State.ACKNOWLEDGED)
    def uphold(self, *, by, at):
        self.answered_by, self.answered_at = by, at

    @transition(
        state, source=[State.PROPOSED, State.APPROVED, State.ACKNOWLEDGED, State.DISPUTED], target=State.WITHDRAWN
    )
    def withdraw(self, *, reason):
        self.remark = reason


class ExclusionSpan(models.Model):
    """A span of an approved exclusion, within one calendar year: it counts in [lo, counted_until). Never changed."""

    exclusion = models.ForeignKey(Exclusion, models.PROTECT, related_name="spans")
    lo = models.DateTimeField()
    hi = models.DateTimeField()
    counted_until = models.DateTimeField()
    why = models.CharField(max_length=10, blank=True)  # why not all of it counts: notice, cap

    class Meta:
        ordering = ["lo", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(hi__gt=F("lo"), counted_until__gte=F("lo"), counted_until__lte=F("hi")),
                name="exclusion_span_runs_forward",
            ),
        ]


class CorrectionQuerySet(models.QuerySet):
    def silent(self, now):
        """Those that silence accepts by now, oldest first."""
        return self.filter(state=Correction.State.APPROVED, accept_by__lte=now).order_by("accept_by", "pk")


class Correction(FSMModelMixin, models.Model):
    """What a closed result would be by the data and exclusions known at its proposal; accepted, the next edition."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "Proposed"
        APPROVED = "approved", "Approved"
        ACCEPTED = "accepted", "Accepted"
        DISPUTED = "disputed", "Disputed"
        SETTLED = "settled", "Settled"
        REFUSED = "refused", "Refused"

    OPEN = [State.PROPOSED, State.APPROVED, State.DISPUTED]

    number = models.CharField(max_length=20, unique=True)  # COR-0003
    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="corrections")
    period = models.ForeignKey(Period, models.PROTECT, related_name="corrections")
    base = models.ForeignKey(PeriodResult, models.PROTECT, related_name="+")  # the result it supersedes
    result = models.OneToOneField(PeriodResult, models.PROTECT, null=True, related_name="correction")
    reason = models.TextField()
    evidence = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+")
    # The judgement that both sides look at: what is accepted is what was shown.
    inputs = models.JSONField()
    outcome = models.JSONField()
    sha256 = models.CharField(max_length=64)
    state = FSMField(default=State.PROPOSED, choices=State.choices, protected=True)
    proposed_by = person()
    proposed_at = models.DateTimeField()
    decided_by = person(null=True)
    decided_at = models.DateTimeField(null=True)
    accept_by = models.DateTimeField(null=True)  # after this, silence accepts
    answered_by = person(null=True)  # null after silence
    answered_at = models.DateTimeField(null=True)
    remark = models.TextField(blank=True)  # why it was refused

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        ordering = ["-proposed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["period"], condition=Q(state__in=["proposed", "approved", "disputed"]),
                name="correction_open_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "approved", "accepted", "disputed", "settled", "refused"]),
                name="correction_state_known",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | Q(state="refused") | ~Q(decided_by=F("proposed_by")),
                name="correction_four_eyes",
            ),
        ]

    def __str__(self):
        return self.number

    def get_absolute_url(self):
        return reverse("kpis:correction", args=[self.number])

    @transition(state, source=State.PROPOSED, target=State.APPROVED)
    def approve(self, *, by, at, accept_by):
        self.decided_by, self.decided_at, self.accept_by = by, at, accept_by

    @transition(state, source=State.PROPOSED, target=State.REFUSED)
    def refuse(self, *, by, at, reason):
        self.decided_by, self.decided_at, self.remark = by, at, reason

    @transition(state, source=State.APPROVED, target=State.ACCEPTED)
    def accept(self, *, by, at):
        self.answered_by, self.answered_at = by, at

    @transition(state, source=State.APPROVED, target=State.DISPUTED)
    def dispute(self):
        pass

    @transition(state, source=State.DISPUTED, target=State.SETTLED)
    def settle(self, *, by, at):
        self.answered_by, self.answered_at = by, at
