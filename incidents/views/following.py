"""What follows a breach, by hand: handing on, promises, the check, remarks; and logging one that no sweep sees."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django_fsm import TransitionNotAllowed

from agreements.models import Version
from agreements.rules import working_for
from incidents import actions, desk, promises, rules
from incidents.forms import ReasonForm
from incidents.forms.following import BreachForm, CheckForm, HandOnForm, PromiseForm, among
from incidents.forms.incidents import RemarkForm
from incidents.models import BreachAction
from incidents.views.breach import _found, _render
from incidents.views.finding import find_agreement, require


def _act(request, breach, name, form, said, act):
    """Do it with what the form says; what is wrong stands beside its field."""
    if form.is_valid():
        try:
            act(**form.cleaned_data, actor=request.user, at=request.now)
        except actions.Refused as error:
            form.add_error(error.place if error.place in form.fields else None, str(error))
        except TransitionNotAllowed:
            messages.info(request, _("Somebody was faster."))
            return redirect(breach)
        else:
            messages.success(request, said % {"number": breach.number})
            return redirect(breach)
    return _render(request, breach, **{name: form})


@require_POST
def hand_on(request, number):
    breach = _found(request, number)
    require(rules.can_document(request.grants, breach))
    form = HandOnForm(request.POST, people=among(desk.staff(breach.agreement, request.now)), prefix="hand")
    return _act(request, breach, "hand_form", form, _("%(number)s is handed on."),
                lambda **given: actions.hand_on(breach, **given))


@require_POST
def promise(request, number):
    breach = _found(request, number)
    require(rules.can_document(request.grants, breach))
    people = among(promises.people(breach.agreement, request.now))
    form = PromiseForm(request.POST, people=people, prefix="promise")
    return _act(request, breach, "promise_form", form, _("Noted for %(number)s."),
                lambda **given: actions.add_breach_action(breach, **given))


@require_POST
def finish(request, number, pk):
    breach = _found(request, number)
    action = get_object_or_404(BreachAction, breach=breach, pk=pk)
    require(action.owner_id == request.user.pk or rules.can_document(request.grants, breach))
    try:
        actions.finish_breach_action(action, actor=request.user, at=request.now)
    except TransitionNotAllowed:
        messages.info(request, _("Somebody was faster."))
    else:
        messages.success(request, _("Done: %(text)s") % {"text": action.text})
    return redirect(breach)


@require_POST
def drop(request, number, pk):
    breach = _found(request, number)
    action = get_object_or_404(BreachAction, breach=breach, pk=pk)
    require(rules.can_document(request.grants, breach))
    return _act(request, breach, "drop_form", ReasonForm(request.POST), _("Dropped from %(number)s."),
                lambda **given: actions.drop_breach_action(action, **given))


@require_POST
def check(request, number):
    breach = _found(request, number)
    require(rules.can_check(request.grants, breach, request.now))
    form = CheckForm(request.POST, prefix="check")
    return _act(request, breach, "check_form", form, _("Your check of %(number)s is kept."),
                lambda **given: actions.record_check(breach, **given))


@require_POST
def remark(request, number):
    breach = _found(request, number)
    require(rules.can_log(request.grants, breach.agreement))
    sides = working_for(request.grants, breach.agreement)
    form = RemarkForm(request.POST, agreement=breach.agreement, sides=sides, prefix="remark")
    return _act(request, breach, "remark_form", form, _("Your remark stands beside %(number)s."),
                lambda **given: actions.remark_on(breach, **given))


@require_http_methods(["GET", "POST"])
def log(request, reference):
    agreement = find_agreement(request, reference)
    require(rules.can_log(request.grants, agreement))
    version = Version.objects.in_force(request.now).filter(agreement=agreement).first()
    if version is None:
        return render(request, "incidents/log_breach.html", {"agreement": agreement, "form": None})
    form = BreachForm(request.POST or None, request.FILES or None, kpis=version.read_terms().kpis)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        file = given.pop("evidence")
        evidence = (file.name, file.read(), file.content_type or "application/octet-stream") if file else None
        try:
            breach = actions.log_breach(agreement, **given, evidence=evidence, actor=request.user, at=request.now)
        except actions.Refused as error:
            form.add_error(error.place if error.place in form.fields else None, str(error))
        else:
            messages.success(request, _("%(number)s is logged. Its ladder begins.") % {"number": breach.number})
            return redirect(breach)
    context = {"agreement": agreement, "version": version, "form": form}
    return render(request, "incidents/log_breach.html", context, status=422 if form.errors else 200)
