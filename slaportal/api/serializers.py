from datetime import UTC

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from agreements.models import Agreement, Approval, Comment, Suggestion, Version
from incidents.models import Breach
from kpis.models import Delivery, Indicator, PeriodResult
from reports.models import Report
from slaportal.api.rows import MOST_ROWS


class Moment(serializers.DateTimeField):
    """An instant, always in UTC: whoever reads it is a machine."""

    def __init__(self, **kwargs):
        super().__init__(default_timezone=UTC, **kwargs)


class VersionSerializer(serializers.ModelSerializer):
    label = serializers.CharField(read_only=True)
    effective_from = Moment(read_only=True)
    effective_to = Moment(source="holds_until", read_only=True, allow_null=True)

    class Meta:
        model = Version
        fields = ["label", "effective_from", "effective_to", "terms_sha256"]


class AgreementSerializer(serializers.ModelSerializer):
    provider = serializers.CharField(source="provider.name", read_only=True)
    client = serializers.CharField(source="client.name", read_only=True)
    version = VersionSerializer(read_only=True, allow_null=True, help_text="The version in force; null: none is.")
    standing = serializers.CharField(
        source="standing.state", read_only=True,
        help_text="How it stands by its dates: in_force, scheduled, expiring, terminating, expired, terminated, "
        "replaced, rescinded, or the state of the version being agreed.",
    )
    ends_at = Moment(
        source="standing.ends_at", read_only=True, allow_null=True,
        help_text="When it ends, or its running term does where it renews itself.",
    )
    notice_by = serializers.DateField(
        source="standing.notice_by", read_only=True, allow_null=True,
        help_text="The last day, where the agreement lives, on which notice stops its renewal.",
    )

    class Meta:
        model = Agreement
        fields = [
            "reference", "kind", "title", "state", "provider", "client", "version", "standing", "ends_at", "notice_by",
        ]


class AgreementDetailSerializer(AgreementSerializer):
    terms = serializers.JSONField(
        read_only=True, allow_null=True, help_text="The signed terms of that version: what terms_sha256 is made of."
    )

    class Meta(AgreementSerializer.Meta):
        fields = [*AgreementSerializer.Meta.fields, "terms"]


class SuggestionSerializer(serializers.ModelSerializer):
    class Meta:
        model = Suggestion
        fields = ["state", "body", "reason"]


class CommentSerializer(serializers.ModelSerializer):
    author = serializers.CharField(source="author.name", read_only=True)
    settled_by = serializers.CharField(source="settled_by.name", read_only=True, default="")
    suggestion = SuggestionSerializer(source="suggested", read_only=True, allow_null=True)
    at = Moment(read_only=True)
    settled_at = Moment(read_only=True, allow_null=True)
    side = serializers.CharField(
        read_only=True, help_text="The party that keeps it among its own; empty: everybody in the review reads it."
    )

    class Meta:
        model = Comment
        fields = [
            "id", "thread", "part", "draft_number", "digest", "author", "side", "text", "blocking", "at",
            "settled_by", "settled_at", "suggestion",
        ]


class ApprovalSerializer(serializers.ModelSerializer):
    user = serializers.CharField(source="user.name", read_only=True)
    at = Moment(read_only=True)
    parts = serializers.JSONField(read_only=True, help_text="Each approved part with the SHA-256 of its text.")

    class Meta:
        model = Approval
        fields = ["user", "draft_number", "parts", "remark", "at"]


class ResultSerializer(serializers.ModelSerializer):
    period = serializers.CharField(source="period.label", read_only=True)
    lo = Moment(source="period.lo", read_only=True)
    hi = Moment(source="period.hi", read_only=True)
    key = serializers.CharField(source="period.target.key", read_only=True)
    name = serializers.CharField(source="period.target.name", read_only=True)
    version = serializers.CharField(source="period.target.version.label", read_only=True)
    created_at = Moment(read_only=True)

    class Meta:
        model = PeriodResult
        fields = [
            "period", "lo", "hi", "key", "name", "version", "edition", "verdict", "outcome", "inputs", "sha256",
            "reason", "created_at",
        ]


