"""Exclusions, corrections and disputes of an agreement: read by a machine, and asked for by one.

Deciding on them is for people, in the portal.
"""

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import generics
from rest_framework.exceptions import PermissionDenied
from rest_framework.response import Response

from accounts.models import ApiToken
from kpis import actions, rules
from kpis.claiming import Declined
from kpis.models import Correction, Dispute, Exclusion, Period
from slaportal.api import claiming_rows as rows
from slaportal.api.errors import Unprocessable
from slaportal.api.views import Door

REFUSED = OpenApiResponse(description="Nothing was written, and why: each field with its reason.")
FASTER = OpenApiResponse(description="Somebody was faster.")


class Claims(Door, generics.ListAPIView):
    """Reading as everywhere; asking needs a token that may claim."""

    scopes = {"GET": ApiToken.Scope.READ, "POST": ApiToken.Scope.CLAIM}

    def agreement(self, may=None):
        found = get_object_or_404(
            self.agreements().select_related("provider", "client"), reference=self.kwargs["reference"]
        )
        if may is not None and not may(self.grants(), found):
            raise PermissionDenied
        return found

    def said(self, serializer):
        given = serializer(data=self.request.data)
        if not given.is_valid():
            raise Unprocessable(given.errors)
        return dict(given.validated_data)

    def made(self, act, subject, **fields):
        """What an act makes as this person, now; what the terms decline is named by its field."""
        try:
            claim = act(subject, **fields, actor=self.request.user, at=self.now)
        except Declined as error:
            raise Unprocessable({error.place or "detail": [str(error)]}) from error
        return Response(self.serializer_class(claim).data, status=201)

    def period(self, agreement, given):
        """The newest part of a period where a version took over within it."""
        same = Period.objects.filter(
            target__agreement=agreement, target__key=given.pop("kpi"), label=given.pop("period")
        )
        found = same.select_related("target__agreement").order_by("-lo").first()
        if found is None:
            raise Unprocessable({"period": ["Name a KPI of the agreement and one of its periods."]})
        return found


class Exclusions(Claims):
    """The exclusions of an agreement, latest start first, each with what of it counts."""

    serializer_class = rows.ExclusionSerializer
    queryset = Exclusion.objects.none()

    def get_queryset(self):
        found = self.agreement().exclusions.select_related("version", "proposed_by", "decided_by", "answered_by")
        return found.select_related("agreement").prefetch_related("targets", "spans")

    @extend_schema(request=rows.ExcludeSerializer, responses={201: rows.ExclusionSerializer, 403: None, 422: REFUSED})
    def post(self, request, reference):
        """Ask to exclude time; somebody else of the provider decides on it."""
        agreement = self.agreement(rules.claims_for_provider)
        return self.made(actions.propose_exclusion, agreement, **self.said(rows.ExcludeSerializer))


class Corrections(Claims):
    """The corrections of an agreement's results, newest first, each with the result that it would make."""

    serializer_class = rows.CorrectionSerializer
    queryset = Correction.objects.none()

    def get_queryset(self):
        return self.agreement().corrections.select_related(
            "agreement", "period__target", "base", "result", "proposed_by", "decided_by", "answered_by"
        )

    @extend_schema(request=rows.CorrectSerializer, responses={201: rows.CorrectionSerializer, 403: None, 422: REFUSED})
    def post(self, request, reference):
        """Ask that a closed result is judged again from what is known now; both sides decide on it."""
        agreement, given = self.agreement(rules.claims_for_provider), self.said(rows.CorrectSerializer)
        return self.made(actions.propose_correction, self.period(agreement, given), **given)


class Disputes(Claims):
    """The disputes of an agreement, newest first, with what was said."""

    serializer_class = rows.DisputeSerializer
    queryset = Dispute.objects.none()

    def get_queryset(self):
        related = self.agreement().disputes.select_related(
            "agreement", "period__target", "exclusion", "correction", "opened_by"
        )
        return related.prefetch_related("remarks__by")

    @extend_schema(
        request=rows.DisputeWriteSerializer,
        responses={201: rows.DisputeSerializer, 403: None, 409: FASTER, 422: REFUSED},
    )
    def post(self, request, reference):
        """Dispute a figure (kpi and period), a pause of a case in it, an exclusion or a correction."""
        agreement, given = self.agreement(rules.claims_for_client), self.said(rows.DisputeWriteSerializer)
        subject = self._subject(agreement, given)
        return self.made(
            actions.open_dispute, subject, reason=given["reason"], case=given["case"], pause=given["pause"]
        )

    def _subject(self, agreement, given):
        exclusion, correction = given.pop("exclusion"), given.pop("correction")
        if exclusion:
            return _named(agreement.exclusions, "exclusion", exclusion)
        if correction:
            return _named(agreement.corrections, "correction", correction)
        return self.period(agreement, given)


def _named(rows_, place, number):
    found = rows_.filter(number=number).first()
    if found is None:
        raise Unprocessable({place: ["Name one of this agreement."]})
    return found
