from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django_fsm import FSMField, FSMModelMixin, transition

from agreements import lifecycle, signing
from agreements.models.agreement import Agreement, Template
from agreements.terms import Terms, load
from records.models import Document


class VersionQuerySet(models.QuerySet):
    def executed(self):
        return self.filter(state=Version.State.EXECUTED)

    def in_force(self, at):
        """The executed versions in force at an instant; at most one per agreement."""
        return self.executed().filter(effective_from__lte=at).holding_after(at)

    def holding_after(self, at):
        """Those that hold, or will hold, after an instant: neither another one nor their term has ended them."""
        return self.filter(Q(effective_to=None) | Q(effective_to__gt=at), Q(ends_at=None) | Q(ends_at__gt=at))

    def open(self):
        return self.exclude(state__in=[Version.State.EXECUTED, Version.State.ABANDONED])


class Version(FSMModelMixin, models.Model):
    """Text and terms as one document, immutable once frozen (the database refuses, too)."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        IN_REVIEW = "in_review", "In review"
        READY = "ready", "Ready to sign"
        SIGNING = "signing", "Out for signature"
        SEALING = "sealing", "Sealing"
        EXECUTED = "executed", "Executed"
        ABANDONED = "abandoned", "Abandoned"

    class Reason(models.TextChoices):
        FIRST = "first", "First version"
        PERFORMANCE = "performance", "Performance"
        FEEDBACK = "feedback", "Feedback"
        REVIEW = "review", "Agreed in a review"
        BUSINESS = "business", "Business change"
        CORRECTION = "correction", "Correction"

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="versions")
    major = models.PositiveSmallIntegerField(default=1)
    minor = models.PositiveSmallIntegerField(default=0)
    base = models.ForeignKey("self", models.PROTECT, null=True, related_name="successors")
    template = models.ForeignKey(Template, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=20, choices=Reason.choices, default=Reason.FIRST)
    reason_text = models.TextField(blank=True)
    # What asked for it, as a frozen string ("REV-2026-01, change 1"): a reference upwards in the house.
    reason_source = models.CharField(max_length=80, blank=True)
    state = FSMField(default=State.DRAFT, choices=State.choices, protected=True)
    terms = models.JSONField()
    # Counts edits: a save names the revision it was made from, so that a second editor is told.
    revision = models.PositiveIntegerField(default=1)
    draft_number = models.PositiveSmallIntegerField(default=1)
    terms_sha256 = models.CharField(max_length=64, blank=True)
    prepared = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+")
    signed = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+")
    effective_from = models.DateTimeField(null=True)
    effective_to = models.DateTimeField(null=True)
    # When the terms run out of themselves (never: they renew or are open), so that lists are judged in the database.
    ends_at = models.DateTimeField(null=True)
    # The revision whose words the search knows; the sweep takes in every other.
    indexed_revision = models.PositiveIntegerField(null=True)
    concluded_at = models.DateTimeField(null=True)
    executed_at = models.DateTimeField(null=True)
    # Signed on paper before it came here: nothing of its signatures was checked (models.Paper).
    imported_at = models.DateTimeField(null=True)
    # Why its document could not be made or sealed, and when that is tried again.
    seal_error = models.TextField(blank=True)
    seal_retry_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    # Everybody who wrote on it: none of them may be the only one who approves it.
    authors = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")
    created_at = models.DateTimeField()

    # Of the last save through this object: new items whose key was taken meanwhile, place -> key.
    renamed: dict[str, str] = {}  # replaced, never changed

    objects = VersionQuerySet.as_manager()

    class Meta:
        ordering = ["agreement", "-major", "-minor"]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "major", "minor"], name="version_number_once"),
            models.CheckConstraint(
                condition=Q(state__in=[
                    "draft", "in_review", "ready", "signing", "sealing", "executed", "abandoned",
                ]),
                name="version_state_known",
            ),
            # One open version at a time.
            models.UniqueConstraint(
                fields=["agreement"],
                condition=Q(state__in=["draft", "in_review", "ready", "signing", "sealing"]),
                name="version_open_once",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["signing", "sealing", "executed"]) | ~Q(terms_sha256=""),
                name="version_frozen_has_hash",
            ),
            # Empty for a version that was to begin after its agreement ended.
            models.CheckConstraint(
                condition=Q(effective_to=None) | Q(effective_to__gte=models.F("effective_from")),
                name="version_interval_runs_forward",
            ),
        ]

    def __str__(self):
        return f"{self.agreement.reference} {self.label}"

    @property
    def label(self):
        return f"v{self.major}.{self.minor}"

    def read_terms(self) -> Terms:
        return load(self.terms)

    def text_at(self, revision):
        """The terms document after a save; None when it is not kept (any more)."""
        if revision == self.revision:
            return self.terms
        if not 0 < revision < self.revision:  # also keeps a number out that no database can hold
            return None
        return self.revisions.filter(number=revision).values_list("terms", flat=True).first()

    def get_absolute_url(self):
        return reverse("agreements:version", args=[self.agreement.reference, self.label])

    def place_in_time(self, terms: Terms) -> list[str]:
        """Take from the terms from when they hold and when they run out; the names of the fields to save.

        Raises signing.Refused when they name no first day.
        """
        self.effective_from = signing.effective_from(terms.term, terms.agreement)
        self.ends_at = lifecycle.first_end(terms.term, terms.agreement.timezone)
        return ["effective_from", "ends_at"]

    @property
    def measured_from(self):
        """From when it is measured: an imported one from the first of the month in which it came here."""
        if self.imported_at is None:
            return self.effective_from
        zone = ZoneInfo(self.terms["agreement"]["timezone"])
        first = self.imported_at.astimezone(zone).date().replace(day=1)
        return max(self.effective_from, datetime.combine(first, time.min, zone).astimezone(UTC))

    @property
    def is_retroactive(self):
        """Whether it was concluded after the day from which it holds."""
        return bool(self.concluded_at and self.effective_from and self.effective_from < self.concluded_at)

    @property
    def holds_until(self):
        """The end of its interval: by what came after it or was declared, else by its own term; None: open."""
        return self.ends_at if self.effective_to is None else self.effective_to

    def is_over(self, at):
        return self.holds_until is not None and self.holds_until <= at

    @transition(state, source=State.DRAFT, target=State.IN_REVIEW)
    def submit(self):
        pass

    @transition(state, source=[State.IN_REVIEW, State.READY], target=State.DRAFT)
    def reopen(self):
        self.draft_number += 1

    @transition(state, source=State.IN_REVIEW, target=State.READY)
    def approve(self):
        pass

    @transition(state, source=State.READY, target=State.SIGNING)
    def freeze(self, *, sha256):
        self.terms_sha256 = sha256

    @transition(state, source=State.SIGNING, target=State.READY)
    def fail_round(self):
        self.prepared, self.seal_error, self.seal_retry_at = None, "", None

    @transition(state, source=State.SIGNING, target=State.SEALING)
    def conclude(self, *, at):
        self.concluded_at = at

    @transition(state, source=State.SEALING, target=State.EXECUTED)
    def execute(self, *, at, document):
        self.executed_at, self.signed, self.seal_error, self.seal_retry_at = at, document, "", None

    @transition(state, source=State.DRAFT, target=State.EXECUTED)
    def take_in(self, *, at, concluded_at, document, sha256):
        self.imported_at = self.executed_at = at
        self.concluded_at, self.signed, self.terms_sha256 = concluded_at, document, sha256

    @transition(state, source=[State.DRAFT, State.IN_REVIEW, State.READY], target=State.ABANDONED)
    def abandon(self):
        pass


class Revision(models.Model):
    """The text after a save, so that another can be joined with it, and a change be shown and undone."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    terms = models.JSONField()
    # The parts that the save changed, as in agreements.terms.parts; none in the text that the editing began with.
    parts = models.JSONField(default=list)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    # The page of the editor that it was written on: its own saves are no conflict for it.
    page = models.CharField(max_length=40, blank=True)
    told = models.BooleanField(default=True)  # has an audit entry of its own

    class Meta:
        ordering = ["version", "-number"]
        constraints = [models.UniqueConstraint(fields=["version", "number"], name="revision_number_once")]

    def read_terms(self) -> Terms:
        return load(self.terms)
