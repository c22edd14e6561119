"""How figures are worked out: the library of KPI definitions and the measurement guide of an agreement."""

from dataclasses import asdict

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import generics, serializers
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import ApiToken
from agreements import rules as agreement_rules
from agreements import signing_rules
from agreements.signing import Refused
from kpis import actions, definitions, guide, rules
from kpis.models import Definition
from kpis.openslo import reading, writing, yamltext
from slaportal.api.errors import TooLarge, Unprocessable
from slaportal.api.pushing import Text
from slaportal.api.views import Door


class DefinitionSerializer(serializers.ModelSerializer):
    organisation = serializers.CharField(
        source="organisation.name", read_only=True, default="", help_text="Empty: the portal's own."
    )

    class Meta:
        model = Definition
        fields = [
            "id", "name", "number", "organisation", "topic", "purpose", "words", "caution", "origin", "description",
            "author", "published_at", "retired_at", "retired_because",
        ]  # fmt: skip
        read_only_fields = fields


class DefinitionDetailSerializer(DefinitionSerializer):
    kpi = serializers.JSONField(read_only=True, help_text="What it proposes, as the terms write a KPI.")
    says = serializers.SerializerMethodField(help_text="The same in words: formula, rounding, missing data.")

    class Meta(DefinitionSerializer.Meta):
        fields = [*DefinitionSerializer.Meta.fields, "kpi", "says"]
        read_only_fields = fields

    def get_says(self, each) -> dict[str, str]:
        return dict(definitions.rows(each.read_kpi()))


class Definitions(Door, generics.ListAPIView):
    """The published KPI definitions of the portal and of your organisations, every version of each."""

    serializer_class = DefinitionSerializer
    queryset = Definition.objects.none()

    def get_queryset(self):
        grants = self.grants()
        if not rules.can_read_library(grants):
            raise PermissionDenied
        found = Definition.objects.of(grants.organisations(*rules.LIBRARY_READERS))
        return found.filter(published_at__isnull=False).select_related("organisation")


class DefinitionDetail(Door, generics.RetrieveAPIView):
    """One version of a definition, with the KPI that it proposes."""

    serializer_class = DefinitionDetailSerializer
    queryset = Definition.objects.none()

    get_queryset = Definitions.get_queryset


class ExampleSerializer(serializers.Serializer):
    given = serializers.CharField()
    working = serializers.CharField()
    value = serializers.CharField()
    shown = serializers.CharField()
    verdict = serializers.CharField()


class SheetSerializer(serializers.Serializer):
    kpi = serializers.SerializerMethodField(help_text="The KPI as the terms write it.")
    level = serializers.CharField()
    sentence = serializers.CharField()
    formula = serializers.CharField()
    rules = serializers.ListField(child=serializers.CharField())
    says = serializers.SerializerMethodField(help_text="Everything else that the figure hangs on, by its label.")
    exclusions = serializers.SerializerMethodField(help_text="The keys of what does not count.")
    examples = ExampleSerializer(many=True)
    problem = serializers.CharField(help_text="Why a draft's KPI can't be worked out; empty for a signed one.")

    def get_kpi(self, sheet) -> dict:
        return asdict(sheet.kpi)

    def get_says(self, sheet) -> dict[str, str]:
        return dict(sheet.rows)

    def get_exclusions(self, sheet) -> list[str]:
        return [row["exclusion"].key for row in sheet.exclusions]


class OfVersion(Door):
    """A version that this person may read; to everybody else there is none."""

    def version(self, reference, label):
        agreement = get_object_or_404(self.agreements().select_related("provider", "client"), reference=reference)
        versions = agreement.versions.select_related("agreement__provider", "agreement__client")
        found = next((each for each in versions if each.label == label), None)
        if found is None or not signing_rules.can_read(self.grants(), found):
            raise NotFound
        return found


class Guide(OfVersion, APIView):
    """The measurement guide of a version: each KPI with its formula, rules and worked examples."""

    @extend_schema(responses=SheetSerializer(many=True))
    def get(self, request, reference, label):
        version = self.version(reference, label)
        return Response(SheetSerializer(guide.sheets(version.read_terms(), self.now), many=True).data)


class Yaml(Text):
    media_type = "application/yaml"


class FoundSerializer(serializers.Serializer):
    path = serializers.CharField(help_text="Where it stands in the documents.")
    kpi = serializers.SerializerMethodField(help_text="The KPI as the terms write it; its key comes later.")
    notes = serializers.ListField(child=serializers.CharField(), help_text="In what it is not the same any more.")

    def get_kpi(self, each) -> dict:
        return asdict(each.kpi)


class ProblemSerializer(serializers.Serializer):
    path = serializers.CharField()
    reason = serializers.CharField()


class BroughtSerializer(serializers.Serializer):
    found = FoundSerializer(many=True)
    problems = ProblemSerializer(many=True, help_text="What is not understood: where, and why.")


DRY = OpenApiParameter("dry_run", OpenApiTypes.BOOL, description="Only say what would become of it.")
PARTLY = OpenApiParameter(
    "partly", OpenApiTypes.BOOL, description="Add what is understood, although something else is not."
)
NOT_WRITTEN = OpenApiResponse(BroughtSerializer, "Something is not understood; nothing was written.")


class OpenSlo(OfVersion, APIView):
    """The KPIs of a version as OpenSLO v1 documents."""

    scopes = {"GET": ApiToken.Scope.READ, "POST": ApiToken.Scope.PREPARE}
    parser_classes = [Yaml]

    @extend_schema(responses={(200, "application/yaml"): OpenApiTypes.STR})
    def get(self, request, reference, label):
        """One YAML text; what OpenSLO cannot say stands in comments, descriptions and annotations."""
        text = writing.export(self.version(reference, label).read_terms()).text
        return HttpResponse(text, content_type="application/yaml; charset=utf-8")

    @extend_schema(
        parameters=[DRY, PARTLY],
        request={"application/yaml": OpenApiTypes.STR},
        responses={200: BroughtSerializer, 201: BroughtSerializer, 409: None, 413: None, 422: NOT_WRITTEN},
    )
    def post(self, request, reference, label):
        """Put the KPIs of OpenSLO documents into a draft: all of them or none, unless you say otherwise."""
        version = self.version(reference, label)
        if not agreement_rules.can_edit(self.grants(), version):
            raise PermissionDenied
        result = self._read(version)
        asked = {name: request.query_params.get(name, "") in ("1", "true") for name in ("dry_run", "partly")}
        shown = BroughtSerializer(result).data
        if asked["dry_run"]:
            return Response(shown)
        if not result.found or (result.problems and not asked["partly"]):
            return Response(shown, status=422)
        try:
            kpis = [each.kpi for each in result.found]
            actions.add_kpis(version, kpis=kpis, origin="OpenSLO", actor=request.user, at=self.now)
        except Refused as error:
            raise Unprocessable({"detail": [str(error)]}) from error
        return Response(shown, status=201)

    def _read(self, version):
        told = self.request.META.get("CONTENT_LENGTH") or "0"
        if told.isdecimal() and int(told) > yamltext.MOST_BYTES:
            raise TooLarge("Send at most 256 KB at a time.")
        body = self.request.data if isinstance(self.request.data, bytes) else b""
        try:
            return reading.read(yamltext.decode(body), version.read_terms())
        except yamltext.Unreadable as error:
            raise Unprocessable({"detail": [str(error)]}) from error
