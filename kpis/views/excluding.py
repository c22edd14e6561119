"""Exclusions: ask for one, look at one, decide on it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kpis import actions, claims, exclusions, proposing, rules
from kpis.claiming import Declined
from kpis.excluding import Unreadable
from kpis.forms.claims import ExclusionForm, ReasonForm
from kpis.models import Dispute, Exclusion, Target
from kpis.views.offering import Offer, find, respond, visible

State = Exclusion.State


@require_http_methods(["GET", "HEAD", "POST"])
def exclude(request, reference):
    """Ask that time is taken out of some KPIs."""
    agreement = get_object_or_404(visible(request).select_related("provider", "client"), reference=reference)
    if not rules.claims_for_provider(request.grants, agreement):
        raise PermissionDenied
    initial = {"kpis": request.GET.getlist("kpi"), "starts_at": request.GET.get("from", "")[:16]}

    def propose(**said):
        return actions.propose_exclusion(agreement, **said, actor=request.user, at=request.now)

    return asked(request, agreement, initial, propose)


def asked(request, agreement, initial, propose):
    """The form with what is known already, its preview, or what `propose` made of it: there the answer leads."""
    form = form_for(request, agreement, initial)
    if form is None:
        return render(request, "kpis/exclude.html", {"agreement": agreement})
    if "preview" in request.POST:
        return _previewed(request, agreement, form)
    if request.method == "POST" and form.is_valid():
        try:
            found = propose(**form.said)
        except Declined as error:
            _say(form, error)
        else:
            messages.success(request, _("Proposed. Somebody else of your side decides on it."))
            return redirect(found)
    context = {"agreement": agreement, "form": form}
    return render(request, "kpis/exclude.html", context, status=422 if form.errors else 200)


def _previewed(request, agreement, form):
    """What it would do, before it is asked for: the card alone where the page asks for it, else the page with it."""
    form.fields["reason"].required = False
    context = {"agreement": agreement, "form": form, "forms": [form]}
    if form.is_valid():
        said = {name: value for name, value in form.said.items() if name != "evidence"}
        try:
            exclusion, targets, found = proposing.drafted(agreement, at=request.now, **said)
        except Declined as error:
            _say(form, error)
        else:
            context["preview"] = proposing.preview(exclusion, targets, found, request.now)
    template = "kpis/_exclusion_preview.html" if request.htmx else "kpis/exclude.html"
    return render(request, template, context, status=422 if form.errors else 200)


def _say(form, error):
    place = {"rule": "until"}.get(error.place, error.place)
    form.add_error(place if place in form.fields else None, str(error))


def form_for(request, agreement, initial):
    """The form for what the signed versions let be excluded, with what is known already; None: nothing."""
    categories, kpis, zone = {}, {}, "UTC"
    for target in Target.objects.filter(agreement=agreement).order_by("effective_from", "key"):
        for term in target.spec["exclusions"]:
            if exclusions.takes(target, term["key"]):
                categories[term["key"]], kpis[target.key] = term["name"], f"{target}"
                zone = target.spec["timezone"]
    if not categories:
        return None
    data = (request.POST, request.FILES) if request.method == "POST" else ()
    return ExclusionForm(
        *data, categories=list(categories.items()), kpis=list(kpis.items()), zone=zone,
        initial={name: value for name, value in initial.items() if value},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def exclusion(request, number):
    """One exclusion with its arithmetic, and what this person may do with it."""
    rows = Exclusion.objects.select_related(
        "agreement__provider", "agreement__client", "version", "evidence", "proposed_by", "decided_by", "answered_by"
    ).prefetch_related("targets", "spans")
    found = find(request, rows, number)
    would = _would(found, request.now)
    kept = found.arithmetic or (would.allotment.to_dict() if would else None)
    disputes = list(found.disputes.select_related("opened_by"))
    return respond(request, found, _offers(request.grants, found, disputes), "kpis/exclusion.html", {
        "exclusion": found,
        "term": exclusions.term_of(found),
        "zone": found.version.terms["agreement"]["timezone"],
        "arithmetic": claims.arithmetic(kept) if kept else [],
        "preview": would,
        "closed": exclusions.closed_periods(found) if found.state in Exclusion.COUNTING else [],
        "disputes": disputes,
        "can_dispute": rules.claims_for_client(request.grants, found.agreement)
        and found.state in (State.APPROVED, State.ACKNOWLEDGED),
    })


def _would(found, now):
    """The arithmetic and its effect as they would be now, while it is not decided."""
    if found.state != State.PROPOSED:
        return None
    try:
        return proposing.preview(found, found.targets.all(), exclusions.allotment(found), now)
    except Unreadable:  # the version ended meanwhile
        return None


def _offers(grants, found, disputes):
    decides, client = rules.can_decide_claim(grants, found), rules.claims_for_client(grants, found.agreement)
    provider = rules.claims_for_provider(grants, found.agreement)
    proposed = found.state == State.PROPOSED
    open_ = any(each.state in Dispute.UNSETTLED for each in disputes)
    return [
        Offer("approve", _("Approve"), _("Approved: it counts from now on. The client was told."),
              actions.approve_exclusion, decides, proposed),
        Offer("refuse", _("Refuse"), _("Refused. Whoever asked was told."), actions.refuse_exclusion, decides, proposed,
              _("Nothing is excluded. Whoever asked reads your reason."), ReasonForm, danger=True),
        Offer("acknowledge", _("Acknowledge"), _("Acknowledged."), actions.acknowledge_exclusion, client,
              found.state == State.APPROVED),
        Offer("withdraw", _("Withdraw"), _("Withdrawn: the time counts again."), actions.withdraw_exclusion, provider,
              found.state in (State.PROPOSED, State.APPROVED, State.ACKNOWLEDGED) and not open_,
              _("Its time counts again in every period that is not closed. The client is told."), ReasonForm,
              danger=True),
    ]  # fmt: skip
