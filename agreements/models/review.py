from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django_fsm import FSMField, FSMModelMixin, transition

from agreements.keeping import on_keepers_side
from agreements.models.agreement import Party
from agreements.models.version import Version
from agreements.terms import Terms, load

REMIND_BEFORE = timedelta(days=1)


class DraftQuerySet(models.QuerySet):
    def to_remind(self, now):
        """Drafts in review whose day is near or over and whose reviewers were not reminded of it."""
        return self.filter(
            reminded_at=None,
            due_at__lte=now + REMIND_BEFORE,
            version__state=Version.State.IN_REVIEW,
            number=models.F("version__draft_number"),
        )


class Draft(models.Model):
    """A draft as it was sent to review: what reviewers read, and what the next draft is compared with."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="drafts")
    number = models.PositiveSmallIntegerField()
    terms = models.JSONField()
    message = models.TextField(blank=True)
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    # Set once by the sweep that reminds of `due_at`, so that a stop is caught up with one reminder.
    reminded_at = models.DateTimeField(null=True)

    objects = DraftQuerySet.as_manager()

    class Meta:
        ordering = ["version", "-number"]
        constraints = [models.UniqueConstraint(fields=["version", "number"], name="draft_number_once")]

    def read_terms(self) -> Terms:
        return load(self.terms)


class Reviewer(models.Model):
    """A seat in the review of a version."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="reviewers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    party = models.CharField(max_length=10, choices=Party.choices)
    required = models.BooleanField(default=True)
    invited_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "user"], name="reviewer_once")]


class Approval(models.Model):
    """What a reviewer approved: pairs of part and hash, so that an edit uncovers only what it touched."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="approvals")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    parts = models.JSONField(default=dict)
    remark = models.TextField(blank=True)
    draft_number = models.PositiveSmallIntegerField(default=1)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]


class CommentQuerySet(models.QuerySet):
    def for_sides(self, sides):
        """What people of these parties may read: what is said to all, and what is said among their own."""
        return self.filter(side__in=["", *sides])

    def for_keepers(self):
        """What people of the party that keeps the agreement may read."""
        return self.filter(Q(side="") | on_keepers_side("version__agreement__", "side"))


class Comment(models.Model):
    """A remark on a part of a version ("clause:c4", "kpis"); replies hang on the first of their thread.

    `draft_number` and `digest` are of the text that was read when it was written.
    """

    version = models.ForeignKey(Version, models.CASCADE, related_name="comments")
    part = models.CharField(max_length=60)
    thread = models.ForeignKey("self", models.CASCADE, null=True, related_name="replies")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    # Whose people alone read it; empty: everybody in the review. A reply has the side of its thread.
    side = models.CharField(max_length=10, choices=Party.choices, blank=True)
    text = models.TextField()
    blocking = models.BooleanField(default=False)
    draft_number = models.PositiveSmallIntegerField(default=1)
    digest = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True)

    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(settled_at=None, settled_by=None)
                | Q(settled_at__isnull=False, settled_by__isnull=False),
                name="comment_settled_by_somebody",
            ),
            # What the other side can't read must not hold them up.
            models.CheckConstraint(condition=Q(side="") | Q(blocking=False), name="comment_of_a_side_blocks_nobody"),
        ]

    @property
    def suggested(self):
        """The wording it proposes; None when it proposes none."""
        return getattr(self, "suggestion", None)


class Suggestion(FSMModelMixin, models.Model):
    """New wording for a clause, proposed by the comment that starts its thread."""

    class State(models.TextChoices):
        OPEN = "open"
        APPLIED = "applied"
        DECLINED = "declined"

    comment = models.OneToOneField(Comment, models.CASCADE, related_name="suggestion")
    before = models.TextField()
    body = models.TextField()
    state = FSMField(default=State.OPEN, choices=State.choices, protected=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["open", "applied", "declined"]), name="suggestion_state_known"
            ),
        ]

    @transition(state, source=State.OPEN, target=State.APPLIED)
    def apply(self, *, actor, at):
        self.decided_by, self.decided_at = actor, at

    @transition(state, source=State.OPEN, target=State.DECLINED)
    def decline(self, *, actor, at, reason):
        self.decided_by, self.decided_at, self.reason = actor, at, reason


class Look(models.Model):
    """A reader's own tick: they looked at this part as it stood with this hash."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="looks")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    part = models.CharField(max_length=60)
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "user", "part", "digest"], name="look_once"),
        ]
