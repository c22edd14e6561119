from django.db import models
from django.db.models import Q
from django_fsm import FSMField, FSMModelMixin, transition

from accounts.models.people import Organisation, User


class Notice(models.Model):
    """An inbox entry. `key` names the cause: one entry per cause and recipient, whatever runs twice."""

    recipient = models.ForeignKey(User, models.CASCADE, related_name="notices")
    key = models.CharField(max_length=120)
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    url = models.CharField(max_length=200, blank=True)
    scope = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    digest_at = models.DateTimeField(null=True)  # it waits for that day's mail of routine messages

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["recipient", "key"], name="notice_once")]
        indexes = [
            models.Index(fields=["recipient", "read_at"], name="notice_unread"),
            models.Index(fields=["digest_at"], name="notice_digest", condition=Q(digest_at__isnull=False)),
        ]


class Webhook(models.Model):
    """Where an organisation's own system is told. Its secret is made from `nonce`, never stored: accounts.tokens."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="webhooks")
    url = models.URLField(max_length=500)
    nonce = models.CharField(max_length=32)
    previous_nonce = models.CharField(max_length=32, blank=True)  # both sign until `previous_until`
    previous_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-pk"]


class MessageQuerySet(models.QuerySet):
    def in_doubt(self):
        """Messages that somebody must look at: perhaps not arrived, and nobody said that it may rest."""
        return self.filter(state__in=[Message.State.UNKNOWN, Message.State.FAILED], settled_at=None)


class Message(FSMModelMixin, models.Model):
    """One e-mail to one person, or one post to one webhook: a row that a sweep claims, sends and settles."""

    class Channel(models.TextChoices):
        EMAIL = "email", "E-mail"
        WEBHOOK = "webhook", "Webhook"

    class State(models.TextChoices):
        PENDING = "pending", "Waits"
        CLAIMED = "claimed", "Taken"
        SENDING = "sending", "On its way"
        SENT = "sent", "Sent"
        FAILED = "failed", "Could not be sent"
        UNKNOWN = "unknown", "Not known whether it arrived"
        HELD = "held", "Waits for the end of quiet hours"
        CANCELLED = "cancelled", "Stopped"

    key = models.CharField(max_length=160, unique=True)
    channel = models.CharField(max_length=10, choices=Channel.choices, default=Channel.EMAIL)
    # Rows that one act cancels together (an acknowledgement stops what is not yet claimed).
    group = models.CharField(max_length=80, blank=True, db_index=True)
    recipient = models.ForeignKey(User, models.PROTECT, null=True, related_name="messages")
    webhook = models.ForeignKey(Webhook, models.PROTECT, null=True, related_name="messages")
    # Whose administrators look after a message that went to no person of the portal.
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    address = models.CharField(max_length=500)
    reply_to = models.CharField(max_length=250, blank=True)  # where an answer goes; empty: to the sender
    subject = models.CharField(max_length=200)
    body = models.TextField()
    critical = models.BooleanField(default=False)
    repeated = models.BooleanField(default=False)  # it may have arrived before, and says so
    stopped = models.BooleanField(default=False)  # cancelled while it was being sent: it is not tried again
    scope = models.CharField(max_length=40, blank=True)
    state = FSMField(default=State.PENDING, choices=State.choices, protected=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    lease_token = models.CharField(max_length=32, blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)
    settled_at = models.DateTimeField(null=True)  # somebody looked at a doubtful one and let it rest

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=[
                    "pending", "claimed", "sending", "sent", "failed", "unknown", "held", "cancelled",
                ]),
                name="message_state_known",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["claimed", "sending"]) | Q(lease_until__isnull=False),
                name="message_leased_while_sending",
            ),
            models.CheckConstraint(
                condition=Q(channel="email", webhook=None) | Q(channel="webhook", webhook__isnull=False),
                name="message_has_its_channel",
            ),
        ]
        indexes = [
            # In the order in which they are claimed.
            models.Index(
                fields=["-critical", "next_try_at", "id"], name="message_due",
                condition=Q(state__in=["pending", "held"]),
            ),
            models.Index(
                fields=["lease_until"], name="message_lease", condition=Q(state__in=["claimed", "sending"])
            ),
            models.Index(
                fields=["created_at"], name="message_in_doubt",
                condition=Q(state__in=["unknown", "failed"], settled_at=None),
            ),
        ]

    # PENDING and HELD become CLAIMED in one statement, `accounts.outbox.claim`.

    @transition(state, source=State.CLAIMED, target=State.SENDING)
    def start(self, *, until):
        self.attempts, self.lease_until = self.attempts + 1, until

    # A sender that was taken for dead may come back with its answer.
    @transition(state, source=[State.SENDING, State.UNKNOWN], target=State.SENT)
    def sent(self, *, at):
        self.sent_at, self.lease_until = at, None

    @transition(state, source=[State.CLAIMED, State.SENDING], target=State.PENDING)
    def retry(self, *, at, error):
        self.next_try_at, self.lease_until, self.last_error = at, None, error

    @transition(state, source=State.SENDING, target=State.FAILED)
    def give_up(self, *, error):
        self.lease_until, self.last_error = None, error

    @transition(state, source=State.SENDING, target=State.UNKNOWN)
    def lose(self, *, error):
        self.lease_until, self.last_error = None, error

    @transition(state, source=[State.FAILED, State.UNKNOWN], target=State.PENDING)
    def send_again(self, *, at):
        # What failed was refused each time; only of the other may the recipient have a copy.
        self.repeated = self.repeated or self.state == self.State.UNKNOWN
        self.next_try_at, self.attempts, self.settled_at, self.stopped = at, 0, None, False

    # From SENDING only when it was stopped meanwhile and did not go.
    @transition(state, source=[State.PENDING, State.CLAIMED, State.HELD, State.SENDING], target=State.CANCELLED)
    def cancel(self):
        self.lease_until = None
