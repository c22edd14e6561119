from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from accounts.models import Membership, Organisation
from agreements.models.agreement import Agreement, PositionHolder


class RosterQuerySet(models.QuerySet):
    def visible_to(self, user, at):
        """Those of one's own organisations, and those that hold a position in an agreement one sees."""
        mine = Membership.objects.current(at).filter(user=user).values("organisation")
        held = PositionHolder.objects.filter(
            agreement__in=Agreement.objects.visible_to(user, at), until=None, roster__isnull=False
        )
        return self.filter(Q(organisation__in=mine) | Q(pk__in=held.values("roster")), ended_at=None)


class Roster(models.Model):
    """Who of an organisation is on duty when. Positions of escalation matrices are held by one instead of a person.

    What it says of the past stays: rows begin, end and are taken back at the moment of the act or later.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="rosters")
    name = models.CharField(max_length=80)
    timezone = models.CharField(max_length=60)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = RosterQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "name"], condition=Q(ended_at=None), name="roster_name_once"
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("agreements:roster", args=[self.pk])


class Rotation(models.Model):
    """People who pass a duty on after so many local days. A change of people is a new rotation."""

    roster = models.ForeignKey(Roster, models.PROTECT, related_name="rotations")
    starts_on = models.DateField()  # turns are counted from this day on
    handover = models.TimeField()
    days = models.PositiveSmallIntegerField()
    # Weekly hours as in the terms' calendars, {"mon": [["08:00", "18:00"]]}; empty: day and night.
    schedule = models.JSONField(default=dict)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(days__gte=1), name="rotation_turn_lasts"),
        ]


class Seat(models.Model):
    """A person's place in the order of a rotation."""

    rotation = models.ForeignKey(Rotation, models.PROTECT, related_name="seats")
    place = models.PositiveSmallIntegerField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["place"]
        constraints = [models.UniqueConstraint(fields=["rotation", "place"], name="seat_once")]


class SpanQuerySet(models.QuerySet):
    def after(self, at):
        """Those that have not ended, and were not taken back, before an instant."""
        return self.filter(Q(taken_back_at=None) | Q(taken_back_at__gt=F("starts_at")), ends_at__gt=at)


class Agreed(models.Model):
    """Something agreed for a span; taken back, it counts until that moment."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True)

    objects = SpanQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="%(class)s_ends_after_start"),
        ]

    @property
    def ends(self):
        """When it ends, or was taken back."""
        return min(self.ends_at, self.taken_back_at) if self.taken_back_at else self.ends_at


class Duty(Agreed):
    """A person takes the duty of a roster for a span: a swap, a stand-in, a single dated duty."""

    roster = models.ForeignKey(Roster, models.PROTECT, related_name="duties")
    note = models.CharField(max_length=200, blank=True)


class Turn(models.Model):
    """Who is on duty in a roster for a span, worked out from the rest; nobody where `user` is empty.

    Rows touch each other and reach some way ahead. Those of the past stay: they say who was on duty.
    """

    roster = models.ForeignKey(Roster, models.PROTECT, related_name="turns")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    why = models.CharField(max_length=10)  # agreements.duty

    class Meta:
        ordering = ["starts_at"]
        constraints = [
            models.UniqueConstraint(fields=["roster", "starts_at"], name="turn_once"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="turn_ends_after_start"),
        ]


class Absence(Agreed):
    """A person is away: every roster passes them over meanwhile."""
