"""Deciding on the renewal of a term, renewing by agreement, and naming a successor."""

from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_fsm import TransitionNotAllowed

from agreements import actions
from agreements.forms.ending import RenewForm, SuccessorForm
from agreements.signing import Refused
from agreements.views.finding import find_agreement, require_manager
from agreements.views.signing import faster
from agreements.views.term import show


@require_POST
def keep(request, reference):
    """Let the running term renew."""
    agreement = find_agreement(request, reference)
    require_manager(request, agreement)
    try:
        actions.keep(agreement, actor=request.user, at=request.now)
    except Refused as error:
        messages.info(request, str(error))
    except TransitionNotAllowed:
        return faster(request, "agreements:term", reference)
    else:
        messages.success(request, _("Kept. Your side is reminded no more; notice stays possible until its day."))
    return redirect("agreements:term", reference)


@require_POST
def renew(request, reference):
    """Start the change that moves the end; both parties sign it."""
    agreement = find_agreement(request, reference)
    require_manager(request, agreement)
    form = RenewForm(request.POST)
    if form.is_valid():
        try:
            version = actions.renew(agreement, **form.cleaned_data, actor=request.user, at=request.now)
        except Refused as error:
            form.add_error(error.place if error.place in form.fields else None, str(error))
        except TransitionNotAllowed:
            messages.info(request, _("Somebody was faster: a change is under way already. Here it is."))
            return redirect(agreement)
        else:
            messages.success(request, _("%s is a draft with the new term. Both parties sign it.") % version)
            return redirect("agreements:edit", reference, version.label, "parties")
    return show(request, agreement, renew_form=form)


@require_POST
def replace(request, reference):
    """Name the agreement in preparation that takes the place of this one."""
    agreement = find_agreement(request, reference)
    require_manager(request, agreement)
    form = SuccessorForm(request.POST, agreement=agreement)
    if form.is_valid():
        try:
            successor = actions.name_successor(agreement, **form.cleaned_data, actor=request.user, at=request.now)
        except Refused as error:
            form.add_error(error.place if error.place in form.fields else None, str(error))
        except TransitionNotAllowed:
            return faster(request, "agreements:term", reference)
        else:
            messages.success(request, _("%s takes its place as soon as it is signed and begins.") % successor)
            return redirect("agreements:term", reference)
    return show(request, agreement, successor_form=form)
