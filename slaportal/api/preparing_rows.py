"""What the operations before a signature take and give."""

from rest_framework import serializers

from agreements.models import Requirement, Support, Template
from slaportal.api.serializers import Moment


class ServiceSerializer(serializers.Serializer):
    """A service of the catalogue; `sla` says how it stands: covered, prepared, lacking, not_needed, retired."""

    key = serializers.CharField(source="service.key")
    name = serializers.CharField(source="service.name")
    organisation = serializers.CharField(source="service.organisation.name")
    owner = serializers.CharField(source="service.owner.name")
    description = serializers.CharField(source="service.description")
    criticality = serializers.CharField(source="service.criticality")
    needs_sla = serializers.BooleanField(source="service.needs_sla")
    reason = serializers.CharField(source="service.reason")
    depends_on = serializers.SerializerMethodField()
    sla = serializers.CharField(source="word")
    agreements = serializers.ListField(
        source="cover.holding", child=serializers.CharField(), help_text="In force, or to begin later."
    )
    preparing = serializers.ListField(source="cover.preparing", child=serializers.CharField())

    def get_depends_on(self, row) -> list[str]:
        return [each.key for each in row.service.depends_on.all()]


class RequirementSerializer(serializers.ModelSerializer):
    service = serializers.CharField(source="service.key", read_only=True)
    organisation = serializers.CharField(source="service.organisation.name", read_only=True)
    client = serializers.CharField(source="client.name", read_only=True)
    person = serializers.CharField(read_only=True, help_text="Who was asked.")
    asked_by = serializers.CharField(source="asked_by.name", read_only=True)
    asked_at = Moment(read_only=True)
    due_on = serializers.DateField(source="question.due_on", read_only=True, allow_null=True, default=None)
    stated_at = Moment(read_only=True, allow_null=True)
    decided_by = serializers.CharField(source="decided_by.name", read_only=True, default="")

    class Meta:
        model = Requirement
        fields = [
            "number", "service", "organisation", "client", "state", "person", "asked_by", "asked_at", "due_on", "text",
            "why", "otherwise", "priority", "stated_at", "decided_by", "decision_reason",
        ]


class AskSerializer(serializers.Serializer):
    service = serializers.SlugField(max_length=40, help_text="The key of a service in your catalogue.")
    organisation = serializers.CharField(
        max_length=120, default="", allow_blank=True,
        help_text="Whose catalogue; only where several of yours have a service of that key.",
    )
    client = serializers.CharField(max_length=120, help_text="The name of the client that the person belongs to.")
    name = serializers.CharField(max_length=120)
    email = serializers.EmailField()
    due_on = serializers.DateField(default=None, allow_null=True, help_text="They are reminded two days before.")
    message = serializers.CharField(max_length=2000, default="", allow_blank=True)


class ReasonSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=2000)


class TemplateSerializer(serializers.ModelSerializer):
    organisation = serializers.CharField(
        source="organisation.name", read_only=True, default="", help_text="Empty: the portal's own."
    )
    published_at = Moment(read_only=True)
    retired_at = Moment(read_only=True, allow_null=True)

    class Meta:
        model = Template
        fields = [
            "id", "name", "number", "kind", "organisation", "description", "author", "published_at", "retired_at",
        ]


class TemplateDetailSerializer(TemplateSerializer):
    terms = serializers.JSONField(read_only=True)

    class Meta(TemplateSerializer.Meta):
        fields = [*TemplateSerializer.Meta.fields, "terms"]


class SupportSerializer(serializers.ModelSerializer):
    by = serializers.CharField(source="by.reference", read_only=True)
    kind = serializers.CharField(source="by.kind", read_only=True)
    provider = serializers.CharField(source="by.provider.name", read_only=True)
    linked_by = serializers.CharField(source="linked_by.name", read_only=True)
    linked_at = Moment(read_only=True)

    class Meta:
        model = Support
        fields = ["id", "by", "kind", "provider", "service", "kpi", "promise", "group", "linked_by", "linked_at"]


class LinkSerializer(serializers.Serializer):
    by = serializers.CharField(max_length=20, help_text="The number of the OLA or UC.")
    service = serializers.CharField(max_length=60, default="", allow_blank=True, help_text="Behind this service alone.")
    kpi = serializers.CharField(max_length=20, default="", allow_blank=True, help_text="Behind this KPI alone.")
    promise = serializers.CharField(
        max_length=20, default="", allow_blank=True, help_text="Its KPI that is meant, where it has several of a kind."
    )
    group = serializers.CharField(
        max_length=20, default="", allow_blank=True, help_text="Alternatives of which one is enough share a name."
    )

    def validate(self, said):
        if said["service"] and said["kpi"]:
            raise serializers.ValidationError({"kpi": "A service or a KPI, not both."})
        return said


class LineSerializer(serializers.Serializer):
    verdict = serializers.ChoiceField(choices=["holds", "short", "unknown"])
    about = serializers.CharField()
    text = serializers.CharField()
    place = serializers.CharField(help_text='Where in the terms the promise stands: "kpis.0.target".')
