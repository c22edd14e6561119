"""Try a target on past data before anybody signs it. Nothing is written."""

from dataclasses import asdict

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import ApiToken
from agreements import signing_rules
from agreements import terms as t
from kpis import backtest
from kpis.formulas import text
from slaportal.api.errors import Unprocessable
from slaportal.api.rows import ExactJSONParser
from slaportal.api.views import Door


class TrySerializer(serializers.Serializer):
    """A target to try: a KPI of a version by its key, and what shall be another value of it."""

    key = serializers.CharField(max_length=20, help_text="The KPI that is tried, such as K1.")
    version = serializers.RegexField(
        r"^v[0-9]{1,4}\.[0-9]{1,4}$", required=False, help_text="The version it stands in; left out: the newest signed."
    )
    changes = serializers.DictField(
        default=dict, help_text='Other values of the KPI as the terms write them, such as {"target": "99.95"}.'
    )


class TriedSerializer(serializers.Serializer):
    period = serializers.CharField(source="window.label")
    verdict = serializers.CharField(source="outcome.verdict")
    reason = serializers.CharField(source="outcome.reason")
    value = serializers.SerializerMethodField(help_text='The exact figure as a fraction, "4987/50"; null: none.')

    def get_value(self, each) -> str | None:
        return text(each.outcome.value)


class BacktestSerializer(serializers.Serializer):
    kpi = serializers.JSONField(help_text="The KPI as it was tried.")
    sentence = serializers.CharField()
    met = serializers.IntegerField()
    missed = serializers.IntegerField()
    insufficient = serializers.IntegerField()
    periods = TriedSerializer(source="tried", many=True)


class Backtest(Door, APIView):
    """What the last twelve periods would have been under another target."""

    scopes = {"POST": ApiToken.Scope.READ}
    parser_classes = [ExactJSONParser]

    @extend_schema(
        request=TrySerializer,
        responses={200: BacktestSerializer, 422: OpenApiResponse(description="The target can't be tried, and why.")},
    )
    def post(self, request, reference):
        agreement = get_object_or_404(self.agreements(), reference=reference)
        body = TrySerializer(data=request.data)
        if not body.is_valid():
            raise Unprocessable(body.errors)
        terms = self._version(agreement, body.validated_data.get("version")).read_terms()
        kpi = _changed(terms, **{name: body.validated_data[name] for name in ("key", "changes")})
        stream = backtest.stream(kpi, agreement.keeper_id, request.user, self.now)
        try:
            parts = backtest.part_streams(terms, kpi, agreement.keeper_id, request.user, self.now)
            found = backtest.run(terms, kpi, stream, now=self.now, parts=parts)
        except backtest.Untried as error:
            raise Unprocessable({"changes": [str(error)]}) from error
        return Response(BacktestSerializer(found).data)

    def _version(self, agreement, label):
        versions = agreement.versions.select_related("agreement")
        if label is None:
            found = versions.executed().order_by("-effective_from").first()
        else:
            found = next((each for each in versions if each.label == label), None)
        if found is None or not signing_rules.can_read(self.grants(), found):
            raise NotFound
        return found


def _changed(terms, key, changes):
    known = next((each for each in terms.kpis if each.key == key), None)
    if known is None:
        raise Unprocessable({"key": ["The version has no such KPI."]})
    try:
        document = {**t.dump(terms), "kpis": [{**asdict(known), **changes, "key": key}]}
        return t.load(document).kpis[0]
    except t.TermsError as error:
        raise Unprocessable({"changes": [str(error)]}) from error
