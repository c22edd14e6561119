"""Complaints: the list, one with its ladder, and what each side does with it."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_fsm import TransitionNotAllowed

from agreements import people
from agreements.models import Agreement, Version
from agreements.signing import Refused
from incidents import display, history
from incidents.models import Run
from reviews import actions, rules
from reviews.forms import AnswerForm, ComplaintForm, DisagreeForm
from reviews.models import Complaint
from reviews.views.finding import require

PAGE = 50


def _visible(request):
    return Complaint.objects.filter(agreement__in=Agreement.objects.visible_to(request.user, request.now)).for_list()


def _find(request, number):
    return get_object_or_404(_visible(request), number=number)


@require_GET
def index(request):
    known = _visible(request)
    state = request.GET.get("state", "")
    state = state if state in Complaint.State.values else ""
    page = Paginator(known.filter(state=state) if state else known, PAGE).get_page(request.GET.get("page"))
    mine = request.grants.organisations(*rules.CLIENT_ROLES)
    about = Agreement.objects.visible_to(request.user, request.now).filter(
        client__in=mine, versions__in=Version.objects.in_force(request.now)
    )
    context = {"page": page, "rows": page.object_list, "state": state, "states": Complaint.State.choices,
               "about": about.distinct().order_by("reference")}
    return render(request, "reviews/complaints.html", context)


@require_http_methods(["GET", "POST"])
def complain(request, reference):
    agreement = get_object_or_404(Agreement.objects.visible_to(request.user, request.now), reference=reference)
    require(rules.can_give_feedback(request.grants, agreement))
    form = ComplaintForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.complain(agreement, **form.cleaned_data, actor=request.user, at=request.now)
        except Refused as error:
            form.add_error(error.place or None, str(error))
        else:
            messages.success(request, _("%s is received. The initial contact is told.") % made.number)
            return redirect(made)
    context = {"agreement": agreement, "form": form}
    return render(request, "reviews/complain.html", context, status=422 if form.errors else 200)


@require_GET
def page(request, number):
    return _render(request, _find(request, number))


def _render(request, complaint, **bound):
    grants, agreement, state = request.grants, complaint.agreement, complaint.state
    subject = f"{complaint._meta.label_lower}:{complaint.pk}"
    run = Run.objects.filter(subject=subject).prefetch_related("steps").select_related("agreement").last()
    is_client = rules.can_give_feedback(grants, agreement)
    climbs = run is not None and run.state != Run.State.RESOLVED
    context = {
        "complaint": complaint,
        "agreement": agreement,
        "run": run,
        "climbs": climbs,
        "rungs": _rungs(request, run, agreement) if run else [],
        "entries": history.of_run(run) if run else [],
        "can_answer": state == Complaint.State.RECEIVED and rules.can_answer(grants, agreement),
        "can_agree": state == Complaint.State.ANSWERED and is_client,
        "can_disagree": state == Complaint.State.ANSWERED and is_client,
        "rejoinders": complaint.rejoinders.select_related("answered_by", "by"),
        "answer_form": AnswerForm(),
        "disagree_form": DisagreeForm(),
    } | bound
    return render(request, "reviews/complaint.html", context, status=422 if bound else 200)


def _rungs(request, run, agreement):
    return display.rungs(run, people.holders_of(agreement, request.now), request.user, request.now)


def _act(request, complaint, name, form, said, act):
    if form is not None and not form.is_valid():
        return _render(request, complaint, **{name: form})
    try:
        act(complaint, **(form.cleaned_data if form else {}), actor=request.user, at=request.now)
    except Refused as error:
        messages.error(request, str(error))
    except TransitionNotAllowed:
        messages.info(request, _("Somebody was faster."))
    else:
        messages.success(request, said % complaint.number)
    return redirect(complaint)


@require_POST
def answer(request, number):
    complaint = _find(request, number)
    require(rules.can_answer(request.grants, complaint.agreement))
    said = _("Your answer to %s is with the client.")
    return _act(request, complaint, "answer_form", AnswerForm(request.POST), said, actions.answer_complaint)


@require_POST
def agree(request, number):
    complaint = _find(request, number)
    require(rules.can_give_feedback(request.grants, complaint.agreement))
    return _act(request, complaint, "", None, _("%s is closed."), actions.agree_to_answer)


@require_POST
def disagree(request, number):
    complaint = _find(request, number)
    require(rules.can_give_feedback(request.grants, complaint.agreement))
    said = _("%s went up: the next level is told.")
    return _act(request, complaint, "disagree_form", DisagreeForm(request.POST), said, actions.disagree_with_answer)
