"""The library of KPI definitions: read, write the next version of one, publish, retire, print."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_fsm import TransitionNotAllowed

from accounts.models import Organisation, Role
from agreements.actions import Stale
from agreements.forms.templates import PublishForm
from agreements.models import Agreement
from agreements.views.catalogue import attempt
from agreements.views.editor import number_of
from agreements.views.finding import require
from kpis import actions, definitions, guide, guidebook, rules
from kpis.forms.defining import BeginForm, ProposalForm, RetireForm, TextForm
from kpis.models import Definition

form_view = require_http_methods(["GET", "HEAD", "POST"])


@require_GET
def index(request):
    require(rules.can_read_library(request.grants))
    context = _book(request) | {
        "drafts": _readable(request).filter(published_at=None, organisation__in=_own(request)).order_by("name"),
        "can_write": bool(_own(request)),
    }
    return render(request, "kpis/library/index.html", context)


@require_GET
def paper(request):
    """The KPI definitions and measurement guide, as PDF, with its revision history."""
    require(rules.can_read_library(request.grants))
    content = guidebook.paper_of_library(_book(request), language=request.user.language, at=request.now)
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="kpi-definitions.pdf"'
    return response


@require_GET
def definition(request, pk):
    found = _find(request, pk)
    kpi, keeps = found.read_kpi(), _keeps(request, found)
    context = {
        "definition": found,
        "rows": definitions.rows(kpi),
        "examples": guide.sheets(definitions.sample(kpi), request.now)[0].examples,
        "series": Definition.objects.series(found),
        "can_keep": keeps,
        "can_revise": bool(_own(request)),
        "problems": definitions.problems(kpi) if found.published_at is None else [],
        "publish_form": PublishForm(),
        "retire_form": RetireForm(),
    }
    return render(request, "kpis/library/definition.html", context)


@form_view
def new(request):
    """Begin a definition of one's own."""
    require(bool(_own(request)))
    return _begin(request, None)


@form_view
def revise(request, pk):
    """Begin the next version, or an organisation's own definition from the portal's."""
    found = _find(request, pk)
    require(bool(_own(request)))
    return _begin(request, found)


def _begin(request, source):
    form = BeginForm(
        request.POST or None,
        organisations=Organisation.objects.filter(pk__in=_own(request)),
        source=source,
        initial={"name": source.name, "organisation": source.organisation} if source else {},
    )
    if request.method == "POST" and form.is_valid():
        kind = form.cleaned_data.pop("kind", "")
        start = {
            "kpi": source.read_kpi() if source else definitions.proposed(kind),
            "text": source.text if source else definitions.Text("overall", "", ""),
        }
        done = attempt(
            form, lambda: actions.draft_definition(**form.cleaned_data, **start, actor=request.user, at=request.now)
        )
        if done:
            return redirect("kpis:edit_definition", done.pk)
    context = {"form": form, "source": source}
    return render(request, "kpis/library/begin.html", context, status=422 if form.errors else 200)


@form_view
def edit(request, pk):
    """A draft: its words, and what it proposes."""
    found = _kept(request, pk)
    if found.published_at:
        return _too_late(request, found)
    data = request.POST or None
    text, proposal = TextForm(data, initial=vars(found.text)), ProposalForm(data, kpi=found.read_kpi())
    sent = [text, proposal]
    valid = [form.is_valid() for form in sent]  # each is asked, so that every error shows
    if request.method != "POST" or not all(valid):
        return _show(request, found, sent, status=422 if data else 200)
    revision = number_of(request.POST.get("revision", ""))
    new = {"kpi": proposal.result, "text": definitions.Text(**text.cleaned_data), "revision": revision}
    try:
        with transaction.atomic():
            actions.save_definition(found, **new, actor=request.user, at=request.now)
    except Stale as stale:
        return _show(request, stale.version, sent, conflict=True, status=409)
    except TransitionNotAllowed:
        return _too_late(request, found)
    return redirect(found)


def _show(request, found, sent, *, conflict=False, status=200):
    text, proposal = sent
    context = {"definition": found, "text": text, "proposal": proposal, "conflict": conflict, "wrong": status == 422}
    context["revision"] = found.revision if status != 422 else request.POST.get("revision", "")
    return render(request, "kpis/library/edit.html", context, status=status)


@require_POST
def publish(request, pk):
    found = _kept(request, pk)
    form = PublishForm(request.POST)
    try:
        done = form.is_valid() and attempt(
            form,
            lambda: actions.release_definition(found, **form.cleaned_data, actor=request.user, at=request.now),
        )
    except TransitionNotAllowed:
        return _too_late(request, found)
    if not done:
        return _ask(request, found, form, title=_("Publish %s") % found, verb=_("Publish for good"))
    messages.success(request, _("%s is published. It never changes; the next change is its next version.") % found)
    return redirect(found)


@require_POST
def retire(request, pk):
    found = _kept(request, pk)
    form = RetireForm(request.POST)
    if not form.is_valid():
        return _ask(request, found, form, title=_("Retire %s") % found, verb=_("Retire"))
    try:
        with transaction.atomic():
            actions.retire_definition(found, **form.cleaned_data, actor=request.user, at=request.now)
    except TransitionNotAllowed:
        return _too_late(request, found)
    messages.success(request, _("%s is offered no more. Agreements that took it over keep what they have.") % found)
    return redirect(found)


@require_POST
def discard(request, pk):
    found = _kept(request, pk)
    try:
        with transaction.atomic():
            actions.discard_definition(found, actor=request.user, at=request.now)
    except TransitionNotAllowed:
        return _too_late(request, found)
    messages.success(request, _("The draft is thrown away."))
    return redirect("kpis:library")


def _ask(request, found, form, **words):
    return render(request, "kpis/library/ask.html", {"form": form, "definition": found, **words}, status=422)


def _book(request):
    known = Agreement.objects.visible_to(request.user, request.now)
    return guidebook.whole_library(request.grants.organisations(*rules.LIBRARY_READERS), known, request.now)


def _readable(request):
    return Definition.objects.of(request.grants.organisations(*rules.LIBRARY_READERS)).select_related("organisation")


def _find(request, pk):
    require(rules.can_read_library(request.grants))
    found = get_object_or_404(_readable(request), pk=pk)
    require(found.published_at is not None or _keeps(request, found))
    return found


def _own(request):
    return request.grants.organisations(Role.MANAGER)


def _keeps(request, found):
    return found.organisation_id is not None and request.grants.has(found.organisation_id, Role.MANAGER)


def _kept(request, pk):
    found = _find(request, pk)
    require(_keeps(request, found))
    return found


def _too_late(request, found):
    messages.info(request, _("Somebody was faster: this definition is not as you saw it any more."))
    return redirect(found)
