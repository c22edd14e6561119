from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django_fsm import FSMField, FSMModelMixin, transition

from agreements.models.agreement import Agreement, Party
from records.models import Document


class EndingQuerySet(models.QuerySet):
    def open(self):
        """Proposals that wait for an answer and notices that stand."""
        return self.filter(state__in=[Ending.State.PROPOSED, Ending.State.STANDING])

    def unreceived(self, at):
        """Notices that nobody confirmed, and that count as received at a moment."""
        return self.filter(state=Ending.State.STANDING, received_at=None, deemed_at__lte=at)


class Ending(FSMModelMixin, models.Model):
    """How an agreement is ended before or at its term: a notice of one party, or an end both agree on.

    A notice stands when it is given; an end by agreement is proposed first and stands when the other party
    signs it, too. The document in the vault carries the signatures.
    """

    class Kind(models.TextChoices):
        NOTICE = "notice", "Notice"
        CAUSE = "cause", "Notice for good cause"
        MUTUAL = "mutual", "End by agreement"
        RESCISSION = "rescission", "Rescission by agreement"

    class State(models.TextChoices):
        PROPOSED = "proposed", "Proposed"
        STANDING = "standing", "Stands"
        REFUSED = "refused", "Refused"
        WITHDRAWN = "withdrawn", "Withdrawn"
        OVERTAKEN = "overtaken", "Overtaken"

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="endings")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    party = models.CharField(max_length=10, choices=Party.choices)
    state = FSMField(choices=State.choices, protected=True)
    last_day = models.DateField()
    ends_at = models.DateTimeField()
    reason = models.TextField(blank=True)
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    given_at = models.DateTimeField()
    # What was signed, as canonical JSON, its hash, and by party the evidence of each signature.
    statement = models.JSONField()
    sha256 = models.CharField(max_length=64)
    evidence = models.JSONField(default=dict)
    document = models.ForeignKey(Document, models.PROTECT, related_name="+")
    # When it counts as received unless the other party confirms it sooner; none for an end by agreement.
    deemed_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    received_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    answer = models.TextField(blank=True)
    # The giver asks to take a notice back; it goes on standing until the other party consents.
    recall_at = models.DateTimeField(null=True)
    recall_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    recall_reason = models.TextField(blank=True)

    objects = EndingQuerySet.as_manager()

    class Meta:
        ordering = ["-given_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "standing", "refused", "withdrawn", "overtaken"]),
                name="ending_state_known",
            ),
            models.UniqueConstraint(fields=["agreement"], condition=Q(state="standing"), name="ending_stands_once"),
            models.UniqueConstraint(fields=["agreement"], condition=Q(state="proposed"), name="ending_proposed_once"),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}, {self.agreement.reference}"

    @property
    def is_mutual(self):
        return self.kind in (self.Kind.MUTUAL, self.Kind.RESCISSION)

    @property
    def other(self):
        return Party.CLIENT if self.party == Party.PROVIDER else Party.PROVIDER

    @property
    def ends_as(self):
        rescinded = self.kind == self.Kind.RESCISSION
        return Agreement.EndsAs.RESCINDED if rescinded else Agreement.EndsAs.TERMINATED

    def get_absolute_url(self):
        return reverse("agreements:term", args=[self.agreement.reference])

    @transition(state, source=State.PROPOSED, target=State.STANDING)
    def agree(self, *, by, at, document):
        self.answered_by, self.answered_at, self.document = by, at, document
        self.received_by, self.received_at = by, at

    @transition(state, source=State.PROPOSED, target=State.REFUSED)
    def refuse(self, *, by, at, reason):
        self.answered_by, self.answered_at, self.answer = by, at, reason

    @transition(state, source=State.STANDING, target=State.STANDING)
    def receive(self, *, by, at):
        self.received_by, self.received_at = by, at

    @transition(state, source=[State.PROPOSED, State.STANDING], target=State.WITHDRAWN)
    def withdraw(self, *, by, at):
        self.answered_by, self.answered_at = by, at

    @transition(state, source=State.STANDING, target=State.OVERTAKEN)
    def overtake(self):
        pass
