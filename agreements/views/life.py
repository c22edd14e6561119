"""Changing an agreement that is in force."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_fsm import TransitionNotAllowed

from agreements import actions, overview
from agreements.forms.signing import AmendForm
from agreements.signing import Refused
from agreements.views.finding import find_agreement, require_manager
from agreements.views.repository import head


@require_http_methods(["GET", "HEAD", "POST"])
def amend(request, reference):
    """Start a change of the version in force; one at a time."""
    agreement = find_agreement(request, reference)
    require_manager(request, agreement)
    form = AmendForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            version = actions.amend(agreement, **form.cleaned_data, actor=request.user, at=request.now)
        except Refused as error:
            form.add_error(error.place or None, str(error))
        except TransitionNotAllowed:
            messages.info(request, _("Somebody was faster: a change is under way already. Here it is."))
            return redirect(agreement)
        else:
            messages.success(request, _("%s is a draft now. The version in force stays until it is signed.") % version)
            return redirect("agreements:edit", reference, version.label, "parties")
    context = head(request, agreement) | {"form": form}
    if context["current"] is not None:
        current = context["current"]
        context["plan"] = overview.amendment(current.read_terms(), current.effective_from, request.now)
    return render(request, "agreements/amend.html", context, status=422 if form.errors else 200)
