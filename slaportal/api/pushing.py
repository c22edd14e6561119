"""Measurements pushed by machines: JSON, CSV, and the text of metrics. All of the rows, or none."""

from datetime import UTC
from io import BytesIO

from django.conf import settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.parsers import BaseParser
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import ApiToken
from kpis import rules
from kpis.actions import take_in, take_in_metrics
from kpis.intake import files, metrics
from kpis.intake.staging import SAMPLED, Rules, Stage
from kpis.intake.tables import Unreadable
from kpis.models import Delivery, Feed, Indicator
from slaportal.api import rows, serializers
from slaportal.api.errors import TooLarge, Unprocessable
from slaportal.api.views import Door

REFUSED = OpenApiResponse(serializers.RefusedSerializer, "Nothing was written; each wrong row is named.")
SAID = [
    OpenApiParameter("source", OpenApiTypes.STR, description="Of CSV: the log that the rows come from."),
    OpenApiParameter("reason", OpenApiTypes.STR, description="Of CSV: why values differ from known ones."),
    OpenApiParameter("organisation", OpenApiTypes.STR, description="Where you deliver the same key for two."),
]


class Text(BaseParser):
    """A body that is taken as bytes."""

    def parse(self, stream, media_type=None, parser_context=None):
        return stream.read()


class CSV(Text):
    media_type = "text/csv"


class PlainText(Text):
    media_type = "text/plain"


class OpenMetrics(Text):
    media_type = metrics.OPENMETRICS


class Push(Door, APIView):
    """What the doors for machines share: the stream, for a token that may feed it."""

    scopes = {"POST": ApiToken.Scope.SAMPLES}

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        told = request.META.get("CONTENT_LENGTH") or "0"
        if told.isdecimal() and int(told) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise TooLarge("Send at most 5 MB at a time.")

    def stream(self, streams, organisation):
        """The one of these that is meant."""
        fit = [one for one in streams if organisation in ("", one.organisation.name)]
        if len(fit) != 1:
            known = ", ".join(one.organisation.name for one in streams)
            raise Unprocessable({"organisation": [f"Name one of: {known}."]})
        return fit[0]

    def streams(self, key):
        """Those of this key that the person delivers; a stranger's is not found."""
        seen = list(
            Indicator.objects.visible_to(self.request.user, self.now).filter(key=key).select_related("organisation")
        )
        if not seen:
            raise NotFound
        if self.request.auth.streams and key not in self.request.auth.streams:
            raise PermissionDenied("This token feeds other streams.")
        grants = self.grants()
        mine = [one for one in seen if rules.can_deliver(grants, one)]
        if not mine:
            raise PermissionDenied
        return mine


class Rows(Push):
    """Push measurements into a stream: all of the rows, or none.

    Idempotent: a row that is known already, by its source and key, is left alone.
    """

    parser_classes = [rows.ExactJSONParser, CSV]

    @extend_schema(
        request={"application/json": serializers.PushSerializer, "text/csv": OpenApiTypes.STR},
        parameters=SAID,
        responses={200: serializers.DeliverySerializer, 422: REFUSED},
    )
    def post(self, request, key):
        streams = self.streams(key)  # before the body is looked at
        as_csv = _is_csv(request)
        given = self.told(request.query_params.dict() if as_csv else request.data, as_csv)
        stream = self.stream(streams, given["organisation"])
        made = (
            _read_csv(stream, request.data or b"", self.now)
            if as_csv
            else rows.read(stream, given["rows"], self.now)
        )
        delivery = take_in(
            stream, rows=made.rows, unread=made.errors, source=given["source"] or stream.log_name,
            door=Delivery.Door.API, by=request.user, at=self.now, reason=given["reason"],
        )
        return Response(serializers.DeliverySerializer(delivery).data)

    def told(self, data, as_csv):
        kind = serializers.PushedAsSerializer if as_csv else serializers.PushSerializer
        body = kind(data=data)
        if not body.is_valid():
            raise Unprocessable(body.errors)
        return body.validated_data

    def point(self, error):
        """Where in the body an error is: a JSON pointer, or a fragment of CSV (RFC 7111)."""
        if _is_csv(self.request):
            return f"#row={error.number}"
        return rows.pointer(error)


def _is_csv(request):
    return request.content_type.partition(";")[0].strip() == CSV.media_type


def _read_csv(stream, body, now):
    try:
        if stream.kind not in SAMPLED:
            return files.read(stream.kind, BytesIO(body), zone=None)
        stage = Stage()
        for seen in files.stage(stream.kind, BytesIO(body), stage, Rules(now, stream.kind, None, stream.unit)):
            if seen > rows.MOST_ROWS:
                raise TooLarge(f"Send at most {rows.MOST_ROWS} rows at a time.")
        return rows.Read(stage, ())
    except Unreadable as error:
        raise Unprocessable({"body": [str(error)]}) from error


class Metrics(Push):
    """Push the text of metrics (OpenMetrics, or Prometheus' own); the stream's metric is taken from it.

    Of a counter it is what it grew by since the push before. A counter that fell is refused, unless the stream
    says that it means a restart.
    """

    parser_classes = [OpenMetrics, PlainText]

    @extend_schema(
        request={metrics.OPENMETRICS: OpenApiTypes.STR, "text/plain": OpenApiTypes.STR},
        parameters=[SAID[2]],
        responses={200: serializers.DeliverySerializer, 422: REFUSED},
    )
    def post(self, request, key):
        stream = self.stream(self.streams(key), request.query_params.get("organisation", ""))
        feed = Feed.objects.filter(indicator=stream).first()
        if stream.kind != Indicator.Kind.VALUES or feed is None or not feed.metric:
            raise Unprocessable({"key": ["No metric is set for this stream; set it in the portal."]})
        openmetrics = request.content_type.startswith(metrics.OPENMETRICS)
        try:
            text = bytes(request.data).decode("utf-8")
            found = metrics.points(text, feed.metric, openmetrics=openmetrics, now=self.now.astimezone(UTC))
        except (Unreadable, UnicodeDecodeError) as error:
            raise Unprocessable({"body": [str(error)]}) from error
        delivery = take_in_metrics(stream, points=found, actor=request.user, at=self.now)
        return Response(serializers.DeliverySerializer(delivery).data)
