from django.conf import settings
from django.db import models
from django.db.models import Q
from django_fsm import FSMField, FSMModelMixin, transition


class Promise(FSMModelMixin, models.Model):
    """Something that somebody will do until a day: in a review, or after a breach. Overdue is derived."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        DONE = "done", "Done"
        DROPPED = "dropped", "Dropped"

    text = models.CharField(max_length=300)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    due_on = models.DateField()
    state = FSMField(default=State.OPEN, choices=State.choices, protected=True)
    closed_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        abstract = True
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=["open", "done", "dropped"]), name="%(class)s_state_known"),
        ]

    @transition(state, source=State.OPEN, target=State.DONE)
    def finish(self, *, at):
        self.closed_at = at

    @transition(state, source=State.OPEN, target=State.DROPPED)
    def drop(self, *, at, reason):
        self.closed_at, self.reason = at, reason
