from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django_fsm import FSMField, FSMModelMixin, transition

from accounts.models import Membership, Organisation, Role
from agreements.models import Agreement, Version
from records.models import Document


class IndicatorQuerySet(models.QuerySet):
    def visible_to(self, user, at):
        """Streams of one's own organisation, and those that feed an agreement one may see."""
        mine = Membership.objects.current(at).filter(user=user).exclude(role=Role.ADMIN)
        fed = Target.objects.filter(agreement__in=Agreement.objects.visible_to(user, at))
        return self.filter(
            Q(organisation__in=mine.values("organisation")) | Q(pk__in=fed.values("indicator"))
        )


class Indicator(models.Model):
    """A measured stream of the provider: outages, cases, values or attested scores."""

    class Kind(models.TextChoices):
        OUTAGES = "outages", "Outage log"
        CASES = "cases", "Cases"
        VALUES = "values", "Values"
        SCORES = "scores", "Scores"

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="indicators")
    key = models.SlugField(max_length=40)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    unit = models.CharField(max_length=20, blank=True)
    source = models.CharField(max_length=200, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = IndicatorQuerySet.as_manager()

    class Meta:
        ordering = ["key"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "key"], name="indicator_key_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["outages", "cases", "values", "scores"]), name="indicator_kind_known"
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def log_name(self):
        """The source that its rows are kept under, unless a delivery names another."""
        return self.source[:80] or self.key


class Delivery(models.Model):
    """One taking-in of data. Rows carry its id, so that a result can name the last one it saw."""

    class Door(models.TextChoices):
        UPLOAD = "upload", "Upload"
        API = "api", "API"
        PORTAL = "portal", "Portal"

    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="deliveries")
    door = models.CharField(max_length=10, choices=Door.choices)
    source = models.CharField(max_length=80)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+")
    rows = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    revised = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    # Rows about a period that was closed already: kept, but its result stands.
    after_close = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]


class HeldFile(models.Model):
    """A file that a person has uploaded and not yet decided on. One per person and indicator, then gone."""

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    at = models.DateTimeField()
    filename = models.CharField(max_length=200)
    content = models.BinaryField()
    timezone = models.CharField(max_length=60, blank=True)
    observed_from = models.DateTimeField(null=True)
    observed_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["indicator", "by"], name="file_held_once")]


class FactQuerySet(models.QuerySet):
    def newest(self, indicator_id, known_until=None):
        """The newest revision of each fact of an indicator, withdrawn ones too.

        As known after the delivery `known_until`; None knows every delivery.
        """
        known = self.model.objects.filter(indicator_id=indicator_id)
        if known_until is not None:
            known = known.filter(delivery_id__lte=known_until)
        same = {name: OuterRef(name) for name in self.model.identity}
        later = known.filter(**same, revision__gt=OuterRef("revision"))
        found = self.filter(~Exists(later), indicator_id=indicator_id)
        return found if known_until is None else found.filter(delivery_id__lte=known_until)

    def current(self, indicator_id, known_until=None):
        """What counts: the newest revisions that were not withdrawn."""
        return self.newest(indicator_id, known_until).filter(voided=False)


class Fact(models.Model):
    """Append-only rows without a foreign key on either side, their time in the key, so that they can be
    partitioned. The newest revision counts; `delivery_id` says what was known when."""

    # What tells two facts of an indicator apart; revisions are numbered within it.
    identity = ("source", "external_id")

    indicator_id = models.BigIntegerField()
    source = models.CharField(max_length=80)
    external_id = models.CharField(max_length=80)
    revision = models.PositiveSmallIntegerField(default=0)
    voided = models.BooleanField(default=False)
    delivery_id = models.BigIntegerField()

    objects = FactQuerySet.as_manager()

    class Meta:
        abstract = True


class Outage(Fact):
    """Down from `at` until before `until` (None: still down)."""

    pk = models.CompositePrimaryKey("indicator_id", "at", "source", "external_id", "revision")
    at = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gt=F("at")), name="outage_runs_forward"
            ),
        ]
        indexes = [
            models.Index(
                fields=["indicator_id", "source", "external_id", "revision"], name="outage_identity"
            ),
        ]


class ObservedSpan(Fact):
    """The span an outage log observed: outside it is a gap, inside it silence means up."""

    identity = ("at", "source", "external_id")

    pk = models.CompositePrimaryKey("indicator_id", "at", "source", "external_id", "revision")
    at = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=F("at")), name="observed_span_runs_forward"),
        ]


class Case(Fact):
    """An imported ticket with its clock: opened `at`, then resolved and closed."""

    pk = models.CompositePrimaryKey("indicator_id", "at", "source", "external_id", "revision")
    at = models.DateTimeField()
    priority = models.PositiveSmallIntegerField()
    resolved_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    facts = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["indicator_id", "closed_at"], name="case_closed"),
            models.Index(fields=["indicator_id", "source", "external_id", "revision"], name="case_identity"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(closed_at__gte=F("at")), name="case_closed_after_opened"
            ),
            models.CheckConstraint(
                condition=Q(resolved_at=None) | Q(resolved_at__gte=F("at")), name="case_resolved_after_opened"
            ),
        ]


class Sample(Fact):
    """One measured or attested value."""

    identity = ("at", "source", "external_id")

    pk = models.CompositePrimaryKey("indicator_id", "at", "source", "external_id", "revision")
    at = models.DateTimeField()
    value = models.DecimalField(max_digits=30, decimal_places=10)
    evidence = models.TextField(blank=True)


class DirtyDay(models.Model):
    """A day (UTC) of an indicator whose rollup is out of date. No unique key: marking never waits."""

    indicator_id = models.BigIntegerField()
    day = models.DateField()
    marked_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["indicator_id", "day"], name="dirty_day")]


class DayRollup(models.Model):
    """A day (UTC) of an indicator in figures: derived, may be dropped and rebuilt at any time."""

    pk = models.CompositePrimaryKey("indicator_id", "day")
    indicator_id = models.BigIntegerField()
    day = models.DateField()
    figures = models.JSONField(default=dict)


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


class Period(FSMModelMixin, models.Model):
    """The window of one target, in the agreement's zone, split where the version changes."""

    class State(models.TextChoices):
        OPEN = "open", "Running"
        GRACE = "grace", "Provisional"
        CLOSED = "closed", "Closed"

    target = models.ForeignKey(Target, models.PROTECT, related_name="periods")
    lo = models.DateTimeField()
    hi = models.DateTimeField()
    label = models.CharField(max_length=20)  # "2026-05", "2026-Q2"
    grace_until = models.DateTimeField()
    state = FSMField(default=State.OPEN, choices=State.choices, protected=True)
    closed_at = models.DateTimeField(null=True)

    objects = PeriodQuerySet.as_manager()

    class Meta:
        ordering = ["lo", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["target", "lo"], name="period_once"),
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
