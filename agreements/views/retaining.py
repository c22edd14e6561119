"""The files of an agreement: how long they are kept, what holds them, and how they are disposed of."""

from django.contrib import messages
from django.db.models import Count
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_fsm import TransitionNotAllowed

from agreements import actions, retaining, retaining_rules
from agreements.forms.retaining import HoldForm, StayForm
from agreements.models import Agreement
from agreements.signing import Refused
from agreements.views.finding import find_agreement, require
from agreements.views.repository import head
from agreements.views.signing import faster
from records import retention
from records.models import Disposal, Document, Hold

MOST_FILES = 200


@require_GET
def files(request, reference):
    return show(request, find_agreement(request, reference))


@require_POST
def hold(request, reference):
    """Officers set a hold at once, auditors ask for one."""
    agreement = find_agreement(request, reference)
    officer, asks = (each(request.grants, agreement) for each in (retaining_rules.officer_for, retaining_rules.asks_of))
    require(officer or asks)
    form = HoldForm(request.POST)
    fields = {"actor": request.user, "at": request.now}

    def act(reason):
        if officer:
            return actions.set_hold(agreement, reason=reason, **fields)
        return actions.ask_hold(agreement, party=asks, reason=reason, **fields)

    said = _("Held. Nothing can be disposed of.") if officer else _("Asked. Nothing can be disposed of meanwhile.")
    return _with_reason(request, agreement, form, act, said)


@require_POST
def answer(request, pk, answer):
    """Set the hold that an auditor asked for, or refuse it with a reason."""
    found, agreement = _find(request, Hold, pk)
    require(retaining_rules.can_keep(request.grants, agreement, found.party))
    who = {"actor": request.user, "at": request.now}
    if answer == "grant":
        return _done(
            request, agreement, lambda: actions.answer_hold(found, grant=True, **who), _("The hold stands.")
        )
    return _with_reason(
        request, agreement, StayForm(request.POST),
        lambda reason: actions.answer_hold(found, grant=False, reason=reason, **who), _("Refused."),
    )


@require_POST
def lift(request, pk):
    found, agreement = _find(request, Hold, pk)
    require(retaining_rules.can_keep(request.grants, agreement, found.party))
    return _with_reason(
        request, agreement, StayForm(request.POST),
        lambda reason: actions.lift_hold(found, reason=reason, actor=request.user, at=request.now),
        _("Lifted. The ordinary term goes on."),
    )


@require_POST
def propose(request, reference):
    agreement = find_agreement(request, reference)
    require(retaining_rules.officer_for(request.grants, agreement))
    return _done(
        request, agreement,
        lambda: actions.propose_disposal(agreement, actor=request.user, at=request.now),
        _("Proposed. The files go when the other party agrees."),
    )


@require_POST
def decide(request, pk, answer):
    """The second person agrees that the files go, or they stay for a reason."""
    found, agreement = _find(request, Disposal, pk)
    require(retaining_rules.officer_for(request.grants, agreement))
    who = {"actor": request.user, "at": request.now}
    if answer == "agree":
        said = _("Agreed. The files are removed now; names and hashes stay.")
        return _done(request, agreement, lambda: actions.agree_disposal(found, **who), said)
    return _with_reason(
        request, agreement, StayForm(request.POST),
        lambda reason: actions.refuse_disposal(found, reason=reason, **who), _("The files stay."),
    )


def show(request, agreement, *, wrong=None):
    """The page; `wrong` is the form that came back with errors from the address asked for."""
    files = Document.objects.filter(scope=agreement.reference)
    zone, until = retaining.timezone_of(agreement), retaining.kept_until(agreement)
    holds, disposals = list(_holds(request, agreement, wrong)), list(_disposals(request, agreement, wrong))
    context = head(request, agreement) | {
        "rule": retention.rule(), "until": until and retention.last_day(until, zone), "zone": zone,
        "over": until is not None and until <= request.now, "holds": holds, "disposals": disposals,
        "held": any(each.state in ("asked", "standing") for each in holds),
        "officer": retaining_rules.officer_for(request.grants, agreement),
        "asks": retaining_rules.asks_of(request.grants, agreement),
        "documents": files.defer("text").select_related("tombstone__disposal")[:MOST_FILES],
        "kept": files.filter(tombstone=None).count(), "wrong": wrong,
        "hold_form": wrong if isinstance(wrong, HoldForm) else HoldForm(),
    }
    under_way = any(each.state in ("proposed", "agreed") for each in disposals)
    free = context["over"] and context["kept"] and not context["held"] and not under_way
    context["may_propose"] = free and context["officer"]
    return render(request, "agreements/files.html", context, status=422 if wrong else 200)


def _holds(request, agreement, wrong):
    found = Hold.objects.filter(scope=agreement.reference).select_related("asked_by", "answered_by", "lifted_by")
    for each in found:
        each.organisation = agreement.organisation_of(each.party)
        each.mine = retaining_rules.can_keep(request.grants, agreement, each.party)
        each.form = _form(request, each, wrong)
        yield each


def _disposals(request, agreement, wrong):
    found = Disposal.objects.filter(scope=agreement.reference).select_related("proposed_by", "answered_by")
    for each in found.annotate(files=Count("tombstones")):
        waits = each.state == Disposal.State.PROPOSED
        each.may_agree = waits and request.user in retaining.second_persons(agreement, each, request.now)
        each.may_refuse = each.may_agree or (waits and each.proposed_by_id == request.user.pk)
        each.form = _form(request, each, wrong)
        yield each


def _form(request, row, wrong):
    """A row's own form, under ids of its own: several stand on one page."""
    name = row._meta.model_name
    if wrong is not None and request.path.startswith(f"/{name}s/{row.pk}/"):
        return wrong
    return StayForm(auto_id=f"{name}-{row.pk}-%s")


def _find(request, model, pk):
    found = get_object_or_404(model, pk=pk)
    visible = Agreement.objects.visible_to(request.user, request.now)
    return found, get_object_or_404(visible.select_related("provider", "client", "owner"), reference=found.scope)


def _with_reason(request, agreement, form, act, said):
    if form.is_valid():
        try:
            act(form.cleaned_data["reason"])
        except Refused as error:
            form.add_error(error.place if error.place in form.fields else None, str(error))
        except TransitionNotAllowed:
            return faster(request, "agreements:files", agreement.reference)
        else:
            messages.success(request, said)
            return redirect("agreements:files", agreement.reference)
    return show(request, agreement, wrong=form)


def _done(request, agreement, act, said):
    try:
        act()
    except Refused as error:
        messages.warning(request, str(error))
    except TransitionNotAllowed:
        return faster(request, "agreements:files", agreement.reference)
    else:
        messages.success(request, said)
    return redirect("agreements:files", agreement.reference)
