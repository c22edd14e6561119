from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django_fsm import FSMField, FSMModelMixin, transition

from agreements.models import Agreement, Party
from incidents.models import Promise
from kpis.text import period_name
from records.models import Document


class Feedback(models.Model):
    """The client's satisfaction with one period, 1 to 5. The score also becomes a sample of the KPI."""

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="feedback")
    period = models.CharField(max_length=20)  # "2026-05"
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    score = models.PositiveSmallIntegerField()
    text = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "period", "by"], name="feedback_once"),
            models.CheckConstraint(condition=Q(score__gte=1, score__lte=5), name="feedback_score_in_range"),
        ]

    @property
    def period_name(self):
        return period_name(self.period)


class Meeting(FSMModelMixin, models.Model):
    """A review of an agreement, with its agenda made from the facts since the last one."""

    class State(models.TextChoices):
        SCHEDULED = "scheduled", "Planned"
        HELD = "held", "Held"
        MINUTES_SHARED = "minutes_shared", "Minutes shared"
        APPROVED = "approved", "Minutes approved"
        POSTPONED = "postponed", "Postponed"

    number = models.CharField(max_length=20, unique=True)
    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="meetings")
    planned_for = models.DateTimeField()
    place = models.CharField(max_length=120, blank=True)
    state = FSMField(default=State.SCHEDULED, choices=State.choices, protected=True)
    chair = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    agenda = models.JSONField(default=list)  # items {title, text, minutes}
    attendees = models.JSONField(default=list)  # names, as they were present
    held_at = models.DateTimeField(null=True)
    # The minutes as they were shared, with the hash that approvals are bound to; each sharing is an edition.
    edition = models.PositiveSmallIntegerField(default=0)
    minutes = models.JSONField(default=dict)
    minutes_sha256 = models.CharField(max_length=64, blank=True)
    shared_at = models.DateTimeField(null=True)
    approved_at = models.DateTimeField(null=True)
    # Why it was postponed, or what somebody disputes in the minutes.
    reason = models.TextField(blank=True)
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-planned_for", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["scheduled", "held", "minutes_shared", "approved", "postponed"]),
                name="meeting_state_known",
            ),
            models.UniqueConstraint(
                fields=["agreement"], condition=Q(state="scheduled"), name="meeting_planned_once"
            ),
        ]

    def __str__(self):
        return self.number

    def get_absolute_url(self):
        return reverse("reviews:meeting", args=[self.number])

    @transition(state, source=State.SCHEDULED, target=State.HELD)
    def hold(self, *, at, attendees, agenda):
        self.held_at, self.attendees, self.agenda = at, attendees, agenda

    @transition(state, source=State.SCHEDULED, target=State.POSTPONED)
    def postpone(self, *, reason):
        self.reason = reason

    @transition(state, source=State.HELD, target=State.MINUTES_SHARED)
    def share_minutes(self, *, at, minutes, sha256):
        self.shared_at, self.minutes, self.minutes_sha256, self.reason = at, minutes, sha256, ""

    @transition(state, source=State.MINUTES_SHARED, target=State.HELD)
    def dispute_minutes(self, *, reason):
        self.reason = reason

    @transition(state, source=State.MINUTES_SHARED, target=State.APPROVED)
    def approve(self, *, at):
        self.approved_at = at


class MinutesApproval(models.Model):
    """One party's approval of the minutes, bound to their text by its hash."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="approvals")
    party = models.CharField(max_length=10, choices=Party.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["meeting", "party", "sha256"], name="minutes_approved_once"),
        ]


class Action(Promise):
    """Something somebody promised in a meeting, with a day."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="actions")

    class Meta(Promise.Meta):
        pass


class AgreedChange(models.Model):
    """A change of the agreement that a meeting agreed on. `part` is a part of the terms ("kpis",
    "clause:support"), `amendment` the version it went into ("v1.1")."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="changes")
    number = models.PositiveSmallIntegerField()
    part = models.CharField(max_length=60, blank=True)
    text = models.TextField()
    why = models.TextField(blank=True)
    amendment = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering = ["meeting", "number"]
        constraints = [models.UniqueConstraint(fields=["meeting", "number"], name="change_number_once")]

    @property
    def source(self):
        """What an amendment names as its reason."""
        return f"{self.meeting.number}, change {self.number}"


class ComplaintQuerySet(models.QuerySet):
    def for_list(self):
        return self.select_related("agreement__client", "agreement__provider", "agreement__owner", "by", "answered_by")


class Complaint(FSMModelMixin, models.Model):
    """The client is not content, and gets an answer: closed when it agrees, or by silence."""

    class State(models.TextChoices):
        RECEIVED = "received", "Received"
        ANSWERED = "answered", "Answered"
        CLOSED = "closed", "Closed"

    number = models.CharField(max_length=12, unique=True)
    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="complaints")
    title = models.CharField(max_length=200)
    text = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    received_at = models.DateTimeField()
    external_id = models.CharField(max_length=80, blank=True)  # of the machine that raised it
    state = FSMField(default=State.RECEIVED, choices=State.choices, protected=True)
    # The answer that counts; those that did not do are its rejoinders.
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    # None while nobody agreed: closed by silence.
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)

    objects = ComplaintQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["received", "answered", "closed"]), name="complaint_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="received") | (~Q(answer="") & Q(answered_at__isnull=False)),
                name="complaint_answered_with_words",
            ),
            models.UniqueConstraint(
                fields=["agreement", "external_id"], condition=~Q(external_id=""), name="complaint_external_once"
            ),
        ]

    def __str__(self):
        return f"{self.number} {self.title}"

    def get_absolute_url(self):
        return reverse("reviews:complaint", args=[self.number])

    @transition(state, source=State.RECEIVED, target=State.ANSWERED)
    def give_answer(self, *, answer, by, at):
        self.answer, self.answered_by, self.answered_at = answer, by, at

    @transition(state, source=State.ANSWERED, target=State.RECEIVED)
    def refuse_answer(self):
        self.answer, self.answered_by, self.answered_at = "", None, None

    @transition(state, source=State.ANSWERED, target=State.CLOSED)
    def close(self, *, by, at):
        self.closed_by, self.closed_at = by, at


class Rejoinder(models.Model):
    """An answer that did not do, and what was missing: the complaint waits for another one."""

    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="rejoinders")
    answer = models.TextField()
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    answered_at = models.DateTimeField()
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
