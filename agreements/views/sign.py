"""The signatory's page: read, agree and sign, or decline. Nobody else gets in."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST
from django_fsm import TransitionNotAllowed

from accounts import identity
from agreements import actions, consent, facts, printing
from agreements.forms.signing import ReasonForm, SignForm
from agreements.models import Round, Slot
from agreements.signing import Refused, in_time
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
    text = _text(slot)
    form = _form(request, slot, text, request.POST or None)
    if request.method == "POST" and form.is_valid() and _signed(request, slot, form):
        return redirect(slot)
    return _page(request, slot, text, form, ReasonForm())


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
    text = _text(slot)
    return _page(request, slot, text, _form(request, slot, text, None), form)


def _opened(slot, request):
    # The act returns its own row; the page keeps this one with its relations.
    slot.opened_at = actions.open_slot(slot, actor=request.user, at=request.now).opened_at
    return slot


def _text(slot):
    """What is to be signed, as the page shows it."""
    return printing.document(slot.round.version.read_terms(), facts.of_round(slot.round))


def _form(request, slot, text, data):
    return SignForm(
        data,
        person=request.user,
        second_factor=identity.has_second_factor(request.user),
        sections=[section.anchor for section in (*text.sections, *text.annexes)],
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
            reading=form.reading,
            actor=request.user,
            at=request.now,
        )
    except (identity.NotProven, Refused) as error:
        form.add_error(error.place if error.place in form.fields else None, str(error))
        return False
    except TransitionNotAllowed:
        messages.info(request, _("Somebody was faster: this has changed since you opened the page."))
    return True


def _page(request, slot, text, form, reason_form):
    version = slot.round.version
    seats = _signers(slot)
    context = printing.context(text) | {
        "slot": slot,
        "version": version,
        "agreement": version.agreement,
        "organisation": version.agreement.organisation_of(slot.party),
        "form": form,
        "reason_form": reason_form,
        "consent_text": consent.text(),
        "signers": seats,
        "place": [seat.pk for seat in seats].index(slot.pk) + 1,
        "steps": _steps(0),
    }
    problem = form.errors or reason_form.errors
    return render(request, "agreements/sign.html", context, status=422 if problem else 200)


def _closed(request, slot):
    """After signing, before one's turn, and when the round is over."""
    signed = slot.state == Slot.State.SIGNED
    if request.method == "POST":
        # A second click after signing finds the first result.
        return redirect(slot) if signed else faster(request, slot)
    version = slot.round.version
    context = {
        "slot": slot, "version": version, "agreement": version.agreement, "signers": _signers(slot),
        "case": _case(slot), "steps": _steps(2 if signed else 0),
    }
    return render(request, "agreements/sign_closed.html", context)


def _case(slot):
    """Why there is nothing to sign here (any more): the page has words for each."""
    own = (Slot.State.SIGNED, Slot.State.DECLINED, Slot.State.REASSIGNED)
    if slot.state in own:
        return str(slot.state)
    if slot.round.state == Round.State.OPEN:
        return "waiting" if slot.state == Slot.State.WAITING else "lapsed"
    return "refused" if slot.round.state == Round.State.DECLINED else str(slot.round.state)


def _signers(slot):
    return list(slot.round.slots.exclude(state=Slot.State.REASSIGNED).select_related("person"))


def _steps(done):
    names = (_("Read and sign"), _("Done"))
    return [
        {"name": name, "state": "done" if index < done else "now" if index == done else "todo"}
        for index, name in enumerate(names)
    ]
