"""One breach: its page and what people do with it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_fsm import TransitionNotAllowed

from incidents import actions, breach_page, history, rules
from incidents.forms import OutcomeForm, ReasonForm
from incidents.forms.following import following_forms
from incidents.views.queue import visible


def _found(request, number):
    people = ["owner", "acknowledged_by", "outcome_by", "closed_by", "checked_by", "logged_by"]
    objects = ["agreement__client", "agreement__provider", "run", "evidence"]
    behind = ["period__target__version", "period__target__agreement"]
    related = visible(request).select_related(*people, *objects, *behind)
    return get_object_or_404(related.prefetch_related("run__steps"), number=number)


@require_GET
def page(request, number):
    return _render(request, _found(request, number))


def _render(request, breach, **bound):
    """The page; `bound` are forms that somebody filled in wrongly."""
    initial = {name: getattr(breach, name) for name in OutcomeForm.base_fields}
    context = breach_page.context(breach, request.user, request.grants, request.now)
    context |= {
        "outcome_form": OutcomeForm(initial=initial),
        "reason_form": ReasonForm(),
        **following_forms(breach, request.grants, request.now),
        **bound,
    }
    return render(request, "incidents/breach.html", context, status=422 if bound else 200)


def _require(holds):
    if not holds:
        raise PermissionDenied


@require_POST
def acknowledge(request, number):
    breach = _found(request, number)
    _require(rules.can_acknowledge(request.grants, breach))
    try:
        actions.acknowledge(breach, actor=request.user, at=request.now)
    except TransitionNotAllowed:
        _say_who_was_faster(request, breach)
    else:
        said = _("You acknowledged %(number)s. It is yours now.") % {"number": breach.number}
        messages.success(request, said)
    return redirect(breach)


@require_POST
def outcome(request, number):
    breach = _found(request, number)
    _require(rules.can_document(request.grants, breach))
    form = OutcomeForm(request.POST)
    if not form.is_valid():
        return _render(request, breach, outcome_form=form)
    try:
        actions.document_outcome(breach, **form.cleaned_data, actor=request.user, at=request.now)
    except actions.Refused as error:
        form.add_error(error.place or None, str(error))
        return _render(request, breach, outcome_form=form)
    except TransitionNotAllowed:
        _say_who_was_faster(request, breach)
    else:
        messages.success(request, _("The outcome is saved. The client is asked to confirm it."))
    return redirect(breach)


@require_POST
def close(request, number):
    breach = _found(request, number)
    _require(rules.can_close(request.grants, breach, request.now))
    try:
        actions.close(breach, actor=request.user, at=request.now)
    except actions.Refused as error:
        messages.error(request, str(error))
    except TransitionNotAllowed:
        _say_who_was_faster(request, breach)
    else:
        messages.success(request, _("%(number)s is closed.") % {"number": breach.number})
    return redirect(breach)


@require_POST
def reopen(request, number):
    breach = _found(request, number)
    _require(rules.can_reopen(request.grants, breach))
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _render(request, breach, reason_form=form)
    try:
        actions.reopen(breach, **form.cleaned_data, actor=request.user, at=request.now)
    except actions.Refused as error:
        form.add_error(error.place or None, str(error))
        return _render(request, breach, reason_form=form)
    except TransitionNotAllowed:
        _say_who_was_faster(request, breach)
    else:
        messages.success(request, _("%(number)s is taken up again.") % {"number": breach.number})
    return redirect(breach)


def _say_who_was_faster(request, breach):
    last = history.entries(breach)
    said = last[0].text if last else breach.get_state_display()
    messages.info(request, _("Somebody was faster: %(what)s.") % {"what": said})
