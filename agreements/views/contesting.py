"""Contest a signature, ratify it, take the contest back; all from the page of signatures."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST
from django_fsm import TransitionNotAllowed

from accounts import identity
from agreements import actions, contesting
from agreements.forms.ending import ProofForm
from agreements.forms.retaining import StayForm
from agreements.models import Agreement, Contest
from agreements.signing import Refused
from agreements.signing_evidence import Given
from agreements.views.finding import find_slot, require
from agreements.views.signing import faster, state
from agreements.views.term import parties_of


@require_http_methods(["GET", "HEAD", "POST"])
def contest(request, pk):
    """Say that a signature was given without authority: what follows is shown before it is said."""
    slot = find_slot(request, pk, own=False)
    version = slot.round.version
    require(contesting.may(request, version.agreement, version))
    form = StayForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.contest(slot, **form.cleaned_data, actor=request.user, at=request.now)
        except Refused as error:
            form.add_error(error.place or None, str(error))
        except TransitionNotAllowed:
            return faster(request, contesting.page(slot))
        else:
            messages.success(request, _("Both sides are told. The signature stays as it is."))
            return redirect(contesting.page(slot))
    context = {"form": form, "slot": slot, "agreement": version.agreement, "version": version}
    return render(request, "agreements/contest.html", context, status=422 if form.errors else 200)


@sensitive_post_parameters("password", "code")
@require_POST
def ratify(request, pk):
    """Stand by a contested signature, with a signature of one's own."""
    found = _find(request, pk)
    require(found.slot.party in parties_of(request, found.slot.round.version.agreement))
    form = ProofForm(request.POST, second_factor=identity.has_second_factor(request.user))

    def act():
        data = form.cleaned_data
        proof = identity.prove(request.user, password=data["password"], code=data.get("code", ""), at=request.now)
        given = Given(proof, request.META.get("REMOTE_ADDR", ""), request.headers.get("user-agent", ""))
        actions.ratify(found, given=given, actor=request.user, at=request.now)

    return _answered(request, found, form, act, _("Ratified. Both sides are told."))


@require_POST
def end(request, pk):
    found = _find(request, pk)
    require(found.raised_by_id == request.user.pk)
    form = StayForm(request.POST)
    return _answered(
        request, found, form,
        lambda: actions.end_contest(found, **form.cleaned_data, actor=request.user, at=request.now),
        _("Taken back. Both sides are told."),
    )


def _find(request, pk):
    visible = Agreement.objects.visible_to(request.user, request.now)
    rows = Contest.objects.filter(slot__round__version__agreement__in=visible)
    related = ("slot__round__version__agreement__provider", "slot__round__version__agreement__client")
    return get_object_or_404(rows.select_related(*related), pk=pk)


def _answered(request, found, form, act, said):
    if form.is_valid():
        try:
            act()
        except (identity.NotProven, Refused) as error:
            form.add_error(error.place if error.place in form.fields else None, str(error))
        except TransitionNotAllowed:
            return faster(request, contesting.page(found.slot))
        else:
            messages.success(request, said)
            return redirect(contesting.page(found.slot))
    version = found.slot.round.version
    context = state(request, version.agreement, version, found.slot.round)
    context["contests"] = contesting.of_version(request, version.agreement, version, form)
    return render(request, "agreements/signing.html", context, status=422)
