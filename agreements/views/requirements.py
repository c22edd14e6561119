"""Requirements: who was asked, what they need, what was decided."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django_fsm import TransitionNotAllowed

from agreements import actions, answers, catalogue, questions, rules
from agreements.forms.asking import AskByLinkForm, AskForm, ReasonForm, StateForm
from agreements.models import Requirement
from agreements.signing import Refused
from agreements.views.catalogue import attempt, find_service
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
        fields = form.cleaned_data
        member = fields.pop("person")
        done = attempt(
            form,
            lambda: actions.ask_requirement(
                found, client=member.organisation, asked_of=member.user, **fields, actor=request.user, at=request.now
            ),
        )
        if done:
            return _asked(request, done)
    return _ask_page(request, form, found)


@form_view
def ask_by_link(request, pk):
    """Ask anybody at a client by e-mail."""
    found = find_service(request, pk)
    require(rules.can_ask(request.grants, found))
    form = AskByLinkForm(request.POST or None, clients=catalogue.clients({found.organisation_id}))
    if request.method == "POST" and form.is_valid():
        done = attempt(
            form, lambda: actions.ask_by_link(found, **form.cleaned_data, actor=request.user, at=request.now)
        )
        if done:
            return _asked(request, done)
    return _ask_page(request, form, found, by_link=True)


def _asked(request, requirement):
    said = _("%(person)s was asked; the answer will be requirement %(number)s.")
    messages.success(request, said % {"person": requirement.person, "number": requirement.number})
    return redirect("agreements:service", requirement.service_id)


def _ask_page(request, form, service, *, by_link=False):
    ways = [
        ("agreements:ask", _("Somebody with an account"), not by_link),
        ("agreements:ask_by_link", _("Anybody, by a link"), by_link),
    ]
    context = {
        "form": form,
        "service": service,
        "ways": [
            {"name": name, "url": reverse(url, args=[service.pk]), "current": current} for url, name, current in ways
        ],
    }
    return render(request, "agreements/ask.html", context, status=422 if form.errors else 200)


@form_view
def requirement(request, number):
    """The page that the asked person answers on, and where a manager decides."""
    found = _requirement(request, number)
    answers = rules.can_state(request.grants, found) and found.state in ("asked", "stated")
    form = StateForm(
        request.POST or None,
        initial=StateForm.said(found),
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


@require_POST
def remind(request, number):
    found = _requirement(request, number)
    require(rules.can_decide(request.grants, found))
    return _about_question(
        request, found, actions.remind_stakeholder, _("%s was reminded.") % found.person
    )


@require_POST
def close_link(request, number):
    found = _requirement(request, number)
    require(rules.can_decide(request.grants, found))
    return _about_question(
        request, found, actions.revoke_link, _("The link is closed. What was answered stays.")
    )


def _about_question(request, found, act, said):
    if found.question is None:
        raise Http404
    try:
        with transaction.atomic():
            act(found.question, actor=request.user, at=request.now)
    except Refused as error:
        messages.info(request, str(error))
    else:
        messages.success(request, said)
    return redirect("agreements:requirement", found.number)


def _requirement(request, number):
    organisations = request.grants.organisations(*rules.READERS)
    return get_object_or_404(catalogue.requirements_for(request.user, organisations), number=number)


def _shown(request, found, *, form=None, reason=None):
    question = found.question
    zone = found.service.organisation.timezone
    waits = found.state == Requirement.State.ASKED and question is not None
    decides = rules.can_decide(request.grants, found)
    answered = answers.of(found, request.user, request.grants, request.now)
    context = {
        "requirement": found,
        "answers": answered,
        "word": answers.word(found, answered),
        "question": question,
        "link_works": question is not None and question.works(request.now),
        "overdue": waits and questions.is_overdue(question, zone, request.now),
        "can_remind": decides and waits and (not question.by_link or question.works(request.now)),
        "can_close": decides and question is not None and question.works(request.now),
        "form": form,
        "reason_form": reason or ReasonForm(),
        "can_decide": decides and found.state == Requirement.State.STATED,
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
