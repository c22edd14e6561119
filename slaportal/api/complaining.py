"""Complaints: raised by the client's machine, answered, agreed to or not, by the same acts as the pages."""

from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.response import Response
from rest_framework.views import APIView

from agreements.signing import Refused
from reviews import actions, rules
from reviews.models import Complaint, Rejoinder
from slaportal.api.errors import Unprocessable
from slaportal.api.handling import ABOUT, FASTER, REFUSED, Handling
from slaportal.api.serializers import Moment

STATE = OpenApiParameter("state", OpenApiTypes.STR, enum=Complaint.State.values, description="Only in this state.")


class RejoinderSerializer(serializers.ModelSerializer):
    """An answer that did not do, and what was missing."""

    answered_by = serializers.CharField(source="answered_by.name", read_only=True)
    answered_at = Moment(read_only=True)
    by = serializers.CharField(source="by.name", read_only=True)
    at = Moment(read_only=True)

    class Meta:
        model = Rejoinder
        fields = ["answer", "answered_by", "answered_at", "reason", "by", "at"]


class ComplaintSerializer(serializers.ModelSerializer):
    agreement = serializers.CharField(source="agreement.reference", read_only=True)
    by = serializers.CharField(source="by.name", read_only=True)
    received_at = Moment(read_only=True)
    answered_by = serializers.CharField(source="answered_by.name", read_only=True, default="")
    answered_at = Moment(read_only=True, allow_null=True)
    closed_by = serializers.CharField(
        source="closed_by.name", read_only=True, default="", help_text="Empty once closed: nobody objected."
    )
    closed_at = Moment(read_only=True, allow_null=True)
    rejoinders = RejoinderSerializer(many=True, read_only=True)

    class Meta:
        model = Complaint
        fields = [
            "number", "agreement", "title", "text", "state", "external_id", "by", "received_at", "answer",
            "answered_by", "answered_at", "closed_by", "closed_at", "rejoinders",
        ]


class ComplainSerializer(serializers.Serializer):
    agreement = serializers.CharField(max_length=40, help_text="Its reference.")
    title = serializers.CharField(max_length=200)
    text = serializers.CharField(max_length=8000)
    external_id = serializers.CharField(
        max_length=80, required=False, allow_blank=True, default="",
        help_text="Your own number; sent again it raises nothing twice.",
    )


class AnswerSerializer(serializers.Serializer):
    answer = serializers.CharField(max_length=8000)


class AgreeSerializer(serializers.Serializer):
    pass


class DisagreeSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=2000)


class ComplaintActSerializer(serializers.Serializer):
    """What the acts take together; each needs its own."""

    answer = serializers.CharField(max_length=8000, required=False)
    reason = serializers.CharField(max_length=2000, required=False)


class ComplaintDoor(Handling):
    def complaints(self):
        found = Complaint.objects.filter(agreement__in=self.agreements()).for_list().select_related("closed_by")
        return found.prefetch_related("rejoinders__answered_by", "rejoinders__by")

    def done(self, act, subject, **fields):
        """An act as this person, now; what it refuses is named by its field."""
        try:
            return act(subject, **fields, actor=self.request.user, at=self.now)
        except Refused as error:
            raise Unprocessable({error.place or "detail": [str(error)]}) from error

    def said(self, complaint, status=200):
        return Response(ComplaintSerializer(self.complaints().get(pk=complaint.pk)).data, status=status)


@extend_schema(parameters=[STATE, ABOUT])
class Complaints(ComplaintDoor, generics.ListAPIView):
    """The complaints of the agreements you see, newest first."""

    serializer_class = ComplaintSerializer
    queryset = Complaint.objects.none()

    def get_queryset(self):
        given = self.request.query_params
        state, reference = given.get("state", ""), given.get("agreement", "").replace("\x00", "")[:40]
        found = self.complaints()
        if state:
            found = found.filter(state=state if state in Complaint.State.values else "")
        return found.filter(agreement__reference=reference) if reference else found

    @extend_schema(request=ComplainSerializer, responses={201: ComplaintSerializer, 403: None, 422: REFUSED})
    def post(self, request):
        """Complain. The same `external_id` of an agreement again gives back the first."""
        given = self.body(ComplainSerializer)
        agreement = self.agreements().filter(reference=given.pop("agreement")).first()
        if agreement is None:
            raise Unprocessable({"agreement": ["Name an agreement that you see."]})
        if not rules.can_give_feedback(self.grants(), agreement):
            raise PermissionDenied
        return self.said(self.done(actions.complain, agreement, **given), status=201)


class ComplaintDetail(ComplaintDoor, APIView):
    @extend_schema(responses=ComplaintSerializer)
    def get(self, request, number):
        """One complaint with the answers that did not do."""
        return self.said(get_object_or_404(self.complaints(), number=number))


# name -> (who may, the act, what it takes)
ACTS = {
    "answer": (rules.can_answer, actions.answer_complaint, AnswerSerializer),
    "agree": (rules.can_give_feedback, actions.agree_to_answer, AgreeSerializer),
    "disagree": (rules.can_give_feedback, actions.disagree_with_answer, DisagreeSerializer),
}
ACT = OpenApiParameter("act", OpenApiTypes.STR, OpenApiParameter.PATH, enum=list(ACTS))


class ComplaintAct(ComplaintDoor, APIView):
    @extend_schema(
        operation_id="complaints_act", parameters=[ACT], request=ComplaintActSerializer,
        responses={200: ComplaintSerializer, 403: None, 409: FASTER, 422: REFUSED},
    )
    def post(self, request, number, act):
        """Answer a complaint (answer), agree to the answer and so close it, or disagree with a reason."""
        if act not in ACTS:
            raise NotFound
        complaint, (may, does, takes) = get_object_or_404(self.complaints(), number=number), ACTS[act]
        if not may(self.grants(), complaint.agreement):
            raise PermissionDenied
        self.done(does, complaint, **self.body(takes))
        return self.said(complaint)
