"""What keeps files beyond their time, and what is left of those that went."""

from rest_framework import generics, serializers

from records.models import Hold, Tombstone
from slaportal.api.serializers import Moment
from slaportal.api.views import Door


class HoldSerializer(serializers.ModelSerializer):
    agreement = serializers.CharField(source="scope", read_only=True)
    asked_by = serializers.CharField(source="asked_by.name", read_only=True)
    answered_by = serializers.CharField(source="answered_by.name", read_only=True, default="")
    lifted_by = serializers.CharField(source="lifted_by.name", read_only=True, default="")
    asked_at = Moment(read_only=True)
    answered_at = Moment(read_only=True, allow_null=True)
    lifted_at = Moment(read_only=True, allow_null=True)

    class Meta:
        model = Hold
        fields = [
            "id", "agreement", "party", "state", "reason", "asked_by", "asked_at", "answered_by", "answered_at",
            "lifted_by", "lifted_at", "answer",
        ]


class TombstoneSerializer(serializers.ModelSerializer):
    agreement = serializers.CharField(source="document.scope", read_only=True)
    sha256 = serializers.CharField(source="document.sha256", read_only=True)
    kind = serializers.CharField(source="document.kind", read_only=True)
    number = serializers.CharField(source="document.number", read_only=True)
    title = serializers.CharField(source="document.title", read_only=True)
    stored_at = Moment(source="document.stored_at", read_only=True)
    proposed_by = serializers.CharField(source="disposal.proposed_by.name", read_only=True)
    agreed_by = serializers.CharField(source="disposal.answered_by.name", read_only=True)
    agreed_at = Moment(source="disposal.answered_at", read_only=True)
    removed_at = Moment(
        source="disposal.done_at", read_only=True, allow_null=True, help_text="Null: the file is about to go."
    )
    rule = serializers.CharField(source="disposal.rule", read_only=True)

    class Meta:
        model = Tombstone
        fields = [
            "id", "agreement", "sha256", "kind", "number", "title", "stored_at", "proposed_by", "agreed_by",
            "agreed_at", "removed_at", "rule",
        ]


class Holds(Door, generics.ListAPIView):
    """The legal holds on the agreements you see, also those refused and lifted."""

    serializer_class = HoldSerializer

    def get_queryset(self):
        found = Hold.objects.filter(scope__in=self.agreements().values("reference"))
        return found.select_related("asked_by", "answered_by", "lifted_by")


class Tombstones(Door, generics.ListAPIView):
    """What is left of each file that was disposed of: its name and hash, who decided, by which rule."""

    serializer_class = TombstoneSerializer

    def get_queryset(self):
        found = Tombstone.objects.filter(document__scope__in=self.agreements().values("reference"))
        return found.select_related("disposal__proposed_by", "disposal__answered_by", "document").defer(
            "document__text"
        )
