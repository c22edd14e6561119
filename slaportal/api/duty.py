"""Who is on duty: rosters with their turns, and the escalation matrix with who holds each position."""

from datetime import timedelta

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.views import APIView

from agreements import dutylist, people, rosters
from agreements.models import Roster, Version
from slaportal.api.serializers import Moment
from slaportal.api.views import Door

LONGEST = timedelta(days=366)
FROM = OpenApiParameter("from", OpenApiTypes.DATETIME, description="Turns from here on; now otherwise.")
UNTIL = OpenApiParameter("until", OpenApiTypes.DATETIME, description="At most 366 days later; 28 days otherwise.")


class TurnSerializer(serializers.Serializer):
    start = Moment(source="starts_at")
    end = Moment(source="ends_at")
    person = serializers.CharField(source="user.name", allow_null=True, default=None, help_text="Null: nobody.")
    email = serializers.CharField(source="user.email", allow_null=True, default=None)
    why = serializers.ChoiceField(
        choices=["turn", "stand_in", "agreed", "nobody"], help_text="By turn, for somebody away, as agreed, or nobody."
    )


class RosterSerializer(serializers.Serializer):
    id = serializers.IntegerField(source="roster.pk")
    name = serializers.CharField(source="roster.name")
    organisation = serializers.CharField(source="roster.organisation.name")
    timezone = serializers.CharField(source="roster.timezone")
    on_duty = TurnSerializer(source="now", help_text="From now on.")
    next_gap = TurnSerializer(source="gap", allow_null=True, help_text="Begun, or to begin within 14 days.")


class RosterDetailSerializer(RosterSerializer):
    turns = TurnSerializer(many=True)


class HolderSerializer(serializers.Serializer):
    position = serializers.CharField()
    title = serializers.CharField()
    party = serializers.CharField()
    person = serializers.CharField(allow_null=True, help_text="Null: nobody holds it now.")
    email = serializers.CharField(allow_null=True)
    roster = serializers.IntegerField(allow_null=True, help_text="The roster that names the person; null: named alone.")
    until = Moment(allow_null=True, help_text="The end of the person's turn.")


class MatrixLevelSerializer(serializers.Serializer):
    level = serializers.IntegerField()
    name = serializers.CharField()
    after_seconds = serializers.IntegerField()
    clock = serializers.CharField(help_text="The calendar that counts; empty: elapsed time.")
    ack_seconds = serializers.IntegerField(allow_null=True)
    critical = serializers.BooleanField()
    holders = HolderSerializer(many=True)


class MatrixSerializer(serializers.Serializer):
    agreement = serializers.CharField()
    version = serializers.CharField()
    terms_sha256 = serializers.CharField()
    levels = MatrixLevelSerializer(many=True)


class Rosters(Door, generics.ListAPIView):
    """The duty rosters of your organisations and of the agreements you see, with who is on duty now."""

    serializer_class = RosterSerializer
    queryset = Roster.objects.none()

    def get_queryset(self):
        found = Roster.objects.visible_to(self.request.user, self.now)
        return found.select_related("organisation").order_by("organisation__name", "name", "pk")

    def paginate_queryset(self, queryset):
        return dutylist.lines(super().paginate_queryset(queryset), self.now)


class RosterDetail(Door, APIView):
    @extend_schema(parameters=[FROM, UNTIL], responses=RosterDetailSerializer)
    def get(self, request, pk):
        """One roster with its turns. What it says of the past stays; what it says of the future may change."""
        roster = get_object_or_404(Rosters.get_queryset(self), pk=pk)
        start = self._moment("from", self.now)
        end = self._moment("until", start + timedelta(days=28))
        if not start < end <= start + LONGEST:
            raise ValidationError({"until": ["Take a moment after `from`, at most 366 days later."]})
        (line,) = dutylist.lines([roster], self.now)
        turns = rosters.turns([roster], start, end)[roster.pk]
        return Response(RosterDetailSerializer(vars(line) | {"turns": turns}).data)

    def _moment(self, name, otherwise):
        given = self.request.query_params.get(name)
        if given is None:
            return otherwise
        field = serializers.DateTimeField()
        try:
            found = field.to_internal_value(given)
            if found.year < 2000 or found.year > 2200:
                raise ValidationError([f"{found.year} is out of reach."])
        except ValidationError as error:
            raise ValidationError({name: error.detail}) from error
        return found


class Matrix(Door, APIView):
    @extend_schema(responses=MatrixSerializer)
    def get(self, request, reference):
        """The escalation matrix in force, with who holds each position at this moment."""
        agreement = get_object_or_404(self.agreements(), reference=reference)
        version = Version.objects.in_force(self.now).filter(agreement=agreement).first()
        if version is None:
            raise Http404
        section = version.read_terms().escalation
        held = people.held_in([agreement.pk], self.now)[agreement.pk]
        known = {each.key: each for each in section.positions}
        levels = [
            vars(level) | {"holders": [_holder(known[key], held.get(key)) for key in level.positions if key in known]}
            for level in section.levels
        ]
        said = {"agreement": reference, "version": version.label, "terms_sha256": version.terms_sha256}
        return Response(MatrixSerializer(said | {"levels": levels}).data)


def _holder(position, held):
    person = held.person if held else None
    return {
        "position": position.key, "title": position.title, "party": position.party,
        "person": person.name if person else None, "email": person.email if person else None,
        "roster": held.roster.pk if held and held.roster else None, "until": held.until if held else None,
    }
