"""Disputes: open one, look at one, answer it, agree."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_fsm import TransitionNotAllowed

from kpis import actions, rules
from kpis.claiming import Declined
from kpis.forms.claims import AnswerForm, DisputeForm, FigureDisputeForm, InsistForm
from kpis.models import Correction, Dispute, Exclusion, Period
from kpis.views.offering import Offer, find, respond, visible

State = Dispute.State


@require_http_methods(["GET", "HEAD", "POST"])
def open_dispute(request, kind, subject):
    """Say what is wrong with a figure, an exclusion or a correction."""
    about = _subject(request, kind, subject)
    agreement = about.target.agreement if kind == "figure" else about.agreement
    if not rules.claims_for_client(request.grants, agreement):
        raise PermissionDenied
    form = _form(request, kind, about)
    if request.method == "POST" and form.is_valid():
        try:
            found = actions.open_dispute(about, **form.cleaned_data, actor=request.user, at=request.now)
        except TransitionNotAllowed:
            messages.info(request, _("It is disputed already, or settled meanwhile."))
            return redirect(about)
        except Declined as error:
            form.add_error(error.place if error.place in form.fields else None, str(error))
        else:
            messages.success(request, _("Opened. The provider was told and answers."))
            return redirect(found)
    context = {"agreement": agreement, "subject": about, "kind": kind, "form": form}
    return render(request, "kpis/open_dispute.html", context, status=422 if form.errors else 200)


def _form(request, kind, about):
    data = request.POST if request.method == "POST" else None
    if kind != "figure":
        return DisputeForm(data)
    asked = {name: request.GET.get(name, "")[:80] for name in ("case", "pause")}
    return FigureDisputeForm(data, initial=asked, zone=about.target.spec["timezone"])


def _subject(request, kind, subject):
    if kind == "figure":
        related = Period.objects.select_related("target__agreement__provider", "target__agreement__client")
        pk = int(subject) if subject.isascii() and subject.isdecimal() and len(subject) < 18 else 0
        return get_object_or_404(related, pk=pk, target__agreement__in=visible(request))
    models = {"exclusion": Exclusion, "correction": Correction}
    if kind not in models:
        raise Http404
    return find(request, models[kind].objects.select_related("agreement__provider", "agreement__client"), subject)


@require_http_methods(["GET", "HEAD", "POST"])
def dispute(request, number):
    """One dispute: what was said, and what this person may do with it."""
    rows = Dispute.objects.select_related(
        "agreement__provider", "agreement__client", "period__target__agreement", "exclusion",
        "correction", "opened_by", "closed_by",
    )
    found = find(request, rows, number)
    return respond(request, found, _offers(request.grants, found), "kpis/dispute.html", {
        "dispute": found, "remarks": found.remarks.select_related("by"),
        "can_correct": bool(
            found.period and found.period.state == Period.State.CLOSED and found.stands is False
            and found.state == State.SETTLED and rules.claims_for_provider(request.grants, found.agreement)
        ),
    })


def _offers(grants, found):
    provider, client = (
        rule(grants, found.agreement) for rule in (rules.claims_for_provider, rules.claims_for_client)
    )
    open_, answered = found.state == State.OPEN, found.state == State.ANSWERED
    return [
        Offer("answer", _("Answer"), _("Answered. The client was told."), actions.answer_dispute, provider, open_,
              _("The client agrees to your answer, or insists."), AnswerForm),
        Offer("settle", _("Agree to the answer"), _("Settled."), actions.settle_dispute, client, answered),
        Offer("insist", _("Insist"), _("The provider is asked again."), actions.insist_dispute, client, answered,
              _("It stays disputed. The provider is asked again."), InsistForm),
        Offer("withdraw", _("Withdraw the dispute"), _("Withdrawn: it stands as it is."), actions.withdraw_dispute,
              client, open_ or answered),
    ]  # fmt: skip
