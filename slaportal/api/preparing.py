"""Before a signature: the catalogue, requirements, templates, and what stands behind an agreement."""

from django.db.models import Q
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import generics
from rest_framework.exceptions import PermissionDenied
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import ApiToken
from agreements import actions, catalogue, rules, supporting
from agreements.models import Agreement, Requirement, Service, Support, Template
from agreements.rules import READERS
from agreements.signing import Refused
from slaportal.api import preparing_rows as rows
from slaportal.api.errors import Unprocessable
from slaportal.api.views import Door

VIEW = OpenApiParameter("view", OpenApiTypes.STR, enum=catalogue.VIEWS, description="Only the services that stand so.")
STATE = OpenApiParameter("state", OpenApiTypes.STR, enum=Requirement.State.values, description="Only in this state.")
SERVICE = OpenApiParameter("service", OpenApiTypes.STR, description="Only about the service of this key.")
REFUSED = OpenApiResponse(description="Nothing was written, and why: each field with its reason.")
FASTER = OpenApiResponse(description="Somebody was faster.")


class Writing(Door):
    """Reading as everywhere; writing needs a token that may prepare agreements."""

    scopes = {"GET": ApiToken.Scope.READ, "POST": ApiToken.Scope.PREPARE, "DELETE": ApiToken.Scope.PREPARE}

    def body(self, serializer):
        """What was sent, as the act takes it."""
        said = serializer(data=self.request.data)
        if not said.is_valid():
            raise Unprocessable(said.errors)
        return dict(said.validated_data)

    def act(self, act, *args, **fields):
        """An act as this person, now; what it refuses is named by its field."""
        try:
            return act(*args, **fields, actor=self.request.user, at=self.now)
        except Refused as error:
            raise Unprocessable({error.place or "detail": [str(error)]}) from error


@extend_schema(parameters=[VIEW])
class Services(Door, generics.ListAPIView):
    """The service catalogue of your organisations: who owns what, and which service still lacks an SLA."""

    serializer_class = rows.ServiceSerializer
    queryset = Service.objects.none()

    def filter_queryset(self, queryset):
        filters = catalogue.Filters.read(self.request.query_params)
        found = catalogue.rows(self.grants().organisations(*READERS), self.now)
        return [row for row in found if filters.match(row)]


@extend_schema(parameters=[STATE, SERVICE])
class Requirements(Writing, generics.ListAPIView):
    """The requirements you were asked for, and those about your organisations' services, newest first."""

    serializer_class = rows.RequirementSerializer
    queryset = Requirement.objects.none()

    def get_queryset(self):
        found = catalogue.requirements_for(self.request.user, self.grants().organisations(*READERS)).order_by("-pk")
        given = self.request.query_params
        state, service = given.get("state", ""), given.get("service", "").replace("\x00", "")
        if state:
            found = found.filter(state=state if state in Requirement.State.values else None)
        return found.filter(service__key=service[:40]) if service else found

    @extend_schema(
        request=rows.AskSerializer, responses={201: rows.RequirementSerializer, 403: None, 422: REFUSED}
    )
    def post(self, request):
        """Ask somebody at a client what they need of a service; who has an account answers inside, others by a link."""
        said = self.body(rows.AskSerializer)
        service = self._service(said.pop("service"), said.pop("organisation"))
        client = catalogue.clients({service.organisation_id}).filter(name=said.pop("client")).first()
        if client is None:
            raise Unprocessable({"client": ["Name one of the clients that you deal with."]})
        asked = self.act(actions.ask_by_link, service, client=client, **said)
        return Response(rows.RequirementSerializer(asked).data, status=201)

    def _service(self, key, organisation):
        grants = self.grants()
        seen = Service.objects.filter(organisation__in=grants.organisations(*READERS), key=key, retired_at=None)
        found = list(seen.filter(Q(organisation__name=organisation) if organisation else Q())[:2])
        if len(found) != 1:
            wanted = "Name a service of your catalogue, and its organisation if several have it."
            raise Unprocessable({"service": [wanted]})
        if not rules.can_ask(grants, found[0]):
            raise PermissionDenied
        return found[0]


