"""The one door from an address to a review: strangers get 404, insiders without the right 403."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from agreements.models import Agreement
from reviews import rules
from reviews.models import Meeting


def visible(request):
    return Meeting.objects.filter(agreement__in=Agreement.objects.visible_to(request.user, request.now))


def find(request, number):
    related = visible(request).select_related(
        "agreement__provider", "agreement__client", "agreement__owner", "chair", "document"
    )
    return get_object_or_404(related, number=number)


def find_managed(request, number):
    """The same for what only the manager does."""
    meeting = find(request, number)
    require(rules.can_manage(request.grants, meeting.agreement))
    return meeting


def require(allowed):
    if not allowed:
        raise PermissionDenied


def say_somebody_was_faster(request, meeting):
    state = Meeting.objects.get(pk=meeting.pk).get_state_display()
    messages.info(request, _("Somebody was faster: %(number)s is now “%(state)s”.")
                  % {"number": meeting.number, "state": state})
