"""Requirements: who was asked, what they need, what was decided."""

from django.contrib import messages
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django_fsm import TransitionNotAllowed

from agreements import actions, catalogue, rules
from agreements.forms.asking import AskForm, ReasonForm, StateForm
from agreements.models import Requirement
from agreements.signing import Refused
from agreements.views.catalogue import attempt, find_service, show_form
from agreements.views.finding import require

form_view = require_http_methods(["GET", "HEAD", "POST"])


@form_view
def ask(request, pk):
    """Ask a person of a client what they need of this service."""
    found = find_service(request, pk)
    require(rules.can_ask(request.grants, found))
    clients = catalogue.clients({found.organisation_id})
    form = AskForm(request.POST or None, clients=clients, at=request.now)
    if request.method == "POST" and form.is_valid():
        member = form.cleaned_data["person"]
        done = attempt(
            form,
            lambda: actions.ask_requirement(
                found, client=member.organisation, asked_of=member.user, actor=request.user, at=request.now
            ),
        )
        if done:
            said = _("%(person)s was asked; the answer will be requirement %(number)s.")
            messages.success(request, said % {"person": member.user, "number": done.number})
            return redirect("agreements:service", pk)
    return show_form(request, form, _("Ask what is needed of %s") % found, _("Send the question"), service=found)


@form_view
def requirement(request, number):
    """The page that the asked person answers on, and where a manager decides."""
    found = _requirement(request, number)
    answers = rules.can_state(request.grants, found) and found.state in ("asked", "stated")
    form = StateForm(
        request.POST or None,
        initial={
            "text": found.text,
            "why": found.why,
            "priority": found.priority,
        },
    )
    if request.method == "POST":
        require(rules.can_state(request.grants, found))
        if form.is_valid():
            act = _deciding(
                request,
                form,
                lambda: actions.state_requirement(found, **form.cleaned_data, actor=request.user, at=request.now),
                _("Thank you. Your answer is on its way."),
            )
            if act:
                return redirect("agreements:requirement", number)
    return _shown(request, found, form=form if answers or form.errors else None)


@require_POST
def accept(request, number):
    found = _requirement(request, number)
    require(rules.can_decide(request.grants, found))
    form = ReasonForm()
    _deciding(
        request,
        form,
        lambda: actions.accept_requirement(found, actor=request.user, at=request.now),
        _("%s is accepted; agreements about the service take it in.") % number,
    )
    return redirect("agreements:requirement", number)


@require_POST
def decline(request, number):
    found = _requirement(request, number)
    require(rules.can_decide(request.grants, found))
    form = ReasonForm(request.POST)
    if form.is_valid() and _deciding(
        request,
        form,
        lambda: actions.decline_requirement(found, **form.cleaned_data, actor=request.user, at=request.now),
        _("%s is declined; whoever asked was told why.") % number,
    ):
        return redirect("agreements:requirement", number)
    return _shown(request, found, reason=form)


def _requirement(request, number):
    organisations = request.grants.organisations(*rules.READERS)
    return get_object_or_404(catalogue.requirements_for(request.user, organisations), number=number)


def _shown(request, found, *, form=None, reason=None):
    context = {
        "requirement": found,
        "form": form,
        "reason_form": reason or ReasonForm(),
        "can_decide": rules.can_decide(request.grants, found) and found.state == Requirement.State.STATED,
        "can_see_service": request.grants.has(found.service.organisation_id, *rules.READERS),
    }
    wrong = (form is not None and form.errors) or (reason is not None and reason.errors)
    return render(request, "agreements/requirement.html", context, status=422 if wrong else 200)


def _deciding(request, form, act, said):
    """Run an act of a requirement; True when the page may move on (done, or somebody was faster)."""
    try:
        with transaction.atomic():
            act()
    except Refused as error:
        form.add_error(error.place or None, str(error))
        return False
    except TransitionNotAllowed:
        messages.info(request, _("Somebody was faster: this requirement was decided already."))
    else:
        messages.success(request, said)
    return True
