"""The one door from an address to a row: strangers get 404, insiders without the right 403."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from agreements.models import Agreement
from incidents.models import Incident


def require(holds):
    if not holds:
        raise PermissionDenied


def find_agreement(request, reference):
    visible = Agreement.objects.visible_to(request.user, request.now)
    return get_object_or_404(visible.select_related("provider", "client", "owner"), reference=reference)


def incidents_of(request):
    """The incidents of the agreements that this person sees."""
    return Incident.objects.in_agreements(Agreement.objects.visible_to(request.user, request.now))


def find_incident(request, number):
    people = ["assignee", "logged_by", "acknowledged_by", "resolved_by", "closed_by"]
    related = incidents_of(request).select_related("agreement__provider", "agreement__client", "version", *people)
    return get_object_or_404(related, number=number)


def plain(words, longest=80):
    """What may go into a query: PostgreSQL takes no NUL."""
    return words.replace("\0", "")[:longest]
