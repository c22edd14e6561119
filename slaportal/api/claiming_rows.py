from rest_framework import serializers

from kpis.models import Correction, Dispute, DisputeRemark, Exclusion, ExclusionSpan
from slaportal.api.serializers import Moment


class SpanSerializer(serializers.ModelSerializer):
    lo = Moment(read_only=True)
    hi = Moment(read_only=True)
    counted_until = Moment(read_only=True, help_text="It counts from lo until before this instant.")
    why = serializers.CharField(read_only=True, help_text="Why not all of it counts: notice, cap; else empty.")

    class Meta:
        model = ExclusionSpan
        fields = ["lo", "hi", "counted_until", "why"]


class ClaimSerializer(serializers.ModelSerializer):
    agreement = serializers.CharField(source="agreement.reference", read_only=True)
    proposed_by = serializers.CharField(source="proposed_by.name", read_only=True)
    decided_by = serializers.CharField(source="decided_by.name", read_only=True, default="")
    answered_by = serializers.CharField(source="answered_by.name", read_only=True, default="")
    proposed_at = Moment(read_only=True)
    decided_at = Moment(read_only=True, allow_null=True)
    answered_at = Moment(read_only=True, allow_null=True)


class ExclusionSerializer(ClaimSerializer):
    version = serializers.CharField(source="version.label", read_only=True)
    kpis = serializers.SlugRelatedField(source="targets", slug_field="key", many=True, read_only=True)
    starts_at = Moment(read_only=True)
    ends_at = Moment(read_only=True)
    notice_at = Moment(read_only=True, allow_null=True)
    spans = SpanSerializer(many=True, read_only=True, help_text="Fixed at the approval; none before.")

    class Meta:
        model = Exclusion
        fields = [
            "number", "agreement", "version", "category", "kpis", "starts_at", "ends_at", "rule", "notice_at", "clause",
            "reason", "state", "proposed_by", "proposed_at", "decided_by", "decided_at", "answered_by", "answered_at",
            "remark", "arithmetic", "spans",
        ]


class ExcludeSerializer(serializers.Serializer):
    category = serializers.CharField(max_length=80, help_text="The key of an exclusion of the signed terms.")
    kpis = serializers.ListField(child=serializers.CharField(max_length=10), allow_empty=False, max_length=100)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    rule = serializers.CharField(
        max_length=200, required=False, allow_blank=True, default="",
        help_text="Repeats it, in the agreement's zone: FREQ=WEEKLY;BYDAY=SU;COUNT=8.",
    )
    notice_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    clause = serializers.CharField(max_length=80, required=False, allow_blank=True, default="")
    reason = serializers.CharField(max_length=2000)


class CorrectionSerializer(ClaimSerializer):
    kpi = serializers.CharField(source="period.target.key", read_only=True)
    period = serializers.CharField(source="period.label", read_only=True)
    supersedes = serializers.CharField(source="base.sha256", read_only=True)
    edition = serializers.IntegerField(source="result.edition", read_only=True, default=None)
    accept_by = Moment(read_only=True, allow_null=True)

    class Meta:
        model = Correction
        fields = [
            "number", "agreement", "kpi", "period", "reason", "state", "supersedes", "sha256", "inputs", "outcome",
            "edition", "proposed_by", "proposed_at", "decided_by", "decided_at", "accept_by", "answered_by",
            "answered_at", "remark",
        ]


class CorrectSerializer(serializers.Serializer):
    kpi = serializers.CharField(max_length=10)
    period = serializers.CharField(max_length=40, help_text="The label of a closed period: 2026-05.")
    reason = serializers.CharField(max_length=2000)


class ClaimRemarkSerializer(serializers.ModelSerializer):
    by = serializers.CharField(source="by.name", read_only=True)
    at = Moment(read_only=True)

    class Meta:
        model = DisputeRemark
        fields = ["by", "at", "what", "text"]


class DisputeSerializer(serializers.ModelSerializer):
    agreement = serializers.CharField(source="agreement.reference", read_only=True)
    subject = serializers.CharField(read_only=True, help_text="K1 2026-05, EXC-0007 or COR-0003.")
    opened_by = serializers.CharField(source="opened_by.name", read_only=True)
    opened_at = Moment(read_only=True)
    closed_at = Moment(read_only=True, allow_null=True)
    remarks = ClaimRemarkSerializer(many=True, read_only=True)

    class Meta:
        model = Dispute
        fields = [
            "number", "agreement", "kind", "subject", "case", "pause", "state", "stands", "opened_by", "opened_at",
            "closed_at", "remarks",
        ]


class DisputeWriteSerializer(serializers.Serializer):
    """Name one of: kpi and period, exclusion, correction."""

    kpi = serializers.CharField(max_length=10, required=False, allow_blank=True, default="")
    period = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    case = serializers.CharField(max_length=80, required=False, allow_blank=True, default="")
    pause = serializers.DateTimeField(
        required=False, allow_null=True, default=None, help_text="When it began; of a case that waited once not needed."
    )
    exclusion = serializers.CharField(max_length=20, required=False, allow_blank=True, default="")
    correction = serializers.CharField(max_length=20, required=False, allow_blank=True, default="")
    reason = serializers.CharField(max_length=2000)
