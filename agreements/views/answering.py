"""The page behind a question's link: for people of a client who have no account."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import throttle
from accounts.tokens import digest
from agreements import actions
from agreements.forms.asking import NeedForms
from agreements.models import Question, Requirement
from agreements.signing import Refused

OPEN = (Requirement.State.ASKED, Requirement.State.STATED)
HOUR = 3600


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request, token):
    """Say what one needs, come back to change it, read what was decided."""
    if not throttle.allowed("question", throttle.address(request), most=300, seconds=HOUR):
        return render(request, "agreements/answer_closed.html", {"often": True}, status=429)
    question = _find(token, request.now)
    if question is None:
        return render(request, "agreements/answer_closed.html", status=404)
    rows = list(question.requirements.select_related("decided_by"))
    page = NeedForms(request.POST if request.method == "POST" else None, [each for each in rows if each.state in OPEN])
    if request.method == "POST":
        if not throttle.allowed("answer", str(question.pk), most=60, seconds=HOUR):
            return render(request, "agreements/answer_closed.html", {"often": True}, status=429)
        if page.is_valid() and (moved := _keep(request, question, page)):
            return moved
    context = {
        "question": question,
        "page": page,
        "decided": [each for each in rows if each.state not in OPEN],
        "wrong": request.method == "POST",
        "answered": any(each.state == Requirement.State.STATED for each in rows),
    }
    return render(request, "agreements/answer.html", context, status=422 if request.method == "POST" else 200)


def _find(token, now):
    """The question of a link that is open now; a wrong link and a closed one look alike."""
    question = (
        Question.objects.select_related("service__organisation", "client", "asked_by")
        .filter(token_hash=digest(token))
        .first()
    )
    return question if question is not None and question.works(now) else None


def _keep(request, question, page):
    try:
        decided = actions.answer_by_link(question, needs=page.needs, at=request.now)
    except Refused as error:
        page.forms[0].add_error(None, str(error))
        return None
    if decided:
        said = _("%s was decided meanwhile and stays as it was. Everything else is saved.")
        messages.info(request, said % ", ".join(decided))
    else:
        messages.success(request, _("Thank you. Your answer has arrived; you can change it here until it is decided."))
    return redirect(request.path)