class OneRequirement(Writing, APIView):
    def requirement(self, number):
        organisations = self.grants().organisations(*READERS)
        return get_object_or_404(catalogue.requirements_for(self.request.user, organisations), number=number)

    def to_decide(self, number):
        found = self.requirement(number)
        if not rules.can_decide(self.grants(), found):
            raise PermissionDenied
        return found


class RequirementDetail(OneRequirement):
    """One requirement: who was asked, what they said, what was decided."""

    @extend_schema(responses=rows.RequirementSerializer)
    def get(self, request, number):
        return Response(rows.RequirementSerializer(self.requirement(number)).data)


class Accept(OneRequirement):
    @extend_schema(request=None, responses={200: rows.RequirementSerializer, 409: FASTER})
    def post(self, request, number):
        """Take a stated requirement up: agreements about the service answer it."""
        done = self.act(actions.accept_requirement, self.to_decide(number))
        return Response(rows.RequirementSerializer(done).data)


class Decline(OneRequirement):
    @extend_schema(
        request=rows.ReasonSerializer, responses={200: rows.RequirementSerializer, 409: FASTER, 422: REFUSED}
    )
    def post(self, request, number):
        """Say why a stated requirement is not taken up; whoever asked reads it."""
        found = self.to_decide(number)
        done = self.act(actions.decline_requirement, found, **self.body(rows.ReasonSerializer))
        return Response(rows.RequirementSerializer(done).data)


class Templates(Door, generics.ListAPIView):
    """The published templates of the portal and of your organisations, every version of each."""

    serializer_class = rows.TemplateSerializer
    queryset = Template.objects.none()

    def get_queryset(self):
        own = self.grants().organisations(*READERS)
        return Template.objects.of(own).filter(published_at__isnull=False).select_related("organisation")


class TemplateDetail(Door, generics.RetrieveAPIView):
    """One version of a template with its terms and clauses."""

    serializer_class = rows.TemplateDetailSerializer
    queryset = Template.objects.none()

    get_queryset = Templates.get_queryset


class Behind(Writing):
    """What stands behind an agreement is its provider's own matter: to everybody else there is nothing."""

    def agreement(self):
        agreement = get_object_or_404(
            self.agreements().select_related("provider", "client", "owner"), reference=self.kwargs["reference"]
        )
        if not rules.can_read_support(self.grants(), agreement):
            raise PermissionDenied
        return agreement

    def to_link(self):
        agreement = self.agreement()
        if not rules.can_link_support(self.grants(), agreement):
            raise PermissionDenied
        return agreement


class Supports(Behind, generics.ListAPIView):
    """The OLAs and UCs that stand behind an agreement, or behind one service or KPI of it."""

    serializer_class = rows.SupportSerializer
    queryset = Support.objects.none()

    def get_queryset(self):
        return self.agreement().supports.live().select_related("by__provider", "linked_by")

    @extend_schema(request=rows.LinkSerializer, responses={201: rows.SupportSerializer, 422: REFUSED})
    def post(self, request, reference):
        """Link an OLA or UC that the provider of the agreement receives."""
        agreement = self.to_link()
        said = self.body(rows.LinkSerializer)
        visible = Agreement.objects.visible_to(request.user, self.now)
        by = supporting.candidates(agreement, visible).filter(reference=said.pop("by")).first()
        if by is None:
            raise Unprocessable({"by": ["Name an OLA or UC that the provider receives."]})
        made = self.act(actions.link_support, agreement, by=by, **said)
        return Response(rows.SupportSerializer(made).data, status=201)


class OneSupport(Behind, APIView):
    @extend_schema(responses={204: None})
    def delete(self, request, reference, pk):
        """Say that it stands behind the agreement no longer."""
        found = get_object_or_404(self.to_link().supports.select_related("by"), pk=pk)
        self.act(actions.unlink_support, found)
        return Response(status=204)


class Feasibility(Behind, APIView):
    """Whether what stands behind an agreement can carry it: a line for each promise, with the arithmetic."""

    @extend_schema(responses=rows.LineSerializer(many=True))
    def get(self, request, reference):
        agreement = self.agreement()
        versions = list(agreement.versions.exclude(state="abandoned"))
        version = supporting.version_of(agreement, versions, self.now)
        found = supporting.lines(agreement, version.read_terms(), self.now) if version else []
        return Response(rows.LineSerializer(found, many=True).data)
