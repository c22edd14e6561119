"""What the pages of intake share."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from kpis import rules
from kpis.models import Indicator


def stream_of(request, pk):
    """The stream, for whoever may deliver to it."""
    stream = get_object_or_404(Indicator.objects.visible_to(request.user, request.now), pk=pk)
    if not rules.can_deliver(request.grants, stream):
        raise PermissionDenied
    return stream
