from rest_framework import serializers

from agreements.models import Party
from incidents.models import Incident, Remark
from slaportal.api.serializers import Moment


class IncidentSerializer(serializers.ModelSerializer):
    agreement = serializers.CharField(source="agreement.reference", read_only=True)
    version = serializers.CharField(source="version.label", read_only=True)
    logged_by = serializers.CharField(source="logged_by.name", read_only=True)
    assignee = serializers.CharField(source="assignee.name", read_only=True, default="")
    began_at = Moment(read_only=True)
    logged_at = Moment(read_only=True)
    respond_by = Moment(read_only=True, allow_null=True, help_text="By the signed version's clock; null: it sets none.")
    acknowledged_at = Moment(read_only=True, allow_null=True)
    resolve_by = Moment(read_only=True, allow_null=True)
    resolved_at = Moment(read_only=True, allow_null=True)
    closed_at = Moment(read_only=True, allow_null=True)

    class Meta:
        model = Incident
        fields = [
            "number", "agreement", "version", "title", "text", "priority", "party", "door", "external_id", "state",
            "logged_by", "assignee", "began_at", "logged_at", "respond_by", "acknowledged_at", "resolve_by",
            "resolved_at", "closed_at", "resolution",
        ]


class RemarkSerializer(serializers.ModelSerializer):
    by = serializers.CharField(source="by.name", read_only=True)
    at = Moment(read_only=True)
    side = serializers.CharField(read_only=True, help_text="The party that keeps it to itself; empty: both read it.")

    class Meta:
        model = Remark
        fields = ["by", "at", "side", "text"]


class IncidentDetailSerializer(IncidentSerializer):
    remarks = RemarkSerializer(source="readable", many=True, read_only=True)

    class Meta(IncidentSerializer.Meta):
        fields = [*IncidentSerializer.Meta.fields, "remarks"]


class LogSerializer(serializers.Serializer):
    agreement = serializers.CharField(max_length=40, help_text="Its reference.")
    title = serializers.CharField(max_length=200)
    text = serializers.CharField(max_length=8000, required=False, allow_blank=True, default="")
    priority = serializers.IntegerField(
        min_value=0, max_value=99, required=False, allow_null=True, default=None,
        help_text="A row of the signed version; needed where it has any.",
    )
    began_at = serializers.DateTimeField(required=False, allow_null=True, default=None, help_text="Empty: now.")
    external_id = serializers.CharField(
        max_length=80, required=False, allow_blank=True, default="",
        help_text="Your own number; sent again it logs nothing twice.",
    )


class NothingSerializer(serializers.Serializer):
    pass


class ResolveSerializer(serializers.Serializer):
    resolution = serializers.CharField(max_length=4000)


class WhySerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=1000)


class AssignSerializer(serializers.Serializer):
    to = serializers.EmailField(help_text="One of the provider's people.")


class PrioritySerializer(WhySerializer):
    priority = serializers.IntegerField(min_value=0, max_value=99)


class EscalateSerializer(WhySerializer):
    seen_level = serializers.IntegerField(
        min_value=-1, max_value=99, help_text="The highest level told, as you know it; -1: none. Told since: refused."
    )


class RemarkWriteSerializer(serializers.Serializer):
    text = serializers.CharField(max_length=8000)
    side = serializers.ChoiceField(
        choices=["", *Party.values], required=False, default="",
        help_text="Keep it among this party's people; empty: both sides read it.",
    )


class ActSerializer(serializers.Serializer):
    """What the acts take together; each needs its own."""

    resolution = serializers.CharField(max_length=4000, required=False)
    reason = serializers.CharField(max_length=1000, required=False)
    seen_level = serializers.IntegerField(min_value=-1, max_value=99, required=False)
    text = serializers.CharField(max_length=8000, required=False)
    side = serializers.ChoiceField(choices=["", *Party.values], required=False)
    to = serializers.EmailField(required=False)
    priority = serializers.IntegerField(min_value=0, max_value=99, required=False)
