"""All reviews, and the reviews of one agreement."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from agreements.models import Agreement
from agreements.signing import Refused
from incidents.models import Run
from reviews import actions, owing, rules, satisfaction, schedule
from reviews.forms import PlanForm
from reviews.models import Action, Feedback, Meeting
from reviews.views.finding import require, visible

PAGE = 50


@require_GET
def index(request):
    """What is due, what is planned, what was held; three queries beside the page's own."""
    due = schedule.all_due(Agreement.objects.visible_to(request.user, request.now), request.now)
    held = visible(request).exclude(state__in=[Meeting.State.SCHEDULED, Meeting.State.POSTPONED])
    planned = visible(request).filter(state=Meeting.State.SCHEDULED)
    page = Paginator(held.select_related("agreement__client", "document").order_by("-held_at"), PAGE)
    context = {
        "due": [_due_row(each, request.now) for each in due if each.planned_for is None],
        "planned": planned.select_related("agreement__client").order_by("planned_for"),
        "page": page.get_page(request.GET.get("page")),
    }
    return render(request, "reviews/index.html", context)


def _due_row(due, now):
    state = "overdue" if due.is_overdue(now) else "soon" if due.is_soon(now) else ""
    return {"due": due, "state": state, "agreement": due.agreement}


@require_http_methods(["GET", "HEAD", "POST"])
def agreement(request, reference):
    """The agreement's tab: next review with its form, meetings, open actions, feedback."""
    visible_to = Agreement.objects.visible_to(request.user, request.now)
    found = get_object_or_404(visible_to.select_related("provider", "client", "owner"), reference=reference)
    form = PlanForm(request.POST or None)
    if request.method == "POST":
        require(rules.can_manage(request.grants, found))
        if form.is_valid():
            try:
                meeting = actions.plan_meeting(
                    found, **form.cleaned_data, actor=request.user, at=request.now
                )
            except Refused as error:
                form.add_error(error.place or None, str(error))
            else:
                messages.success(request, _("%s is planned. Both sides are told.") % meeting)
                return redirect(meeting)
    return render(
        request, "reviews/agreement.html", _tab(request, found) | {"form": form},
        status=422 if form.errors else 200,
    )


def _tab(request, agreement):
    feedback = list(Feedback.objects.filter(agreement=agreement).select_related("by")[:PAGE])
    manages = rules.can_manage(request.grants, agreement)
    melons = satisfaction.watermelons(feedback) if manages else set()
    due = schedule.due_of(agreement, request.now)
    today = request.now.date()
    return {
        "agreement": agreement,
        "due": _due_row(due, request.now) if due else None,
        "run": Run.objects.filter(subject=owing.key(agreement)).exclude(state=Run.State.RESOLVED).first(),
        "meetings": list(agreement.meetings.select_related("document")[:PAGE]),
        "actions": [
            {"action": action, "late": action.due_on < today}
            for action in Action.objects.filter(
                meeting__agreement=agreement, state=Action.State.OPEN
            ).select_related("owner", "meeting")
        ],
        "feedback": [{"row": each, "watermelon": each.pk in melons} for each in feedback],
        "watermelons": len(melons),
        "can_manage": manages,
        "can_give": rules.can_give_feedback(request.grants, agreement),
    }
