"""How one is told, the webhooks of one's organisations, and the messages that may not have arrived."""

from django.contrib import messages
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_fsm import TransitionNotAllowed

from accounts import actions
from accounts.forms import TellingForm, WebhookForm
from accounts.models import Message, Webhook
from accounts.views.people import administered, form_view

MOST = 200


@form_view
def telling(request):
    user = request.user
    form = TellingForm(request.POST or None, initial={name: getattr(user, name) for name in TellingForm.base_fields})
    if request.method == "POST" and form.is_valid():
        try:
            actions.choose_telling(user, **form.cleaned_data, actor=user, at=request.now)
        except actions.Refused as error:
            form.add_error(error.place or None, str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("accounts:telling")
    return render(request, "accounts/telling.html", {"form": form}, status=422 if form.errors else 200)


@form_view
def webhooks(request):
    form, secret = WebhookForm(request.POST or None, organisations=administered(request)), ""
    if request.method == "POST" and form.is_valid():
        try:
            _hook, secret = actions.add_webhook(**form.cleaned_data, actor=request.user, at=request.now)
            form = WebhookForm(organisations=administered(request))
        except actions.Refused as error:
            form.add_error(error.place or None, str(error))
    return _webhooks(request, form, secret)


def _webhooks(request, form, secret):
    # The secret is shown in this answer and nowhere again, so a POST that made one does not redirect.
    known = Webhook.objects.filter(organisation__in=administered(request), ended_at=None)
    context = {"form": form, "secret": secret, "webhooks": known.select_related("organisation")}
    return render(request, "accounts/webhooks.html", context, status=422 if form.errors else 200)


def _webhook(request, pk):
    return get_object_or_404(Webhook, pk=pk, organisation__in=administered(request))


@require_POST
def renew_secret(request, pk):
    try:
        secret = actions.renew_webhook_secret(_webhook(request, pk), actor=request.user, at=request.now)
    except actions.Refused as error:
        messages.info(request, str(error))
        return redirect("accounts:webhooks")
    return _webhooks(request, WebhookForm(organisations=administered(request)), secret)


@require_POST
def try_webhook(request, pk):
    try:
        actions.try_webhook(_webhook(request, pk), actor=request.user, at=request.now)
    except actions.Refused as error:
        messages.info(request, str(error))
    else:
        messages.success(request, _("A message of type “test” is on its way."))
    return redirect("accounts:webhooks")


@require_POST
def end_webhook(request, pk):
    try:
        actions.end_webhook(_webhook(request, pk), actor=request.user, at=request.now)
    except actions.Refused as error:
        messages.info(request, str(error))
    return redirect("accounts:webhooks")


@require_GET
def doubtful(request):
    """Messages that may not have arrived, of the people and systems this person looks after."""
    found = _doubtful(request).select_related("recipient", "organisation").order_by("-created_at", "-pk")
    return render(request, "accounts/doubtful.html", {"messages_in_doubt": found[:MOST]})


def _doubtful(request):
    known = administered(request)
    of_person = Q(organisation=None, recipient__memberships__organisation__in=known)
    mine = Message.objects.filter(Q(organisation__in=known) | of_person)
    return Message.objects.in_doubt().filter(pk__in=mine.values("pk"))


@require_POST
def send_again(request, pk):
    message = get_object_or_404(_doubtful(request), pk=pk)
    try:
        actions.send_again(message, actor=request.user, at=request.now)
    except TransitionNotAllowed:
        messages.info(request, _("Somebody was faster: this message is not in doubt any more."))
    else:
        messages.success(request, _("It is sent again, marked as a possible repeat."))
    return redirect("accounts:doubtful")


@require_POST
def let_rest(request, pk):
    message = get_object_or_404(_doubtful(request), pk=pk)
    try:
        actions.let_rest(message, actor=request.user, at=request.now)
    except actions.Refused as error:
        messages.info(request, str(error))
    return redirect("accounts:doubtful")
