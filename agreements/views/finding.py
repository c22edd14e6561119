"""The one door from an address to a row: strangers get 404, insiders without the right 403."""

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404

from agreements import signing_rules
from agreements.models import Agreement, Round, Slot


def find_agreement(request, reference):
    visible = Agreement.objects.visible_to(request.user, request.now)
    return get_object_or_404(visible.select_related("provider", "client", "owner"), reference=reference)


def find_version(agreement, label):
    """A version by its label, "v2.1"."""
    for version in agreement.versions.select_related("agreement", "base", "signed", "prepared"):
        if version.label == label:
            return version
    raise Http404


def find_round(version):
    """The newest round of a version."""
    found = version.rounds.select_related("document", "opened_by").order_by("-number").first()
    if found is None:
        raise Http404
    return found


def find_slot(request, pk, *, own):
    """A slot of an agreement the person sees; `own` asks that it is theirs."""
    visible = Agreement.objects.visible_to(request.user, request.now)
    slots = Slot.objects.filter(round__version__agreement__in=visible).select_related(
        "person", "round__document", "round__version__agreement__provider", "round__version__agreement__client"
    )
    slot = get_object_or_404(slots, pk=pk)
    if own:
        require(slot.person_id == request.user.pk)
    return slot


def require(allowed):
    if not allowed:
        raise PermissionDenied


def require_manager(request, agreement):
    require(signing_rules.can_manage(request.grants, agreement))


def open_round(version):
    return version.rounds.filter(state=Round.State.OPEN).first()
