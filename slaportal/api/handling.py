"""Incidents and breaches: logged by a machine, and what people do with them, by the same acts as the pages."""

from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import generics
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import ApiToken
from agreements.rules import working_for
from incidents import actions, desk, rules
from incidents.models import Incident
from slaportal.api import handling_rows as rows
from slaportal.api.errors import Faster, Unprocessable
from slaportal.api.views import Door

STATE = OpenApiParameter("state", OpenApiTypes.STR, enum=Incident.State.values, description="Only in this state.")
ABOUT = OpenApiParameter("agreement", OpenApiTypes.STR, description="Only of this agreement.")
REFUSED = OpenApiResponse(description="Nothing was written, and why: each field with its reason.")
FASTER = OpenApiResponse(description="Somebody was faster.")


class Handling(Door):
    """Reading as everywhere; writing needs a token that may handle incidents."""

    scopes = {"GET": ApiToken.Scope.READ, "POST": ApiToken.Scope.HANDLE}

    def incidents(self):
        found = Incident.objects.in_agreements(self.agreements())
        return found.select_related("agreement__provider", "agreement__client", "version", "logged_by", "assignee")

    def body(self, serializer):
        said = serializer(data=self.request.data)
        if not said.is_valid():
            raise Unprocessable(said.errors)
        return dict(said.validated_data)

    def act(self, act, subject, **fields):
        """An act as this person, now; what it refuses is named by its field."""
        try:
            return act(subject, **fields, actor=self.request.user, at=self.now)
        except actions.Overtaken as error:
            raise Faster(str(error)) from error
        except actions.Refused as error:
            raise Unprocessable({error.place or "detail": [str(error)]}) from error

    def person(self, given, place, people):
        """Somebody of these people by e-mail, in place of the address."""
        wanted = given[place].lower()
        found = next((person for person in people if person.email.lower() == wanted), None)
        if found is None:
            raise Unprocessable({place: ["Name somebody of them by e-mail."]})
        return given | {place: found}


@extend_schema(parameters=[STATE, ABOUT])
class Incidents(Handling, generics.ListAPIView):
    """The incidents of the agreements you see, newest first."""

    serializer_class = rows.IncidentSerializer
    queryset = Incident.objects.none()

    def get_queryset(self):
        given = self.request.query_params
        state, reference = given.get("state", ""), given.get("agreement", "").replace("\x00", "")[:40]
        found = self.incidents()
        if state:
            found = found.filter(state=state if state in Incident.State.values else "")
        return found.filter(agreement__reference=reference) if reference else found

    @extend_schema(request=rows.LogSerializer, responses={201: rows.IncidentSerializer, 403: None, 422: REFUSED})
    def post(self, request):
        """Log an incident. The same `external_id` of an agreement again gives back the first."""
        said = self.body(rows.LogSerializer)
        agreement = self.agreements().filter(reference=said.pop("agreement")).first()
        if agreement is None:
            raise Unprocessable({"agreement": ["Name an agreement that you see."]})
        parties = working_for(self.grants(), agreement)
        if not parties:
            raise PermissionDenied
        said["began_at"] = said["began_at"] or self.now
        made = self.act(actions.log_incident, agreement, **said, party=parties[0], door=Incident.Door.API)
        return Response(rows.IncidentSerializer(made).data, status=201)


class IncidentDetail(Handling, APIView):
    """One incident with the remarks that your side may read."""

    @extend_schema(responses=rows.IncidentDetailSerializer)
    def get(self, request, number):
        incident = get_object_or_404(self.incidents(), number=number)
        sides = working_for(self.grants(), incident.agreement)
        incident.readable = incident.remarks.for_sides(sides).select_related("by")
        return Response(rows.IncidentDetailSerializer(incident).data)


# name -> (who may, the act, what it takes)
ACTS = {
    "acknowledge": (rules.can_answer, actions.acknowledge_incident, rows.NothingSerializer),
    "begin": (rules.can_work, actions.begin_incident, rows.NothingSerializer),
    "resolve": (rules.can_work, actions.resolve_incident, rows.ResolveSerializer),
    "reopen": (rules.can_take_up, actions.reopen_incident, rows.WhySerializer),
    "escalate": (rules.can_take_up, actions.escalate_incident, rows.EscalateSerializer),
    "remark": (rules.can_take_up, actions.remark_on, rows.RemarkWriteSerializer),
    "assign": (rules.can_work, actions.assign_incident, rows.AssignSerializer),
    "priority": (rules.can_work, actions.change_priority, rows.PrioritySerializer),
    "close": (None, actions.close_incident, rows.NothingSerializer),
}
ACT = OpenApiParameter("act", OpenApiTypes.STR, OpenApiParameter.PATH, enum=list(ACTS))


class IncidentAct(Handling, APIView):
    @extend_schema(
        operation_id="incidents_act", parameters=[ACT], request=rows.ActSerializer,
        responses={200: rows.IncidentSerializer, 403: None, 409: FASTER, 422: REFUSED},
    )
    def post(self, request, number, act):
        """Do something with an incident.

        resolve needs a resolution, reopen and escalate a reason, remark a text, assign the e-mail of one of the
        provider's people (`to`), priority a row of the signed version and a reason.
        """
        if act not in ACTS:
            raise NotFound
        incident = get_object_or_404(self.incidents(), number=number)
        may, does, takes = ACTS[act]
        grants = self.grants()
        allowed = may(grants, incident) if may else rules.can_confirm(grants, incident, self.now)
        if not allowed:
            raise PermissionDenied
        given = self.body(takes)
        if act == "assign":
            given = self.person(given, "to", desk.staff(incident.agreement, self.now))
        self.act(does, incident, **given)
        return Response(rows.IncidentSerializer(self.incidents().get(pk=incident.pk)).data)
