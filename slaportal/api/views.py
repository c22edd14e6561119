"""The REST API: thin doors to the same queries and acts that the pages use."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import ApiToken
from accounts.tokens import HasScope
from agreements import holding, lives, reviewing, states
from agreements import rules as agreement_rules
from agreements.forms.repository import DayForm
from agreements.grants import load
from agreements.lifecycle import in_force
from agreements.models import Agreement, Approval, Comment, Version
from agreements.views.on_a_day import as_json
from kpis import rules
from kpis.models import Indicator, PeriodResult
from records import actions as records
from records import vault
from reports.models import Report
from slaportal.api import serializers
from slaportal.api.filters import AgreementFilter
from slaportal.api.paging import Paged


class Door:
    """What every operation shares: a token's person, a scope per method, what this person may see."""

    permission_classes = [IsAuthenticated, HasScope]
    scopes = {"GET": ApiToken.Scope.READ}
    pagination_class = Paged

    @property
    def now(self):
        return self.request._request.now

    def grants(self):
        # Not request.grants: a session's cookie beside the token must not lend its roles.
        return load(self.request.user, self.now)

    def agreements(self):
        return Agreement.objects.visible_to(self.request.user, self.now)


def at_version(agreement, at):
    """The agreement with its version in force at an instant beside it."""
    executed = [one for one in agreement.versions.all() if one.state == Version.State.EXECUTED]
    agreement.version = next((one for one in executed if in_force(lives.life(one), at)), None)
    agreement.standing = lives.standing(agreement, at)
    return agreement


class Agreements(Door, generics.ListAPIView):
    """The agreements you see, each with the version in force."""

    queryset = Agreement.objects.none()  # the schema's writer has no person to ask for
    serializer_class = serializers.AgreementSerializer
    filter_backends = [DjangoFilterBackend]
    filterset_class = AgreementFilter

    def get_queryset(self):
        found = states.with_state(self.agreements(), self.now)
        return lives.with_lives(found.for_list())

    def paginate_queryset(self, queryset):
        return [at_version(agreement, self.now) for agreement in super().paginate_queryset(queryset)]


ON = OpenApiParameter(
    "on", OpenApiTypes.DATE, description="The terms in force on this day, where the agreement lives; today otherwise."
)


class TermsOnDay(Door, APIView):
    """Which terms held on a day of the agreement's own zone, and what proves it.

    Two when one version took over from another within the day; none before the first and after the end, which
    `word` says.
    """

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request, reference, day):
        agreement = get_object_or_404(lives.with_lives(self.agreements()), reference=reference)
        asked = DayForm({"on": day})
        if not asked.is_valid():
            raise ValidationError({"on": ["Write a day such as 2026-05-15."]})
        return Response(as_json(agreement, holding.on_day(agreement, asked.cleaned_data["on"], self.now)))


class AgreementDetail(Door, APIView):
    """One agreement with its terms in force."""

    @extend_schema(parameters=[ON], responses=serializers.AgreementDetailSerializer)
    def get(self, request, reference):
        agreement = get_object_or_404(lives.with_lives(self.agreements().for_list()), reference=reference)
        at_version(agreement, self._at(agreement))
        agreement.terms = agreement.version.terms if agreement.version else None
        return Response(serializers.AgreementDetailSerializer(agreement).data)

    def _at(self, agreement):
        asked = self.request.query_params.get("on")
        if asked is None:
            return self.now
        try:
            day = date.fromisoformat(asked)
            executed = [one for one in agreement.versions.all() if one.state == Version.State.EXECUTED]
            zone = executed[0].zone if executed else "UTC"
            # Versions begin at midnight of the agreement's zone, so a day has the terms of its end.
            return datetime.combine(day, time.max, ZoneInfo(zone))
        except (ValueError, OverflowError) as error:
            raise ValidationError({"on": ["Write a day such as 2026-05-15."]}) from error


class OfVersion(Door, generics.ListAPIView):
    """Rows of a version that was sent to review, or that you may read before."""

    def version(self):
        agreement = get_object_or_404(self.agreements(), reference=self.kwargs["reference"])
        for version in agreement.versions.select_related("agreement"):
            if version.label == self.kwargs["label"] and reviewing.may_read(self.grants(), version):
                return version
        raise NotFound


class Comments(OfVersion):
    """What was said in the review of a version, oldest first; what another side keeps to itself is not there."""

    serializer_class = serializers.CommentSerializer
    queryset = Comment.objects.none()

    def get_queryset(self):
        version = self.version()
        said = version.comments.for_sides(agreement_rules.sides(self.grants(), version.agreement))
        return said.select_related("author", "settled_by", "suggestion")


class Approvals(OfVersion):
    """Who approved which parts of a version, each by its hash, oldest first."""

    serializer_class = serializers.ApprovalSerializer
    queryset = Approval.objects.none()

    def get_queryset(self):
        return self.version().approvals.select_related("user")


class Results(Door, generics.ListAPIView):
    """The closed results of an agreement, newest first; each edition, with what it was computed from."""

    serializer_class = serializers.ResultSerializer
    queryset = PeriodResult.objects.none()

    def get_queryset(self):
        agreement = get_object_or_404(self.agreements(), reference=self.kwargs["reference"])
        return (
            PeriodResult.objects.filter(period__target__agreement=agreement)
            .select_related("period__target__version")
            .order_by("-period__hi", "period__target__key", "-edition", "pk")
        )


class Indicators(Door, generics.ListAPIView):
    """The streams of your organisation, and those that feed an agreement you see."""

    serializer_class = serializers.IndicatorSerializer

    def get_queryset(self):
        streams = Indicator.objects.visible_to(self.request.user, self.now)
        return streams.select_related("organisation").order_by("key", "pk")

    def get_serializer_context(self):
        grants = self.grants() if self.request else None
        return super().get_serializer_context() | {"may_push": lambda one: rules.can_deliver(grants, one)}


class Reports(Door, generics.ListAPIView):
    """The reports of the agreements you see, in their newest edition."""

    serializer_class = serializers.ReportSerializer

    def get_queryset(self):
        return Report.objects.newest().filter(agreement__in=self.agreements()).for_list()


class ReportDetail(Door, generics.RetrieveAPIView):
    """One report."""

    serializer_class = serializers.ReportSerializer
    lookup_field = "number"

    get_queryset = Reports.get_queryset


class ReportFile(Door, APIView):
    """The report as the PDF that the parties got. The download is recorded."""

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    def get(self, request, number):
        report = get_object_or_404(Reports.get_queryset(self), number=number)
        document = report.document
        content = vault.read(document.sha256)
        records.note_download(document, actor=request.user, at=self.now)
        name = f'attachment; filename="{document.filename}"'
        return HttpResponse(content, content_type=document.media_type, headers={"Content-Disposition": name})
