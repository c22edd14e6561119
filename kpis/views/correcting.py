"""Corrections of closed results: ask for one, look at one, decide on it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kpis import actions, claims, exclusions, facts, results, rules
from kpis.claiming import Declined
from kpis.forms.claims import CorrectionForm, ReasonForm
from kpis.models import Correction, Period
from kpis.reading import Reading
from kpis.text import period_name
from kpis.views.offering import Offer, find, respond, visible

State = Correction.State
RELATED = ("target__agreement__provider", "target__agreement__client", "target__indicator", "target__version")


@require_http_methods(["GET", "HEAD", "POST"])
def correct(request, pk):
    """Ask that a closed result is judged again from what is known now."""
    period = get_object_or_404(
        Period.objects.select_related(*RELATED), pk=pk, target__agreement__in=visible(request)
    )
    agreement = period.target.agreement
    if not rules.claims_for_provider(request.grants, agreement):
        raise PermissionDenied
    form = CorrectionForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if request.method == "POST" and form.is_valid():
        try:
            found = actions.propose_correction(period, **form.cleaned_data, actor=request.user, at=request.now)
        except Declined as error:
            form.add_error(error.place if error.place in form.fields else None, str(error))
        else:
            messages.success(request, _("Proposed. Somebody else of your side decides on it."))
            return redirect(found)
    context = {"agreement": agreement, "period": period, "form": form, "rows": _would(period),
               "name": period_name(period.label)}  # fmt: skip
    return render(request, "kpis/correct.html", context, status=422 if form.errors else 200)


def _would(period):
    """What a correction would change now; empty when nothing, or when there is no result yet."""
    base = period.results.order_by("-edition").first()
    if base is None:
        return []
    found = results.judge(period, known_until=facts.latest_delivery(period.target.indicator))
    if found.outcome == base.outcome:
        return []
    return claims.difference(base.outcome, found.outcome, Reading(period, base.outcome, base, base.created_at))


@require_http_methods(["GET", "HEAD", "POST"])
def correction(request, number):
    """One correction: the result before and after, and what this person may do with it."""
    rows = Correction.objects.select_related(
        "agreement__provider", "agreement__client", "base", "result", "evidence", "proposed_by", "decided_by",
        "answered_by", *(f"period__{each}" for each in RELATED),
    )
    found = find(request, rows, number)
    base = found.base
    before = Reading(found.period, base.outcome, base, base.created_at)
    return respond(request, found, _offers(request.grants, found), "kpis/correction.html", {
        "correction": found,
        "rows": claims.difference(base.outcome, found.outcome, before),
        "before": before,
        "verdict": found.outcome["verdict"],
        "cited": exclusions.numbers(found.inputs.get("exclusions", [])),
        "disputes": list(found.disputes.select_related("opened_by")),
        "can_dispute": rules.claims_for_client(request.grants, found.agreement) and found.state == State.APPROVED,
    })


def _offers(grants, found):
    provider = rules.claims_for_provider(grants, found.agreement)
    proposed, own = found.state == State.PROPOSED, found.proposed_by_id == grants.user_id
    return [
        Offer("approve", _("Approve"), _("Approved. The client was asked to accept it."), actions.approve_correction,
              rules.can_decide_claim(grants, found), proposed),
        Offer("refuse", _("Take back") if own else _("Refuse"), _("The result stays as it is."),
              actions.refuse_correction, provider, proposed, _("The result stays as it is."), ReasonForm, danger=True),
        Offer("accept", _("Accept"), _("Accepted: the new edition is made."), actions.accept_correction,
              rules.claims_for_client(grants, found.agreement), found.state == State.APPROVED),
    ]  # fmt: skip
