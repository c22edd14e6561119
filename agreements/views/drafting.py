"""Start an agreement, check its draft and send it to review, give it up."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_fsm import TransitionNotAllowed

from accounts.models import Organisation, Role
from agreements import actions, catalogue, editing, redline, rules, signing_rules, supporting
from agreements.forms.drafting import GiveUpForm, NewForm, ReviewersForm
from agreements.forms.parts import before
from agreements.models import Agreement, Template
from agreements.signing import Refused
from agreements.views.editor import base_of, changed_clauses, editable, shell, too_late
from agreements.views.finding import require

form_view = require_http_methods(["GET", "HEAD", "POST"])


@form_view
def new(request):
    """Start an agreement from a template."""
    require(rules.can_draft(request.grants))
    own = request.grants.organisations(Role.MANAGER)
    form = NewForm(
        request.POST or None,
        keepers=Organisation.objects.filter(pk__in=own),
        partners=catalogue.partners(own),
        initial=_replacing(request) or {"services": request.GET.getlist("service")},
    )
    if request.method == "POST" and form.is_valid():
        try:
            version = actions.draft(**form.start, actor=request.user, at=request.now)
        except Refused as error:
            form.add_error(form.places.get(error.place, error.place) or None, str(error))
        else:
            return redirect("agreements:edit", version.agreement.reference, version.label, "parties")
    return render(request, "agreements/new.html", {"form": form}, status=422 if form.errors else 200)


def _replacing(request):
    """What the agreement named by the address, which is to be replaced, gives the form; nothing without one."""
    wanted = request.GET.get("replaces", "").replace("\x00", "")
    visible = Agreement.objects.visible_to(request.user, request.now)
    old = visible.filter(reference=wanted, state=Agreement.State.ACTIVE).first() if wanted else None
    if old is None or not signing_rules.can_manage(request.grants, old):
        return None
    partner = old.organisation_id_of(old.other_party)
    found = {"title": old.title, "predecessor": old, "keeper": old.keeper_id, "partner": partner}
    templates = Template.objects.of([old.keeper_id]).usable().filter(kind=old.kind)
    return found | {"services": list(old.services.all()), "template": templates.first()}


@form_view
def check(request, reference, label):
    """The last part: what lint says, what changes, who reviews; sends the draft to review."""
    version = editable(request, reference, label)
    if version.state not in rules.EDITABLE:
        return too_late(request, version)
    form = ReviewersForm(
        request.POST or None, agreement=version.agreement, at=request.now, initial=ReviewersForm.initial_of(version)
    )
    if request.method == "POST" and form.is_valid():
        try:
            sent = actions.submit(
                version,
                reviewers=form.reviewers,
                message=form.cleaned_data["message"],
                due_at=form.due_at,
                actor=request.user,
                at=request.now,
            )
        except Refused as error:
            form.add_error("due" if error.place == "due_at" else None, str(error))
        except TransitionNotAllowed:
            return too_late(request, version)
        else:
            messages.success(request, _("Draft %s is with its reviewers.") % sent.draft_number)
            return redirect("agreements:review", reference, label)
    terms, base = version.read_terms(), base_of(version)
    context = shell(request, version, editing.CHECK) | {
        "form": form,
        "rows": redline.table(base, terms) if base else [],
        "anew": redline.judged_anew(base, terms),
        "clauses": changed_clauses(base, terms) if base else [],
        "summary": editing.summary(terms, [reference, label]),
        "feasible": supporting.lines(version.agreement, terms, request.now),
        "previous": editing.url_of([reference, label], before(editing.CHECK)),
        "give_up": GiveUpForm(),
    }
    return render(request, "agreements/edit/check.html", context, status=422 if form.errors else 200)


@form_view
def abandon(request, reference, label):
    """Give a draft up for good."""
    version = editable(request, reference, label)
    form = GiveUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.abandon(version, **form.cleaned_data, actor=request.user, at=request.now)
        except Refused as error:
            form.add_error(error.place or None, str(error))
        except TransitionNotAllowed:
            return too_late(request, version)
        else:
            messages.success(request, _("%s is given up.") % version)
            return redirect(version.agreement)
    return render(
        request,
        "agreements/edit/abandon.html",
        {"form": form, "version": version, "agreement": version.agreement},
        status=422 if form.errors else 200,
    )
