from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django_fsm import FSMField, FSMModelMixin, transition

from agreements.models import Agreement, Version
from kpis.models.streams import Indicator
from kpis.windows import label_bounds, quarter_of


class Target(models.Model):
    """A KPI of an executed version: the projection of its terms, made once, never edited."""

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="targets")
    version = models.ForeignKey(Version, models.PROTECT, related_name="targets")
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="targets")
    key = models.CharField(max_length=10)
    name = models.CharField(max_length=160)
    # The KPI's own term with its calendar, priorities and exclusions beside it: all that a figure needs.
    spec = models.JSONField()
    effective_from = models.DateTimeField()

    class Meta:
        ordering = ["key"]
        constraints = [models.UniqueConstraint(fields=["version", "key"], name="target_once")]

    def __str__(self):
        return f"{self.key} {self.name}"

    def get_absolute_url(self):
        return reverse("kpis:kpi", args=[self.agreement.reference, self.key])


class PeriodQuerySet(models.QuerySet):
    def due(self, now):
        """Periods past their grace time and not closed, oldest first."""
        return self.exclude(state=Period.State.CLOSED).filter(grace_until__lte=now).order_by("hi", "pk")

    def of_month(self, month):
        """The periods of a month ("2026-05"): the month itself, and the longer ones that its end lies in."""
        end = label_bounds(month, "UTC").hi - timedelta(days=2)  # in every zone a day of that month
        longer = Q(label__contains="~", lo__lte=end, hi__gt=end)
        return self.filter(Q(label__in=[month, quarter_of(month)]) | longer)


class Period(FSMModelMixin, models.Model):
    """The window of one target, in the agreement's zone, split where the version changes."""

    class State(models.TextChoices):
        OPEN = "open", "Running"
        GRACE = "grace", "Provisional"
        CLOSED = "closed", "Closed"

    target = models.ForeignKey(Target, models.PROTECT, related_name="periods")
    lo = models.DateTimeField()
    hi = models.DateTimeField()
    label = models.CharField(max_length=20)  # "2026-05", "2026-Q2"; others in kpis.windows
    grace_until = models.DateTimeField()
    state = FSMField(default=State.OPEN, choices=State.choices, protected=True)
    closed_at = models.DateTimeField(null=True)

    objects = PeriodQuerySet.as_manager()

    class Meta:
        ordering = ["lo", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["target", "label"], name="period_once"),
            models.CheckConstraint(condition=Q(hi__gt=F("lo")), name="period_runs_forward"),
            models.CheckConstraint(
                condition=Q(state__in=["open", "grace", "closed"]), name="period_state_known"
            ),
        ]
        indexes = [
            models.Index(fields=["grace_until"], name="period_due", condition=~Q(state="closed")),
        ]

    def __str__(self):
        return f"{self.target.key} {self.label}"

    def get_absolute_url(self):
        return f"{self.target.get_absolute_url()}?period={self.label}"

    @transition(state, source=State.OPEN, target=State.GRACE)
    def end(self):
        pass

    @transition(state, source=[State.OPEN, State.GRACE], target=State.CLOSED)
    def close(self, *, at):
        self.closed_at = at


class Standing(models.Model):
    """How a period stands that is not closed: derived, may be dropped and rebuilt at any time.

    Lists and sweeps read it instead of computing; a page about one agreement computes.
    """

    period = models.OneToOneField(Period, models.CASCADE, primary_key=True, related_name="standing")
    verdict = models.CharField(max_length=20)
    certain_loss = models.BooleanField(default=False)
    outcome = models.JSONField()
    delivery_id = models.BigIntegerField()
    exclusions_seen = models.PositiveIntegerField(default=0)  # the stream's count when it was computed
    known_at = models.DateTimeField()


class PeriodResult(models.Model):
    """An immutable verdict. It cites what it was computed from and can be recomputed to the same bytes."""

    period = models.ForeignKey(Period, models.PROTECT, related_name="results")
    edition = models.PositiveSmallIntegerField(default=1)
    verdict = models.CharField(max_length=20)
    outcome = models.JSONField()
    # Version hash, highest delivery id, arithmetic version, ids counted before: enough to recompute.
    inputs = models.JSONField()
    sha256 = models.CharField(max_length=64)
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["period", "edition"]
        constraints = [
            models.UniqueConstraint(fields=["period", "edition"], name="result_edition_once"),
            models.CheckConstraint(
                condition=Q(verdict__in=[
                    "met", "at_risk", "breached", "insufficient_data", "not_due", "waived",
                ]),
                name="result_verdict_known",
            ),
        ]


class CreditQuerySet(models.QuerySet):
    def proposed_to(self, organisations):
        """Credits that wait for one of these clients."""
        return self.filter(
            state=Credit.State.PROPOSED, result__period__target__agreement__client__in=organisations
        ).order_by("pk")


class Credit(FSMModelMixin, models.Model):
    """What a missed target is worth: a statement, not a payment."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "Proposed"
        AGREED = "agreed", "Agreed"
        REFUSED = "refused", "Refused"
        LAPSED = "lapsed", "Lapsed"
        SETTLED = "settled", "Settled"

    # What the client has, or still may agree to.
    GIVEN = [State.PROPOSED, State.AGREED, State.SETTLED]

    result = models.OneToOneField(PeriodResult, models.PROTECT, related_name="credit")
    percent = models.DecimalField(max_digits=7, decimal_places=4)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3)
    state = FSMField(default=State.PROPOSED, choices=State.choices, protected=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    objects = CreditQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "agreed", "refused", "lapsed", "settled"]),
                name="credit_state_known",
            ),
        ]

    @property
    def period(self):
        return self.result.period

    @property
    def claim_until(self):
        """When the claim lapses: so many days after the result, as the terms say."""
        return self.result.created_at + timedelta(days=self.period.target.spec["credit"]["claim_days"])

    def get_absolute_url(self):
        return self.period.get_absolute_url()

    @transition(state, source=State.PROPOSED, target=State.AGREED)
    def agree(self, *, by, at):
        self.decided_by, self.decided_at = by, at

    @transition(state, source=State.PROPOSED, target=State.REFUSED)
    def refuse(self, *, by, at, reason):
        self.decided_by, self.decided_at, self.reason = by, at, reason
