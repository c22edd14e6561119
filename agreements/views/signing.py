"""Sending a version for signature, looking after the round, and the signatory's own page."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_fsm import TransitionNotAllowed

from agreements import actions, contesting, seal_words, signing_rules, wording
from agreements import signing as rules_of_signing
from agreements.forms.signing import ReasonForm, ReassignForm, SendForm
from agreements.models import Round, Slot, Version
from agreements.signing import Refused
from agreements.views.finding import (
    find_agreement,
    find_round,
    find_slot,
    find_version,
    require,
    require_manager,
)
from agreements.views.repository import head
from records.models import AuditEntry

form_view = require_http_methods(["GET", "HEAD", "POST"])


def faster(request, fallback, *args):
    """What a lost race looks like: the page as it is now, and a word about it."""
    messages.info(request, _("Somebody was faster: this has changed since you opened the page."))
    return redirect(fallback, *args)


@form_view
def send(request, reference, label):
    """Choose who signs and until when; sending freezes the text."""
    agreement = find_agreement(request, reference)
    require_manager(request, agreement)
    version = find_version(agreement, label)
    if version.state != Version.State.READY:
        return faster(request, agreement)
    terms = version.read_terms()
    form = SendForm(request.POST or None, agreement=agreement, terms=terms, at=request.now)
    if request.method == "POST" and form.is_valid():
        try:
            actions.open_round(
                version, people=form.people, deadline=form.until, actor=request.user, at=request.now
            )
        except Refused as error:
            form.add_error(error.place if error.place in form.fields else None, str(error))
        except TransitionNotAllowed:
            return faster(request, agreement)
        else:
            messages.success(request, _("The text is locked. The first to sign are asked as soon as the PDF is made."))
            return redirect("agreements:signing", reference, label)
    start = _start(terms)
    context = head(request, agreement) | {
        "form": form, "version": version, "terms": terms, "version_start": start,
        "past": start is not None and start < request.now,
    }
    return render(request, "agreements/send.html", context, status=422 if form.errors else 200)


def _start(terms):
    try:
        return rules_of_signing.effective_from(terms.term, terms.agreement)
    except Refused:
        return None  # no first day: the act says so


@require_GET
def signing(request, reference, label):
    agreement = find_agreement(request, reference)
    version = find_version(agreement, label)
    round_ = find_round(version)
    return render(request, "agreements/signing.html", state(request, agreement, version, round_))


@require_POST
def withdraw(request, reference, label):
    agreement = find_agreement(request, reference)
    require_manager(request, agreement)
    version = find_version(agreement, label)
    round_ = find_round(version)
    form = ReasonForm(request.POST)
    if form.is_valid():
        try:
            actions.withdraw(round_, **form.cleaned_data, actor=request.user, at=request.now)
        except Refused as error:
            form.add_error(error.place or None, str(error))
        except TransitionNotAllowed:
            return faster(request, agreement)
        else:
            messages.success(request, _("Withdrawn. Everybody asked is told why."))
            return redirect(agreement)
    context = state(request, agreement, version, round_) | {"reason_form": form}
    return render(request, "agreements/signing.html", context, status=422)


@require_POST
def retry(request, reference, label):
    """Try a document that could not be made or sealed again now."""
    agreement = find_agreement(request, reference)
    require_manager(request, agreement)
    version = find_version(agreement, label)
    try:
        actions.retry_seal(version, actor=request.user, at=request.now)
    except TransitionNotAllowed:
        return faster(request, "agreements:signing", reference, label)
    messages.success(request, _("It is tried again now. Look again in a few seconds."))
    return redirect("agreements:signing", reference, label)


@require_POST
def remind(request, pk):
    slot = find_slot(request, pk, own=False)
    version = slot.round.version
    require_manager(request, version.agreement)
    try:
        actions.remind(slot, actor=request.user, at=request.now)
    except Refused as error:
        messages.info(request, str(error))
    except TransitionNotAllowed:
        return faster(request, version.agreement)
    else:
        messages.success(request, _("%s is reminded by e-mail.") % slot.person)
    return redirect("agreements:signing", version.agreement.reference, version.label)


@form_view
def reassign(request, pk):
    """Give a signature to another person of the same party."""
    slot = find_slot(request, pk, own=False)
    version = slot.round.version
    agreement = version.agreement
    require(signing_rules.can_reassign(request.grants, agreement, slot))
    organisation = agreement.organisation_of(slot.party)
    form = ReassignForm(request.POST or None, organisation=organisation, at=request.now)
    if request.method == "POST" and form.is_valid():
        try:
            new = actions.reassign(slot, **form.cleaned_data, actor=request.user, at=request.now)
        except Refused as error:
            form.add_error(error.place or None, str(error))
        except TransitionNotAllowed:
            return faster(request, agreement)
        else:
            messages.success(request, _("%s signs instead.") % new.person)
            return _back(request, agreement, version)
    context = {"form": form, "slot": slot, "agreement": agreement, "version": version, "organisation": organisation}
    return render(request, "agreements/signing_reassign.html", context, status=422 if form.errors else 200)


def _back(request, agreement, version):
    # Who gave their own signature away may no longer see the agreement.
    visible = type(agreement).objects.visible_to(request.user, request.now).filter(pk=agreement.pk)
    return redirect("agreements:signing", agreement.reference, version.label) if visible.exists() else redirect("/")


def state(request, agreement, version, round_):
    slots = list(round_.slots.exclude(state=Slot.State.REASSIGNED).select_related("person"))
    for slot in slots:
        slot.may_reassign = signing_rules.can_reassign(request.grants, agreement, slot)
        slot.organisation = agreement.organisation_of(slot.party)
    entries = AuditEntry.objects.filter(
        scope=agreement.reference, verb__regex=r"^(round|slot)\.", at__gte=round_.opened_at
    ).select_related("actor")
    return head(request, agreement) | {
        "version": version,
        "round": round_,
        "is_open": round_.state == Round.State.OPEN,
        "slots": slots,
        "signed_count": sum(slot.state == Slot.State.SIGNED for slot in slots),
        "in_steps": len({slot.step for slot in slots}) > 1,
        "entries": wording.entries(entries[:8]),
        "reason_form": ReasonForm(),
        "seal_problem": seal_words.plain(version.seal_error),
        "contests": contesting.of_version(request, agreement, version),
        "may_contest": contesting.may(request, agreement, version),
    }
