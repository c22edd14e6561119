"""Bringing in a contract that was signed on paper, and confirming it."""

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST
from django_fsm import TransitionNotAllowed

from agreements import actions, facts, printing, signing_rules
from agreements.ending_rules import CONFIRMS
from agreements.forms.signing import DayInput
from agreements.models import Paper, Party, Version
from agreements.signing import Refused
from agreements.views.finding import find_agreement, find_version, require
from agreements.views.repository import head
from agreements.views.signing import faster
from records.verification import MAX_BYTES


class PaperForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("Scan of the signed paper"), help_text=gettext_lazy("A PDF, up to 25 MB.")
    )
    signed_by = forms.CharField(
        label=gettext_lazy("Who signed it"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("One line for each: name, capacity, organisation."),
    )
    concluded_on = forms.DateField(label=gettext_lazy("Day of the last signature"), widget=DayInput)
    statement = forms.CharField(
        label=gettext_lazy("Your statement"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Where the paper is kept, and that you compared it with the terms typed here."),
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(_("This file is larger than 25 MB."))
        return file


@require_http_methods(["GET", "HEAD", "POST"])
def paper(request, reference, label):
    """Bring in the scan beside the first draft; once there, both sides see it and one of them confirms."""
    agreement = find_agreement(request, reference)
    version = find_version(agreement, label)
    found = Paper.objects.filter(version=version).select_related("document", "brought_by", "confirmed_by").first()
    manages = signing_rules.can_manage(request.grants, agreement)
    require(manages or (found is not None and _confirms(request, agreement)))
    if version.base_id is not None or (version.state != Version.State.DRAFT and found is None):
        raise Http404
    require(manages or request.method != "POST")
    form = PaperForm(request.POST or None, request.FILES or None) if manages else None
    answer = _brought(request, agreement, version, form) if request.method == "POST" and form.is_valid() else None
    if answer:
        return answer
    return _page(request, agreement, version, found, form)


@require_POST
def confirm(request, reference, label):
    agreement = find_agreement(request, reference)
    version = find_version(agreement, label)
    found = Paper.objects.filter(version=version).select_related("version").first()
    require(_confirms(request, agreement))
    if found is None:
        raise Http404
    try:
        actions.confirm_paper(found, actor=request.user, at=request.now)
    except Refused as error:
        messages.info(request, str(error))
        return redirect("agreements:paper", reference, label)
    except TransitionNotAllowed:
        return faster(request, "agreements:paper", reference, label)
    messages.success(request, _("Confirmed. The agreement is on record as imported."))
    return redirect(agreement)


def _confirms(request, agreement):
    return any(request.grants.has(agreement.organisation_of(party).pk, *CONFIRMS[party]) for party in Party.values)


def _brought(request, agreement, version, form):
    data = dict(form.cleaned_data)
    content = data.pop("file").read()
    try:
        actions.bring_in(version, content=content, **data, actor=request.user, at=request.now)
    except actions.Unready as error:
        for finding in error.findings:
            form.add_error(None, str(finding.message))
        return None
    except Refused as error:
        form.add_error(error.place if error.place in form.fields else None, str(error))
        return None
    except TransitionNotAllowed:
        return faster(request, agreement)
    messages.success(request, _("The scan is in the vault. Another person compares and confirms it."))
    return redirect("agreements:paper", agreement.reference, version.label)


def _page(request, agreement, version, found, form):
    context = head(request, agreement) | printing.context(
        printing.document(version.read_terms(), facts.of_version(version, request.now))
    )
    waits = found is not None and found.confirmed_at is None
    context |= {
        "version": version,
        "paper": found,
        "form": form if version.state == Version.State.DRAFT else None,
        "may_confirm": waits and found.brought_by_id != request.user.pk and _confirms(request, agreement),
    }
    bad = form is not None and form.errors
    return render(request, "agreements/paper.html", context, status=422 if bad else 200)
