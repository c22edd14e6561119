from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django_fsm import FSMField, FSMModelMixin, transition

from accounts.models import Membership, Organisation, Role
from agreements.keeping import KEEPERS, kept_by
from agreements.models.catalogue import Service
from agreements.models.series import Edition
from agreements.terms import load


class Party(models.TextChoices):
    PROVIDER = "provider", "Provider"
    CLIENT = "client", "Client"


class AgreementQuerySet(models.QuerySet):
    def visible_to(self, user, at):
        """The only way in for code that serves a person.

        Members of the party that keeps an agreement see it, members of the other once it was shared with
        them; named reviewers, signatories and holders of positions see theirs. An administrator's role alone
        shows none.
        """
        mine = Membership.objects.current(at).filter(user=user).exclude(role=Role.ADMIN)
        organisations = mine.values("organisation")
        named = Involvement.objects.filter(agreement=OuterRef("pk"), user=user)
        return self.filter(
            kept_by(organisations)
            | Q(shared_at__isnull=False) & (Q(provider__in=organisations) | Q(client__in=organisations))
            | Exists(named)
        )

    def for_list(self):
        return self.select_related("provider", "client", "owner").order_by("-changed_at", "-pk")


class Agreement(FSMModelMixin, models.Model):
    """The relation between provider and client; its versions hold what was promised."""

    class Kind(models.TextChoices):
        SLA = "sla", "Service level agreement"
        OLA = "ola", "Operational level agreement"
        UC = "uc", "Underpinning contract"

    class State(models.TextChoices):
        PREPARING = "preparing", "Preparing"
        ACTIVE = "active", "Active"
        ENDED = "ended", "Ended"
        ABANDONED = "abandoned", "Abandoned"

    class EndsAs(models.TextChoices):
        EXPIRED = "expired", "Expired"
        TERMINATED = "terminated", "Terminated"
        REPLACED = "replaced", "Replaced"
        RESCINDED = "rescinded", "Rescinded"

    reference = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.SLA)
    title = models.CharField(max_length=160)
    provider = models.ForeignKey(Organisation, models.PROTECT, related_name="provided")
    client = models.ForeignKey(Organisation, models.PROTECT, related_name="received")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    services = models.ManyToManyField(Service, related_name="agreements")
    state = FSMField(default=State.PREPARING, choices=State.choices, protected=True)
    shared_at = models.DateTimeField(null=True)
    # The end that was declared: by notice, by both parties, by a successor. An end by the term is derived.
    ends_at = models.DateTimeField(null=True)
    ends_as = models.CharField(max_length=12, blank=True, choices=EndsAs.choices)
    # When its next review is over, as reviews last worked it out: what the list filters by. None: none is due.
    review_due_at = models.DateTimeField(null=True)
    predecessor = models.ForeignKey("self", models.PROTECT, null=True, related_name="successors")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    objects = AgreementQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["preparing", "active", "ended", "abandoned"]),
                name="agreement_state_known",
            ),
            models.CheckConstraint(
                condition=~Q(provider=models.F("client")), name="agreement_has_two_parties"
            ),
            models.CheckConstraint(
                condition=Q(ends_at=None, ends_as="") | Q(ends_at__isnull=False)
                & Q(ends_as__in=["expired", "terminated", "replaced", "rescinded"]),
                name="agreement_end_says_how",
            ),
        ]

    def __str__(self):
        return f"{self.reference} {self.title}"

    def get_absolute_url(self):
        return reverse("agreements:detail", args=[self.reference])

    def organisation_of(self, party):
        return self.provider if party == Party.PROVIDER else self.client

    def organisation_id_of(self, party):
        return self.provider_id if party == Party.PROVIDER else self.client_id

    @property
    def keeping_party(self):
        return KEEPERS[self.kind]

    @property
    def other_party(self):
        return Party.CLIENT if self.keeping_party == Party.PROVIDER else Party.PROVIDER

    @property
    def keeper(self):
        """The organisation whose managers keep it."""
        return self.organisation_of(self.keeping_party)

    @property
    def other(self):
        """The organisation that it is kept with."""
        return self.organisation_of(self.other_party)

    @property
    def keeper_id(self):
        return self.organisation_id_of(self.keeping_party)

    @transition(state, source=State.PREPARING, target=State.ACTIVE)
    def activate(self):
        pass

    @transition(state, source=State.ACTIVE, target=State.ENDED)
    def end(self, *, at, how):
        self.ends_at, self.ends_as = at, how

    @transition(state, source=State.PREPARING, target=State.ABANDONED)
    def abandon(self):
        pass


class Involvement(models.Model):
    """Who is named by an agreement, and as what: the index that visibility and grants read."""

    class Capacity(models.TextChoices):
        REVIEWER = "reviewer", "Reviewer"
        SIGNATORY = "signatory", "Signatory"
        POSITION = "position", "Holder of a position"

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="involvements")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="involvements")
    capacity = models.CharField(max_length=20, choices=Capacity.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agreement", "user", "capacity"], name="involvement_once"),
        ]


class PositionHolder(models.Model):
    """Who holds a position of the escalation matrix, a person or a roster; they change without a new version."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="holders")
    position = models.CharField(max_length=40)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    roster = models.ForeignKey("agreements.Roster", models.PROTECT, null=True, related_name="held")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "position"], condition=Q(until=None), name="position_held_once"
            ),
            models.CheckConstraint(
                condition=Q(user__isnull=False, roster=None) | Q(user=None, roster__isnull=False),
                name="position_held_by_one",
            ),
        ]


class Template(Edition):
    """A versioned agreement template: terms and clauses to start from."""

    kind = models.CharField(max_length=10, choices=Agreement.Kind.choices, default=Agreement.Kind.SLA)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="templates")
    terms = models.JSONField()

    def get_absolute_url(self):
        return reverse("agreements:template", args=[self.pk])

    def read_terms(self):
        return load(self.terms)
