"""The signatory's page: read, agree and sign, or decline. Nobody else gets in."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST
from django_fsm import TransitionNotAllowed

from accounts import identity
from agreements import actions, consent, facts, printing
from agreements.models import Round, Slot
from agreements.signing import Refused, in_time
from agreements.signing_forms import ReasonForm, SignForm
from agreements.views.finding import find_slot
from agreements.views.signing import faster

READING = (Slot.State.INVITED, Slot.State.OPENED)


@sensitive_post_parameters("password", "code")
@require_http_methods(["GET", "HEAD", "POST"])
def sign(request, pk):
    slot = find_slot(request, pk, own=True)
    if slot.state not in READING or not in_time(slot.round.deadline, request.now):
        return _closed(request, slot)
    if request.method == "GET":
        try:
            slot = _opened(slot, request)
        except TransitionNotAllowed:
            return faster(request, slot)
    form = _form(request, slot, request.POST or None)
    if request.method == "POST" and form.is_valid() and _signed(request, slot, form):
        return redirect(slot)
    return _page(request, slot, form, ReasonForm())


@require_POST
def decline(request, pk):
    slot = find_slot(request, pk, own=True)
    form = ReasonForm(request.POST)
    if form.is_valid():
        try:
            actions.decline(slot, **form.cleaned_data, actor=request.user, at=request.now)
        except Refused as error:
            form.add_error(error.place or None, str(error))
        except TransitionNotAllowed:
            return faster(request, slot)
        else:
            messages.success(request, _("You declined. Everybody asked is told why."))
            return redirect(slot)
    return _page(request, slot, _form(request, slot, None), form)


def _opened(slot, request):
    # The act returns its own row; the page keeps this one with its relations.
    slot.opened_at = actions.open_slot(slot, actor=request.user, at=request.now).opened_at
    return slot


def _form(request, slot, data):
    return SignForm(
        data,
        person=request.user,
        second_factor=identity.has_second_factor(request.user),
        initial={"shown_sha256": slot.round.version.terms_sha256},
    )


def _signed(request, slot, form):
    """Prove who it is, then sign; problems go beside their field."""
    given = form.cleaned_data
    try:
        proof = identity.prove(
            request.user, password=given["password"], code=given.get("code", ""), at=request.now
        )
        actions.sign(
            slot,
            shown_sha256=given["shown_sha256"],
            consent=given["consent"],
            typed_name=given["typed_name"],
            proof=proof,
            address=request.META.get("REMOTE_ADDR", ""),
            agent=request.headers.get("user-agent", ""),
            actor=request.user,
            at=request.now,
        )
    except (identity.NotProven, Refused) as error:
        form.add_error(error.place if error.place in form.fields else None, str(error))
        return False
    except TransitionNotAllowed:
        messages.info(request, _("Somebody was faster: this has changed since you opened the page."))
    return True


def _page(request, slot, form, reason_form):
    version = slot.round.version
    terms = version.read_terms()
    slot.round.version = version
    seats = list(slot.round.slots.exclude(state=Slot.State.REASSIGNED).select_related("person"))
    context = printing.context(printing.document(terms, facts.of_round(slot.round))) | {
        "slot": slot,
        "version": version,
        "agreement": version.agreement,
        "organisation": version.agreement.organisation_of(slot.party),
        "form": form,
        "reason_form": reason_form,
        "consent_text": consent.text(),
        "signers": seats,
        "place": [seat.pk for seat in seats].index(slot.pk) + 1,
        "steps": _steps(1),
    }
    problem = form.errors or reason_form.errors
    return render(request, "agreements/sign.html", context, status=422 if problem else 200)


def _closed(request, slot):
    """After signing, before one's turn, and when the round is over."""
    version = slot.round.version
    waiting = slot.state == Slot.State.WAITING and slot.round.state == Round.State.OPEN
    seats = list(slot.round.slots.exclude(state=Slot.State.REASSIGNED).select_related("person"))
    context = {
        "slot": slot, "version": version, "agreement": version.agreement, "waiting": waiting, "signers": seats,
        "signed": slot.state == Slot.State.SIGNED, "steps": _steps(3 if slot.state == Slot.State.SIGNED else 0),
        "late": slot.state in READING and slot.round.state == Round.State.OPEN,
    }
    if request.method == "POST":
        # A second click after signing finds the first result.
        return redirect(slot) if slot.state == Slot.State.SIGNED else faster(request, slot)
    return render(request, "agreements/sign_closed.html", context)


def _steps(done):
    names = (_("Read"), _("Agree and sign"), _("Done"))
    return [
        {"name": name, "state": "done" if index < done else "now" if index == done else "todo"}
        for index, name in enumerate(names)
    ]
