from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django_fsm import FSMField, FSMModelMixin, transition


class AuditEntry(models.Model):
    """One line of the history of an object. Append only: the database refuses UPDATE and DELETE."""

    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    verb = models.CharField(max_length=60)
    target_label = models.CharField(max_length=60)
    target_id = models.BigIntegerField()
    # The agreement's reference (SLA-2026-014) the entry belongs to; empty for the portal as a whole.
    scope = models.CharField(max_length=40, blank=True)
    data = models.JSONField(default=dict)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["target_label", "target_id", "-at"], name="audit_target"),
            models.Index(fields=["scope", "-at"], name="audit_scope"),
        ]

    def __str__(self):
        return f"{self.verb} {self.target_label}:{self.target_id}"


class ChainLink(models.Model):
    """The place of one entry in the chain. Written by one sweep, so that acts never queue for the head."""

    seq = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(AuditEntry, models.PROTECT, related_name="link")
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ["seq"]


class DocumentQuerySet(models.QuerySet):
    def in_scopes(self, references):
        """Documents of these agreements; records knows agreements only by their reference."""
        return self.filter(scope__in=references)


class Document(models.Model):
    """A file of the vault: named by the hash of its content, written once."""

    class Kind(models.TextChoices):
        PREPARED = "prepared", "Prepared for signature"
        SIGNED = "signed", "Signed agreement"
        REPORT = "report", "Report"
        MINUTES = "minutes", "Minutes"
        EVIDENCE = "evidence", "Evidence"
        DATA = "data", "Delivered data"

    sha256 = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    number = models.CharField(max_length=40, blank=True)
    title = models.CharField(max_length=200)
    filename = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.BigIntegerField()
    scope = models.CharField(max_length=40, blank=True, db_index=True)
    # Words of the text, for search; the file itself is the truth.
    text = models.TextField(blank=True)
    stored_at = models.DateTimeField()
    stored_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = DocumentQuerySet.as_manager()

    class Meta:
        ordering = ["-stored_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=[
                    "prepared", "signed", "report", "minutes", "evidence", "data",
                ]),
                name="document_kind_known",
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("records:document", args=[self.sha256])


class HoldQuerySet(models.QuerySet):
    def open(self):
        """Those that keep files: that stand, and those that somebody asked for and nobody has answered."""
        return self.filter(state__in=[Hold.State.ASKED, Hold.State.STANDING])


class Hold(FSMModelMixin, models.Model):
    """A legal hold: nothing of its scope may be disposed of, whatever its age."""

    class State(models.TextChoices):
        ASKED = "asked", "Asked for"
        STANDING = "standing", "Stands"
        REFUSED = "refused", "Refused"
        LIFTED = "lifted", "Lifted"

    scope = models.CharField(max_length=40, db_index=True)
    # Whose records officers set it, and alone may lift it: provider or client.
    party = models.CharField(max_length=10)
    state = FSMField(choices=State.choices, protected=True)
    reason = models.TextField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True)
    # Why it was refused or lifted.
    answer = models.TextField(blank=True)

    objects = HoldQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["asked", "standing", "refused", "lifted"]), name="hold_state_known"
            ),
        ]

    def __str__(self):
        return f"Hold on {self.scope}"

    @transition(state, source=State.ASKED, target=State.STANDING)
    def grant(self, *, by, at):
        self.answered_by, self.answered_at = by, at

    @transition(state, source=State.ASKED, target=State.REFUSED)
    def refuse(self, *, by, at, reason):
        self.answered_by, self.answered_at, self.answer = by, at, reason

    @transition(state, source=State.STANDING, target=State.LIFTED)
    def lift(self, *, by, at, reason):
        self.lifted_by, self.lifted_at, self.answer = by, at, reason


class DisposalQuerySet(models.QuerySet):
    def open(self):
        return self.filter(state__in=[Disposal.State.PROPOSED, Disposal.State.AGREED])


class Disposal(FSMModelMixin, models.Model):
    """The end of the files of one scope: one person proposes it after the term, another agrees, a sweep removes them.

    `rule` and `kept_until` are frozen words and a frozen date, so that a later setting changes no past decision.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", "Proposed"
        AGREED = "agreed", "Agreed"
        DONE = "done", "Done"
        REFUSED = "refused", "Refused"

    scope = models.CharField(max_length=40, db_index=True)
    party = models.CharField(max_length=10)
    state = FSMField(default=State.PROPOSED, choices=State.choices, protected=True)
    rule = models.CharField(max_length=200)
    kept_until = models.DateTimeField()
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True)
    done_at = models.DateTimeField(null=True)

    objects = DisposalQuerySet.as_manager()

    class Meta:
        ordering = ["-proposed_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "agreed", "done", "refused"]), name="disposal_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["agreed", "done"])
                | Q(answered_by__isnull=False) & ~Q(answered_by=F("proposed_by")),
                name="disposal_by_two_persons",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["agreed", "done"]) | Q(answered_at__gte=F("kept_until")),
                name="disposal_after_the_term",
            ),
            models.UniqueConstraint(
                fields=["scope"], condition=Q(state__in=["proposed", "agreed"]), name="disposal_open_once"
            ),
        ]

    def __str__(self):
        return f"Disposal of {self.scope}"

    @transition(state, source=State.PROPOSED, target=State.AGREED)
    def agree(self, *, by, at):
        self.answered_by, self.answered_at = by, at

    @transition(state, source=State.PROPOSED, target=State.REFUSED)
    def refuse(self, *, by, at, reason):
        self.answered_by, self.answered_at, self.answer = by, at, reason

    @transition(state, source=State.AGREED, target=State.DONE)
    def finish(self, *, at):
        self.done_at = at


class Tombstone(models.Model):
    """What stays of a file that was disposed of: its row with name and hash, and by which decision it went."""

    document = models.OneToOneField(Document, models.PROTECT, related_name="tombstone")
    disposal = models.ForeignKey(Disposal, models.PROTECT, related_name="tombstones")

    class Meta:
        ordering = ["pk"]


class Counter(models.Model):
    """The last number given out of one series (SLA-2026, BR, ...); numbers are never used twice."""

    series = models.CharField(max_length=40, primary_key=True)
    value = models.PositiveIntegerField(default=0)


class Lock(models.Model):
    """A row that a single writer holds while it works."""

    name = models.CharField(max_length=60, primary_key=True)


class Sweep(models.Model):
    """The heartbeat of a sweep: when it ran last and how it went."""

    name = models.CharField(max_length=60, primary_key=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True)


class Alarm(models.Model):
    """Something that must be zero and was not: from when until when. Kept, so that one can look back."""

    name = models.CharField(max_length=80)
    since = models.DateTimeField()
    count = models.PositiveIntegerField()  # as it was told
    zero_since = models.DateTimeField(null=True)  # it may come back: cleared when it stayed zero
    cleared_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-since", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=models.Q(cleared_at=None), name="alarm_once_open"),
        ]

    def __str__(self):
        return self.name