class BreachSerializer(serializers.ModelSerializer):
    agreement = serializers.CharField(source="agreement.reference", read_only=True)
    period = serializers.CharField(source="period.label", read_only=True, default="")
    owner = serializers.CharField(source="owner.name", read_only=True, default="")
    opened_at = Moment(read_only=True)
    acknowledged_at = Moment(read_only=True, allow_null=True)
    outcome_at = Moment(read_only=True, allow_null=True)
    closed_at = Moment(read_only=True, allow_null=True)

    class Meta:
        model = Breach
        fields = [
            "number", "agreement", "kpi", "period", "title", "state", "owner", "opened_at", "acknowledged_at",
            "outcome_at", "closed_at", "root_cause", "corrective", "preventive", "cause_kind", "check_due_on",
            "effective", "figures",
        ]


class ReportSerializer(serializers.ModelSerializer):
    agreement = serializers.CharField(source="agreement.reference", read_only=True)
    sha256 = serializers.CharField(source="document.sha256", read_only=True)
    lo = Moment(read_only=True)
    hi = Moment(read_only=True)
    compiled_at = Moment(read_only=True)
    shared_at = Moment(read_only=True, allow_null=True)

    class Meta:
        model = Report
        fields = [
            "number", "edition", "agreement", "interval", "label", "lo", "hi", "state", "sha256", "facts_sha256",
            "compiled_at", "shared_at",
        ]


class IndicatorSerializer(serializers.ModelSerializer):
    organisation = serializers.CharField(source="organisation.name", read_only=True)
    may_push = serializers.SerializerMethodField(help_text="Whether your token's person delivers its data.")

    class Meta:
        model = Indicator
        fields = ["key", "name", "kind", "unit", "organisation", "may_push"]

    def get_may_push(self, indicator) -> bool:
        return self.context["may_push"](indicator)


@extend_schema_field(
    {"type": "array", "minItems": 1, "maxItems": MOST_ROWS, "items": {"type": "object", "additionalProperties": True}}
)
class RowsField(serializers.Field):
    """The rows as they came: kpis.intake says what is wrong with each, and ten thousand of them cost no field each."""

    def to_internal_value(self, data):
        if not isinstance(data, list) or not data:
            raise serializers.ValidationError("A list of rows is expected.")
        if len(data) > MOST_ROWS:
            raise serializers.ValidationError(f"At most {MOST_ROWS} rows at a time.")
        return data


class PushedAsSerializer(serializers.Serializer):
    source = serializers.CharField(
        max_length=80, required=False, allow_blank=True, default="",
        help_text="The log that the rows come from; empty: the stream's own.",
    )
    reason = serializers.CharField(
        max_length=200, required=False, allow_blank=True, default="",
        help_text="Needed where a value differs from the one delivered before.",
    )
    organisation = serializers.CharField(
        max_length=120, required=False, allow_blank=True, default="",
        help_text="Only where you deliver streams of the same key for two organisations.",
    )


class PushSerializer(PushedAsSerializer):
    rows = RowsField(
        help_text=(
            "By the kind of the stream. outages: {down_at, up_at, external_id} and {from, until} for the span "
            "that was watched; cases: {external_id, opened_at, responded_at, resolved_at, closed_at, priority}; values "
            "and scores: {at, value, external_id, unit, evidence}. Times are ISO 8601 with an offset."
        ),
    )


class DeliverySerializer(serializers.ModelSerializer):
    class Meta:
        model = Delivery
        fields = ["id", "rows", "added", "unchanged", "revised", "after_close"]


class RowErrorSerializer(serializers.Serializer):
    row = serializers.IntegerField(help_text="Counted from 1; 0: the delivery as a whole.")
    column = serializers.CharField(allow_blank=True)
    reason = serializers.CharField()
    value = serializers.CharField(allow_blank=True)
    pointer = serializers.CharField(help_text='Where it stands: "/rows/4/value" in JSON, "#row=6" in CSV.')


class RefusedSerializer(serializers.Serializer):
    """Nothing was written."""

    detail = serializers.CharField()
    errors = RowErrorSerializer(many=True)
