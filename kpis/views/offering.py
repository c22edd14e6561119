"""The acts that a claim's page offers to this person, and what becomes of the one they choose."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from agreements.models import Agreement
from kpis.claiming import Declined
from kpis.forms.claims import ActForm


@dataclass(frozen=True)
class Offer:
    """A button: whether this person may (`may`) and whether its time is now (`now`)."""

    act: str
    verb: str
    done: str
    run: Callable[..., Any]
    may: bool
    now: bool
    text: str = ""
    make: type[ActForm] = ActForm
    danger: bool = False
    form: ActForm | None = None

    @property
    def shown(self) -> bool:
        return self.may and self.now

    @property
    def asks(self) -> bool:
        """Whether there is something to fill in."""
        return self.make is not ActForm


def visible(request):
    return Agreement.objects.visible_to(request.user, request.now)


def find(request, rows, number):
    """A claim by its number in an agreement that this person sees."""
    found = rows.filter(agreement__in=visible(request), number=number).first()
    if found is None:
        raise Http404
    return found


def respond(request, claim, offers: list[Offer], template: str, context: dict[str, Any]):
    """The page of a claim, or after an act the way back to it."""
    known = {offer.act: offer for offer in offers}
    wrong = None
    if request.method == "POST":
        answer, wrong = _perform(request, claim, known)
        if answer is not None:
            return answer
    shown = [_dressed(offer, known, wrong) for offer in offers if offer.shown]
    context |= {"agreement": claim.agreement, "offers": shown, "wrong": wrong}
    return render(request, template, context, status=422 if wrong else 200)


def _dressed(offer: Offer, known, wrong) -> Offer:
    if wrong is not None and wrong.data.get("act") == offer.act:
        return replace(offer, form=wrong)
    form = offer.make(acts=known, initial={"act": offer.act}, auto_id=f"id_{offer.act}_%s")
    return replace(offer, form=form)


def _perform(request, claim, known):
    chosen = ActForm(request.POST, acts=known)
    if not chosen.is_valid():
        return None, chosen
    offer = known[chosen.cleaned_data["act"]]
    if not offer.may:
        raise PermissionDenied
    form = offer.make(request.POST, acts=known, auto_id=f"id_{offer.act}_%s")
    if not form.is_valid():
        return None, form
    try:
        offer.run(claim, **form.said, actor=request.user, at=request.now)
    except TransitionNotAllowed:
        messages.info(request, _("Somebody was faster: it was decided meanwhile."))
    except Declined as error:
        form.add_error(error.place if error.place in form.fields else None, str(error))
        return None, form
    else:
        messages.success(request, offer.done)
    return redirect(claim), None
