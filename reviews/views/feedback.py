"""The client says how it goes; everybody who sees the agreement reads it."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from agreements.models import Agreement
from agreements.signing import Refused
from reviews import actions, rules, satisfaction
from reviews.forms import FeedbackForm
from reviews.models import Feedback
from reviews.views.finding import require

PAGE = 50
# How many of its open periods an agreement offers.
OFFERED = 3


@require_http_methods(["GET", "HEAD", "POST"])
def page(request):
    pairs = _pairs(request)
    form = FeedbackForm(request.POST or None, pairs=pairs, initial={"about": request.GET.get("about", "")})
    if request.method == "POST":
        require(request.grants.organisations(*rules.CLIENT_ROLES) and _mine(request).exists())
        if form.is_valid() and _give(request, form, pairs):
            return redirect("reviews:feedback")
    return _render(request, form, pairs)


def _mine(request):
    """The agreements in force that this person speaks for as a client."""
    visible = Agreement.objects.visible_to(request.user, request.now)
    mine = visible.filter(client__in=request.grants.organisations(*rules.CLIENT_ROLES))
    return mine.filter(state=Agreement.State.ACTIVE).select_related("client", "owner").order_by("title")


def _pairs(request):
    """(agreement, period) that this person has not answered yet, the newest periods first."""
    given = set(Feedback.objects.filter(by=request.user).values_list("agreement_id", "period"))
    mine = list(_mine(request))
    labels = satisfaction.labels_of(mine, request.now)
    return [
        (agreement, label)
        for agreement in mine
        for label in labels[agreement.pk][:OFFERED]
        if (agreement.pk, label) not in given
    ]


def _give(request, form, pairs):
    chosen = {f"{agreement.reference}:{label}": (agreement, label) for agreement, label in pairs}
    agreement, label = chosen[form.cleaned_data["about"]]
    try:
        actions.give_feedback(
            agreement, period=label, score=int(form.cleaned_data["score"]), text=form.cleaned_data["text"],
            actor=request.user, at=request.now,
        )
    except Refused as error:
        form.add_error("about" if error.place == "period" else error.place or None, str(error))
        return False
    said = _("Thank you. %(owner)s reads it, and it is on the agenda of the next review.")
    messages.success(request, said % {"owner": agreement.owner.name})
    return True


def _render(request, form, pairs):
    visible = Agreement.objects.visible_to(request.user, request.now)
    found = Feedback.objects.filter(agreement__in=visible).select_related("by", "agreement__client")
    shown = Paginator(found, PAGE).get_page(request.GET.get("page"))
    managed = [each for each in shown.object_list if rules.can_manage(request.grants, each.agreement)]
    melons = satisfaction.watermelons(managed)
    context = {
        "form": form if pairs else None,
        "is_client": bool(pairs) or _mine(request).exists(),
        "page": shown,
        "rows": [{"row": each, "watermelon": each.pk in melons} for each in shown.object_list],
    }
    return render(request, "reviews/feedback.html", context, status=422 if form.errors else 200)
