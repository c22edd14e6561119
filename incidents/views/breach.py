"""One breach: its page and what people do with it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_fsm import TransitionNotAllowed

from incidents import actions, display, figures, history, queue, rules, telling
from incidents.forms import OutcomeForm, ReasonForm
from incidents.models import Breach, Run
from incidents.views.queue import visible


def _found(request, number):
    people = ["owner", "acknowledged_by", "outcome_by", "closed_by"]
    objects = ["agreement__client", "agreement__provider", "run", "period__target__version"]
    related = visible(request).select_related(*people, *objects)
    return get_object_or_404(related.prefetch_related("run__steps"), number=number)


@require_GET
def page(request, number):
    return _render(request, _found(request, number))


def _render(request, breach, *, outcome=None, reason=None):
    state, grants = breach.state, request.grants
    key = breach.figures["kpi"]["key"]
    earlier = Breach.objects.filter(agreement=breach.agreement, period__target__key=key)
    initial = {name: getattr(breach, name) for name in OutcomeForm.base_fields}
    context = {
        "breach": breach,
        "agreement": breach.agreement,
        "row": queue.rows([breach], request.user, request.now)[0],
        "figures": figures.shown(breach, earlier.filter(opened_at__lt=breach.opened_at)),
        "rungs": display.rungs(
            breach.run, telling.holders_of(breach.agreement, request.now), request.user, request.now
        ),
        "entries": history.entries(breach),
        "can_acknowledge": (
            breach.run.state == Run.State.ACTIVE
            and state in (Breach.State.OPEN, Breach.State.ACKNOWLEDGED)
            and rules.can_acknowledge(grants, breach)
        ),
        "can_document": state == Breach.State.ACKNOWLEDGED and rules.can_document(grants, breach),
        "can_close": state == Breach.State.OUTCOME and rules.can_close(grants, breach, request.now),
        "can_reopen": (
            state in (Breach.State.OUTCOME, Breach.State.CLOSED) and rules.can_reopen(grants, breach)
        ),
        "outcome_form": outcome or OutcomeForm(initial=initial),
        "reason_form": reason or ReasonForm(),
    }
    wrong = (outcome and outcome.errors) or (reason and reason.errors)
    return render(request, "incidents/breach.html", context, status=422 if wrong else 200)


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
        return _render(request, breach, outcome=form)
    try:
        actions.document_outcome(breach, **form.cleaned_data, actor=request.user, at=request.now)
    except actions.Refused as error:
        form.add_error(error.place or None, str(error))
        return _render(request, breach, outcome=form)
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
        return _render(request, breach, reason=form)
    try:
        actions.reopen(breach, **form.cleaned_data, actor=request.user, at=request.now)
    except actions.Refused as error:
        form.add_error(error.place or None, str(error))
        return _render(request, breach, reason=form)
    except TransitionNotAllowed:
        _say_who_was_faster(request, breach)
    else:
        messages.success(request, _("%(number)s is taken up again.") % {"number": breach.number})
    return redirect(breach)


def _say_who_was_faster(request, breach):
    last = history.entries(breach)
    said = last[0].text if last else breach.get_state_display()
    messages.info(request, _("Somebody was faster: %(what)s.") % {"what": said})
