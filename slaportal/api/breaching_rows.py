from rest_framework import serializers

from agreements.models import Party
from incidents.models import Breach, BreachAction
from slaportal.api.handling_rows import RemarkSerializer
from slaportal.api.serializers import BreachSerializer, Moment


class BreachActionSerializer(serializers.ModelSerializer):
    owner = serializers.CharField(source="owner.name", read_only=True)
    closed_at = Moment(read_only=True, allow_null=True)

    class Meta:
        model = BreachAction
        fields = ["id", "kind", "text", "owner", "due_on", "state", "closed_at", "reason"]


class BreachDetailSerializer(BreachSerializer):
    logged_by = serializers.CharField(
        source="logged_by.name", read_only=True, default="", help_text="Empty: the portal saw it."
    )
    level = serializers.IntegerField(source="run.level", read_only=True, help_text="The highest level told; -1: none.")
    checked_by = serializers.CharField(source="checked_by.name", read_only=True, default="")
    checked_at = Moment(read_only=True, allow_null=True)
    actions = BreachActionSerializer(many=True, read_only=True)
    remarks = RemarkSerializer(source="readable", many=True, read_only=True)

    class Meta(BreachSerializer.Meta):
        fields = [
            *BreachSerializer.Meta.fields, "confirmed", "logged_by", "text", "level", "reason", "check_days",
            "checked_at", "checked_by", "check_note", "actions", "remarks",
        ]


class LogBreachSerializer(serializers.Serializer):
    agreement = serializers.CharField(max_length=40, help_text="Its reference.")
    title = serializers.CharField(max_length=200)
    text = serializers.CharField(max_length=8000, help_text="What shows it. A file is attached in the portal.")
    kpi = serializers.CharField(
        max_length=10, required=False, allow_blank=True, default="", help_text='Such as "K1"; empty: about none.'
    )
    external_id = serializers.CharField(
        max_length=80, required=False, allow_blank=True, default="",
        help_text="Your own number; sent again it logs nothing twice.",
    )


class OutcomeSerializer(serializers.Serializer):
    root_cause = serializers.CharField(max_length=4000)
    corrective = serializers.CharField(max_length=4000)
    preventive = serializers.CharField(max_length=4000, required=False, allow_blank=True, default="")
    cause_kind = serializers.ChoiceField(
        choices=Breach.CauseKind.choices, required=False, allow_blank=True, default=""
    )
    check_days = serializers.IntegerField(min_value=1, max_value=366, required=False, default=30)


class HandOnSerializer(serializers.Serializer):
    to = serializers.EmailField(help_text="One of the provider's people.")
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")


class CheckSerializer(serializers.Serializer):
    effective = serializers.BooleanField(help_text="Did it help? If not, the breach is taken up again.")
    note = serializers.CharField(max_length=2000)


class PromiseSerializer(serializers.Serializer):
    kind = serializers.ChoiceField(choices=BreachAction.Kind.choices)
    text = serializers.CharField(max_length=300)
    owner = serializers.EmailField(help_text="Somebody of either side.")
    due_on = serializers.DateField()


class DropSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=300, required=False, help_text="Needed to drop it.")


class BreachActSerializer(serializers.Serializer):
    """What the acts take together; each needs its own."""

    root_cause = serializers.CharField(max_length=4000, required=False)
    corrective = serializers.CharField(max_length=4000, required=False)
    preventive = serializers.CharField(max_length=4000, required=False)
    cause_kind = serializers.ChoiceField(choices=Breach.CauseKind.choices, required=False, allow_blank=True)
    check_days = serializers.IntegerField(min_value=1, max_value=366, required=False)
    reason = serializers.CharField(max_length=1000, required=False)
    to = serializers.EmailField(required=False)
    note = serializers.CharField(max_length=2000, required=False)
    effective = serializers.BooleanField(required=False)
    text = serializers.CharField(max_length=8000, required=False)
    side = serializers.ChoiceField(choices=["", *Party.values], required=False)
    kind = serializers.ChoiceField(choices=BreachAction.Kind.choices, required=False)
    owner = serializers.EmailField(required=False)
    due_on = serializers.DateField(required=False)
