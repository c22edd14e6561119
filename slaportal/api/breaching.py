"""Breaches: read, logged by hand or by a machine, and what people do with them, by the same acts as the pages."""

from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.response import Response
from rest_framework.views import APIView

from agreements.rules import working_for
from incidents import actions, desk, promises, rules
from incidents.models import Breach, BreachAction
from slaportal.api import breaching_rows as rows
from slaportal.api.errors import Unprocessable
from slaportal.api.handling import ABOUT, FASTER, REFUSED, Handling
from slaportal.api.handling_rows import NothingSerializer, RemarkWriteSerializer, WhySerializer
from slaportal.api.serializers import BreachSerializer

STATE = OpenApiParameter("state", OpenApiTypes.STR, enum=Breach.State.values, description="Only in this state.")


class BreachDoor(Handling):
    def breaches(self):
        found = Breach.objects.in_agreements(self.agreements())
        return found.select_related("agreement__provider", "agreement__client", "period__target", "owner", "run")

    def find(self, number):
        return get_object_or_404(self.breaches(), number=number)

    def said(self, breach, status=200):
        """The breach as it is now, with what is promised about it and the remarks that this person may read."""
        breach = self.breaches().select_related("logged_by", "checked_by").get(pk=breach.pk)
        sides = working_for(self.grants(), breach.agreement)
        breach.readable = breach.remarks.for_sides(sides).select_related("by")
        return Response(rows.BreachDetailSerializer(breach).data, status=status)


@extend_schema(parameters=[STATE, ABOUT])
class Breaches(BreachDoor, generics.ListAPIView):
    """The breaches of the agreements you see, newest first."""

    serializer_class = BreachSerializer
    queryset = Breach.objects.none()

    def get_queryset(self):
        given = self.request.query_params
        state, reference = given.get("state", ""), given.get("agreement", "").replace("\x00", "")[:40]
        found = self.breaches()
        if state:
            found = found.filter(state=state if state in Breach.State.values else "")
        return found.filter(agreement__reference=reference) if reference else found

    @extend_schema(
        request=rows.LogBreachSerializer,
        responses={201: rows.BreachDetailSerializer, 403: None, 422: REFUSED},
    )
    def post(self, request):
        """Log a breach that nothing measures. The same `external_id` of an agreement again gives back the first."""
        given = self.body(rows.LogBreachSerializer)
        agreement = self.agreements().filter(reference=given.pop("agreement")).first()
        if agreement is None:
            raise Unprocessable({"agreement": ["Name an agreement that you see."]})
        if not rules.can_log(self.grants(), agreement):
            raise PermissionDenied
        return self.said(self.act(actions.log_breach, agreement, **given, evidence=None), status=201)


class BreachDetail(BreachDoor, APIView):
    @extend_schema(responses=rows.BreachDetailSerializer)
    def get(self, request, number):
        """One breach with its figures as they were when it was logged, its actions and its remarks."""
        return self.said(self.find(number))


def _closes(grants, breach, now):
    return rules.can_close(grants, breach, now)


def _checks(grants, breach, now):
    return rules.can_check(grants, breach, now)


def _timeless(rule):
    return lambda grants, breach, now: rule(grants, breach)


# name -> (who may, the act, what it takes)
ACTS = {
    "acknowledge": (_timeless(rules.can_acknowledge), actions.acknowledge, NothingSerializer),
    "outcome": (_timeless(rules.can_document), actions.document_outcome, rows.OutcomeSerializer),
    "close": (_closes, actions.close, NothingSerializer),
    "reopen": (_timeless(rules.can_reopen), actions.reopen, WhySerializer),
    "hand-on": (_timeless(rules.can_document), actions.hand_on, rows.HandOnSerializer),
    "check": (_checks, actions.record_check, rows.CheckSerializer),
    "remark": (lambda grants, breach, now: rules.can_log(grants, breach.agreement), actions.remark_on,
               RemarkWriteSerializer),
    "promise": (_timeless(rules.can_document), actions.add_breach_action, rows.PromiseSerializer),
}
ACT = OpenApiParameter("act", OpenApiTypes.STR, OpenApiParameter.PATH, enum=list(ACTS))
ENDS = OpenApiParameter("end", OpenApiTypes.STR, OpenApiParameter.PATH, enum=["done", "drop"])


class BreachAct(BreachDoor, APIView):
    @extend_schema(
        operation_id="breaches_act", parameters=[ACT], request=rows.BreachActSerializer,
        responses={200: rows.BreachDetailSerializer, 403: None, 409: FASTER, 422: REFUSED},
    )
    def post(self, request, number, act):
        """Do something with a breach.

        outcome needs root_cause and corrective, reopen a reason, hand-on the e-mail of one of the provider's people
        (`to`), check effective and note, remark a text, promise kind, text, due_on and the e-mail of its `owner`.
        """
        if act not in ACTS:
            raise NotFound
        breach, (may, does, takes) = self.find(number), ACTS[act]
        if not may(self.grants(), breach, self.now):
            raise PermissionDenied
        given = self.body(takes)
        if act == "hand-on":
            given = self.person(given, "to", desk.staff(breach.agreement, self.now))
        if act == "promise":
            given = self.person(given, "owner", promises.people(breach.agreement, self.now))
        self.act(does, breach, **given)
        return self.said(breach)


class PromiseEnd(BreachDoor, APIView):
    @extend_schema(
        operation_id="breaches_actions_end", parameters=[ENDS], request=rows.DropSerializer,
        responses={200: rows.BreachDetailSerializer, 403: None, 409: FASTER, 422: REFUSED},
    )
    def post(self, request, number, pk, end):
        """Report an action done, or drop it with a reason."""
        breach = self.find(number)
        action = get_object_or_404(BreachAction, breach=breach, pk=pk)
        own = end == "done" and action.owner_id == request.user.pk
        if end not in ("done", "drop"):
            raise NotFound
        if not own and not rules.can_document(self.grants(), breach):
            raise PermissionDenied
        if end == "done":
            self.act(actions.finish_breach_action, action)
        else:
            self.act(actions.drop_breach_action, action, **self.body(WhySerializer))
        return self.said(breach)
