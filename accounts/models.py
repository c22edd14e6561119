from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django_fsm import FSMField, FSMModelMixin, transition


class Role(models.TextChoices):
    MANAGER = "manager", "SLA manager"
    PROVIDER = "provider", "Service provider"
    CLIENT = "client", "Client"
    ESCALATION = "escalation", "Escalation point"
    AUDITOR = "auditor", "Auditor"
    ADMIN = "admin", "Administrator"


class Organisation(models.Model):
    """A party: the provider's organisation, a client's, a supplier's."""

    name = models.CharField(max_length=120, unique=True)
    internal = models.BooleanField(default=False)
    timezone = models.CharField(max_length=60, default="UTC")
    language = models.CharField(max_length=10, default="en-gb")
    address = models.TextField(blank=True)
    # Whose administrators look after this party's people until it has its own.
    added_by = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name


class UserManager(BaseUserManager):
    def create_user(self, email, password=None, **fields):
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person, signed in by e-mail. What they may do follows from memberships, slots and positions alone."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    timezone = models.CharField(max_length=60, default="UTC")
    language = models.CharField(max_length=10, default="en-gb")
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    # No Django permissions: nobody is a superuser here, and the admin site is not mounted.
    is_staff = is_superuser = False

    objects = UserManager()

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self):
        return self.name

    def get_full_name(self):
        return self.name

    def has_perm(self, perm, obj=None):
        return False

    def has_module_perms(self, app_label):
        return False

    @property
    def initials(self):
        words = self.name.split()
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


class MembershipQuerySet(models.QuerySet):
    def current(self, at):
        return self.filter(since__lte=at).filter(Q(until=None) | Q(until__gt=at))


class Membership(models.Model):
    """A person's role in an organisation, from `since` until before `until`."""

    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "organisation", "role"], condition=Q(until=None), name="membership_once"
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_role_known"),
        ]

    def __str__(self):
        return f"{self.user}: {self.get_role_display()}, {self.organisation}"


class Invitation(models.Model):
    """A one-use link by which a person joins an organisation. Only the token's hash is kept."""

    email = models.EmailField()
    name = models.CharField(max_length=120)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="invitations")
    role = models.CharField(max_length=20, choices=Role.choices)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-created_at", "-pk"]


class SigningAuthority(models.Model):
    """What a person may sign for an organisation, from when until when, by what source, checked by whom."""

    user = models.ForeignKey(User, models.PROTECT, related_name="authorities")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="authorities")
    what_for = models.CharField(max_length=200)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=200)
    checked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    checked_at = models.DateTimeField()

    objects = MembershipQuerySet.as_manager()


class ApiToken(models.Model):
    """A machine's key to the API, acting as its person within its scopes. Only the hash is kept."""

    class Scope(models.TextChoices):
        READ = "read", "Read"
        SAMPLES = "samples", "Push measurements"
        PREPARE = "prepare", "Prepare agreements"

    user = models.ForeignKey(User, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]


class CalendarFeed(models.Model):
    """The address at which a person's calendar program reads their days. Only the token's hash is kept."""

    user = models.ForeignKey(User, models.CASCADE, related_name="calendar_feeds")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(revoked_at=None), name="calendar_feed_once"),
        ]


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

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["recipient", "key"], name="notice_once")]
        indexes = [models.Index(fields=["recipient", "read_at"], name="notice_unread")]


class MessageQuerySet(models.QuerySet):
    def due(self, now):
        return self.filter(state=Message.State.PENDING, next_try_at__lte=now).order_by("next_try_at", "pk")


class Message(FSMModelMixin, models.Model):
    """One e-mail to one person: a row that a sweep claims, sends and settles."""

    class State(models.TextChoices):
        PENDING = "pending"
        CLAIMED = "claimed"
        SENDING = "sending"
        SENT = "sent"
        FAILED = "failed"
        UNKNOWN = "unknown"
        HELD = "held"
        CANCELLED = "cancelled"

    key = models.CharField(max_length=160, unique=True)
    # Rows that one act cancels together (an acknowledgement stops what is not yet claimed).
    group = models.CharField(max_length=80, blank=True, db_index=True)
    recipient = models.ForeignKey(User, models.PROTECT, null=True, related_name="messages")
    address = models.EmailField()
    subject = models.CharField(max_length=200)
    body = models.TextField()
    critical = models.BooleanField(default=False)
    scope = models.CharField(max_length=40, blank=True)
    state = FSMField(default=State.PENDING, choices=State.choices, protected=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    lease_token = models.CharField(max_length=32, blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)

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
        ]
        indexes = [
            models.Index(fields=["next_try_at"], name="message_due", condition=Q(state="pending")),
            models.Index(
                fields=["lease_until"], name="message_lease", condition=Q(state__in=["claimed", "sending"])
            ),
        ]

    @transition(state, source=State.PENDING, target=State.CLAIMED)
    def claim(self, *, until, token):
        self.lease_until, self.lease_token = until, token

    @transition(state, source=State.CLAIMED, target=State.SENDING)
    def start(self):
        self.attempts += 1

    @transition(state, source=State.SENDING, target=State.SENT)
    def sent(self, *, at):
        self.sent_at, self.lease_until = at, None

    @transition(state, source=[State.CLAIMED, State.SENDING], target=State.PENDING)
    def retry(self, *, at, error):
        self.next_try_at, self.lease_until, self.last_error = at, None, error

    @transition(state, source=State.SENDING, target=State.FAILED)
    def give_up(self, *, error):
        self.lease_until, self.last_error = None, error

    @transition(state, source=State.SENDING, target=State.UNKNOWN)
    def lose(self):
        self.lease_until = None

    @transition(state, source=[State.PENDING, State.CLAIMED, State.HELD], target=State.CANCELLED)
    def cancel(self):
        self.lease_until = None
