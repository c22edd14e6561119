"""The clocks of one case by the signed terms: what a service desk shows beside a ticket."""

from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.response import Response
from rest_framework.views import APIView

from kpis import casefile
from kpis.models import Indicator, Target
from slaportal.api.serializers import Moment
from slaportal.api.views import Door


class StretchSerializer(serializers.Serializer):
    kind = serializers.CharField(help_text="running, paused, or closed (outside service hours)")
    start = Moment()
    end = Moment()
    seconds = serializers.IntegerField(help_text="Service time: used when running, spared when paused.")
    reasons = serializers.ListField(child=serializers.CharField())


class PauseSerializer(serializers.Serializer):
    start = Moment()
    end = Moment(allow_null=True)
    reason = serializers.CharField()


class CaseClockSerializer(serializers.Serializer):
    kind = serializers.CharField(help_text="response or resolution")
    judged = serializers.BooleanField(help_text="Whether it is the one that the KPI is about.")
    state = serializers.CharField(source="reading.state", help_text="running, paused, stopped")
    met = serializers.BooleanField(source="reading.met", allow_null=True, help_text="null: not decided yet")
    limit_seconds = serializers.IntegerField(source="reading.limit_seconds")
    elapsed_seconds = serializers.IntegerField(source="reading.elapsed_seconds")
    remaining_seconds = serializers.IntegerField(source="reading.remaining_seconds")
    until = Moment(source="reading.until", help_text="The stop, or the moment of reading.")
    due_at = Moment(source="reading.due_at", allow_null=True, help_text="null: not known while it waits")
    missed_from = Moment(source="reading.missed_from", allow_null=True)
    thresholds = serializers.SerializerMethodField(help_text="Percent of the limit: when it is used up.")
    segments = StretchSerializer(source="reading.segments", many=True)
    ignored = PauseSerializer(source="reading.ignored", many=True, help_text="Waiting that the terms do not name.")

    def get_thresholds(self, clock) -> dict[str, str | None]:
        found = clock.reading.thresholds.items()
        return {str(percent): Moment().to_representation(at) if at else None for percent, at in found}


class CaseClocksSerializer(serializers.Serializer):
    case = serializers.CharField(source="case.external_id")
    source = serializers.CharField(source="case.source")
    priority = serializers.IntegerField(source="case.priority")
    opened_at = Moment(source="case.at")
    responded_at = Moment(source="case.responded_at", allow_null=True)
    resolved_at = Moment(source="case.resolved_at", allow_null=True)
    closed_at = Moment(source="case.closed_at", allow_null=True)
    version = serializers.CharField(source="version.label", help_text="The version in force at its start judges it.")
    timezone = serializers.CharField(source="zone")
    clocks = CaseClockSerializer(many=True, help_text="None where the version has no times for the priority.")


class Clocks(Door, APIView):
    """The response and resolution clocks of a case, with each stretch of time that counted or did not."""

    @extend_schema(
        parameters=[
            OpenApiParameter("kpi", OpenApiTypes.STR, required=True, description="A KPI whose stream holds cases."),
            OpenApiParameter("case", OpenApiTypes.STR, required=True, description="The number of the case."),
        ],
        responses=CaseClocksSerializer,
    )
    def get(self, request, reference):
        agreement = get_object_or_404(self.agreements(), reference=reference)
        asked = {name: request.query_params.get(name, "")[:80] for name in ("kpi", "case")}
        target = self._target(agreement, asked["kpi"]) if all(map(str.isprintable, asked.values())) else None
        found = casefile.find(target, asked["case"], self.now) if target else None
        if found is None:
            raise NotFound
        return Response(CaseClocksSerializer(found).data)

    def _target(self, agreement, key):
        same = Target.objects.filter(agreement=agreement, key=key, indicator__kind=Indicator.Kind.CASES)
        return same.select_related("version").order_by("-effective_from").first()
