"""Actions and agreed changes of a review."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_fsm import TransitionNotAllowed

from agreements.signing import Refused
from reviews import actions, parts, rules
from reviews.forms import ActionForm, ChangeForm, DropForm
from reviews.views.finding import find, find_managed, require, say_somebody_was_faster
from reviews.views.meeting import people, show, version_of

BIGGEST = 2**31


@require_POST
def add_action(request, number):
    meeting = find_managed(request, number)
    form = ActionForm(request.POST, people=people(request, meeting.agreement))
    if not form.is_valid():
        return show(request, meeting, action_form=form)
    try:
        actions.add_action(meeting, **form.cleaned_data, actor=request.user, at=request.now)
    except Refused as error:
        form.add_error(error.place or None, str(error))
        return show(request, meeting, action_form=form)
    except TransitionNotAllowed:
        say_somebody_was_faster(request, meeting)
    else:
        messages.success(request, _("The action is noted."))
    return redirect(f"{meeting.get_absolute_url()}#actions")


@require_POST
def add_change(request, number):
    meeting = find_managed(request, number)
    version = version_of(meeting, request.now)
    form = ChangeForm(request.POST, parts=parts.names(version.read_terms()) if version else {})
    if not form.is_valid():
        return show(request, meeting, change_form=form)
    try:
        actions.agree_change(meeting, **form.cleaned_data, actor=request.user, at=request.now)
    except Refused as error:
        form.add_error(error.place or None, str(error))
        return show(request, meeting, change_form=form)
    except TransitionNotAllowed:
        say_somebody_was_faster(request, meeting)
    else:
        messages.success(request, _("The change is noted."))
    return redirect(f"{meeting.get_absolute_url()}#changes")


@require_POST
def finish(request, number, pk):
    meeting, action = _action(request, number, pk)
    require(rules.can_finish(request.grants, action))
    try:
        actions.finish_action(action, actor=request.user, at=request.now)
    except TransitionNotAllowed:
        messages.info(request, _("Somebody was faster: this action is settled already."))
    else:
        messages.success(request, _("Done: %s") % action.text)
    return redirect(f"{meeting.get_absolute_url()}#actions")


@require_POST
def drop(request, number, pk):
    meeting, action = _action(request, number, pk)
    require(rules.can_manage(request.grants, meeting.agreement))
    form = DropForm(request.POST, auto_id=f"drop_{action.pk}_%s")
    if not form.is_valid():
        return show(request, meeting, dropping=(action.pk, form))
    try:
        actions.drop_action(action, **form.cleaned_data, actor=request.user, at=request.now)
    except Refused as error:
        form.add_error(error.place or None, str(error))
        return show(request, meeting, dropping=(action.pk, form))
    except TransitionNotAllowed:
        messages.info(request, _("Somebody was faster: this action is settled already."))
    else:
        messages.success(request, _("Dropped: %s") % action.text)
    return redirect(f"{meeting.get_absolute_url()}#actions")


def _action(request, number, pk):
    meeting = find(request, number)
    if pk > BIGGEST:
        raise Http404
    return meeting, get_object_or_404(meeting.actions.select_related("meeting__agreement"), pk=pk)


@require_POST
def amend(request, number, place):
    """Start the amendment of an agreed change."""
    meeting = find_managed(request, number)
    if place > BIGGEST:
        raise Http404
    change = get_object_or_404(meeting.changes, number=place)
    try:
        version = actions.start_amendment(change, actor=request.user, at=request.now)
    except Refused as error:
        messages.error(request, str(error))
    except TransitionNotAllowed:
        messages.info(request, _("This change is in a version already, or another version is under way."))
    else:
        messages.success(request, _("%s is a draft now. The version in force stays until it is signed.") % version)
        return redirect("agreements:edit", meeting.agreement.reference, version.label, "parties")
    return redirect(meeting)
