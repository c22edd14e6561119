"""Write the minutes, share them, approve or dispute them."""

from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_fsm import TransitionNotAllowed

from agreements.signing import Refused
from reviews import actions, rules
from reviews.forms import MinutesForm, ReasonForm
from reviews.views.finding import find, find_managed, require, say_somebody_was_faster
from reviews.views.meeting import show


@require_POST
def save(request, number):
    """Save the minutes; the button "Save and share" shares them at once."""
    meeting = find_managed(request, number)
    form = MinutesForm(request.POST, agenda=meeting.agenda, whole="share" in request.POST)
    if not form.is_valid():
        return show(request, meeting, minutes_form=form)
    try:
        actions.save_minutes(meeting, minutes=form.texts(), actor=request.user, at=request.now)
        if "share" in request.POST:
            actions.share_minutes(meeting, actor=request.user, at=request.now)
            messages.success(request, _("The minutes are shared. Both sides are asked to approve them."))
        else:
            messages.success(request, _("The minutes are saved. Nobody else was told yet."))
    except Refused as error:
        form.add_error(None, str(error))
        return show(request, meeting, minutes_form=form)
    except TransitionNotAllowed:
        say_somebody_was_faster(request, meeting)
    return redirect(meeting)


@require_POST
def share(request, number):
    """Share the minutes as they were saved."""
    meeting = find_managed(request, number)
    try:
        actions.share_minutes(meeting, actor=request.user, at=request.now)
    except Refused as error:
        messages.error(request, str(error))
    except TransitionNotAllowed:
        say_somebody_was_faster(request, meeting)
    else:
        messages.success(request, _("The minutes are shared. Both sides are asked to approve them."))
    return redirect(meeting)


@require_POST
def approve(request, number):
    meeting = find(request, number)
    require(rules.party_of(request.grants, meeting.agreement) is not None)
    try:
        actions.approve_minutes(
            meeting, actor=request.user, at=request.now, shown_sha256=request.POST.get("shown", "")
        )
    except Refused as error:
        messages.error(request, str(error))
    except TransitionNotAllowed:
        say_somebody_was_faster(request, meeting)
    else:
        messages.success(request, _("You approved the minutes of %s for your side.") % meeting)
    return redirect(meeting)


@require_POST
def dispute(request, number):
    meeting = find(request, number)
    require(rules.party_of(request.grants, meeting.agreement) is not None)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return show(request, meeting, dispute_form=form)
    try:
        actions.dispute_minutes(meeting, **form.cleaned_data, actor=request.user, at=request.now)
    except Refused as error:
        form.add_error(error.place or None, str(error))
        return show(request, meeting, dispute_form=form)
    except TransitionNotAllowed:
        say_somebody_was_faster(request, meeting)
    else:
        messages.success(request, _("The minutes go back with your reason."))
    return redirect(meeting)
