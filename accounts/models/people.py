from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q


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
    # A small firm: whoever sends an agreement for signature may be the only one who signs for it.
    sole_signatory = models.BooleanField(default=False)
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
    # How they are told, in their own time zone: mails rest in quiet hours, routine ones come as one a day.
    quiet_from = models.TimeField(null=True)
    quiet_until = models.TimeField(null=True)
    digest_at = models.TimeField(null=True)
    date_joined = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    # No Django permissions: nobody is a superuser here, and the admin site is not mounted.
    is_staff = is_superuser = False

    objects = UserManager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(quiet_from=None, quiet_until=None)
                | (Q(quiet_from__isnull=False, quiet_until__isnull=False) & ~Q(quiet_from=F("quiet_until"))),
                name="user_quiet_hours_whole",
            ),
        ]

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
        HANDLE = "handle", "Log and handle incidents"
        CLAIM = "claim", "Ask for exclusions and corrections, open disputes"

    user = models.ForeignKey(User, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    # The keys of the streams it may feed; empty: all that its person may.
    streams = models.JSONField(default=list)
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
