"""The templates that agreements start from: their text, their versions, and how the next one is made."""

from django.contrib import messages
from django.db import transaction
from django.db.models import Count, OuterRef, Subquery
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_fsm import TransitionNotAllowed

from accounts.models import Organisation, Role
from agreements import actions, printing, redline, rules, templating
from agreements.forms.boxes import Around
from agreements.forms.parts import Page
from agreements.forms.templates import TEMPLATE_PARTS, PublishForm, TemplateForm
from agreements.models import Agreement, Template, Version
from agreements.signing import Refused
from agreements.views import previews
from agreements.views.catalogue import attempt
from agreements.views.finding import find_agreement, find_version, require, require_manager

form_view = require_http_methods(["GET", "HEAD", "POST"])


@require_GET
def index(request):
    require(rules.can_read_catalogue(request.grants))
    seen = Agreement.objects.visible_to(request.user, request.now)
    made = Version.objects.filter(template=OuterRef("pk"), agreement__in=seen).order_by().values("template")
    used = Subquery(made.annotate(count=Count("agreement", distinct=True)).values("count"))
    found = _readable(request).annotate(used=used).select_related("organisation").order_by("kind", "name", "-number")
    return render(request, "agreements/templates/index.html", {"templates": found})


@require_GET
def template(request, pk):
    found = _find(request, pk)
    series = list(Template.objects.series(found))
    printed = printing.document(_sample(found), _beside(found, series, request.now))
    context = printing.context(printed) | {
        "template": found,
        "series": series,
        "can_keep": _keeps(request, found),
        "can_revise": request.grants.has_anywhere(Role.MANAGER),
        "problems": templating.problems(found.read_terms()) if found.published_at is None else [],
        "publish_form": PublishForm(),
        "previous": next((each for each in series if each.number < found.number), None),
    }
    return render(request, "agreements/templates/template.html", context)


@require_GET
def preview(request, pk):
    """The SLA Template Document, as PDF, with its revision history."""
    found = _find(request, pk)
    beside = _beside(found, list(Template.objects.series(found)), request.now, watermark=_("Template"))
    return previews.answer(_sample(found), beside, str(found), f"template-{found.pk}-v{found.number}.pdf")


@require_GET
def changes(request, pk):
    """A version against the one before it."""
    found = _find(request, pk)
    before = Template.objects.series(found).filter(number__lt=found.number).first()
    if before is None:
        raise Http404
    old, new = before.read_terms(), found.read_terms()
    context = {
        "template": found,
        "rows": redline.table(old, new),
        "clauses": [each for each in redline.clauses(old, new) if each.kind != "same"],
        "old_label": _("version %d") % before.number,
        "new_label": _("version %d") % found.number,
    }
    return render(request, "agreements/templates/changes.html", context)


@form_view
def revise(request, pk):
    """Begin the next version, or an organisation's own template from the portal's."""
    found = _find(request, pk)
    require(request.grants.has_anywhere(Role.MANAGER))
    return _begin(request, found.read_terms(), found.kind, found.name, found.organisation, found)


@form_view
def from_agreement(request, reference, label):
    """Make a template of the text of an agreement, without its parties, services and dates."""
    agreement = find_agreement(request, reference)
    require_manager(request, agreement)
    version = find_version(agreement, label)
    terms = templating.from_agreement(version.read_terms())
    return _begin(request, terms, agreement.kind, agreement.title[:120], agreement.keeper, version)


def _begin(request, terms, kind, name, organisation, source):
    form = TemplateForm(
        request.POST or None,
        organisations=Organisation.objects.filter(pk__in=request.grants.organisations(Role.MANAGER)),
        initial={"name": name, "organisation": organisation},
    )
    if request.method == "POST" and form.is_valid():
        done = attempt(
            form,
            lambda: actions.draft_template(
                **form.cleaned_data, kind=kind, terms=terms, actor=request.user, at=request.now
            ),
        )
        if done:
            return redirect("agreements:edit_template", done.pk, "clauses")
    context = {"form": form, "source": source}
    return render(request, "agreements/templates/begin.html", context, status=422 if form.errors else 200)


@form_view
def edit(request, pk, part):
    """One part of a draft, with the cards of the editor."""
    found = _kept(request, pk)
    if part not in TEMPLATE_PARTS:
        raise Http404
    if found.published_at:
        return _too_late(request, found)
    terms = templating.opened(found.read_terms())
    page = Page(TEMPLATE_PARTS[part], terms, Around(terms.services), request.POST or None, request.GET.get("add", ""))
    if request.method != "POST":
        return _show(request, found, page)
    revision = request.POST.get("revision", "")
    if not page.is_valid():
        return _show(request, found, page, revision=revision, status=422)
    try:
        with transaction.atomic():
            actions.save_template(
                found,
                terms=templating.closed(page.result()),
                revision=int(revision) if revision.isdecimal() else 0,
                actor=request.user,
                at=request.now,
            )
    except actions.Stale as stale:
        return _show(request, stale.version, page, conflict=True, status=409)
    except TransitionNotAllowed:
        return _too_late(request, found)
    added = request.POST.get("add", "")
    if not added and not {"stay", "move", "preset"} & request.POST.keys():
        return redirect(found)
    here = redirect("agreements:edit_template", pk, part)
    here["Location"] += f"?add={added}#{added.partition(':')[0]}-new" if added in _adds(page) else ""
    return here


def _adds(page):
    return {value for box in page.boxes for value, _words in getattr(box, "buttons", ())}


def _show(request, found, page, *, conflict=False, revision=None, status=200):
    context = {
        "template": found,
        "part": page.part,
        "page": page,
        "parts": [(name, part.title) for name, part in TEMPLATE_PARTS.items()],
        "revision": found.revision if revision is None else revision,
        "conflict": conflict,
        "forms": [box.errors_of for box in page.boxes],
        "wrong": status == 422,
    }
    return render(request, "agreements/templates/edit.html", context, status=status)


@require_POST
def publish(request, pk):
    found = _kept(request, pk)
    form = PublishForm(request.POST)
    if not form.is_valid():
        return render(request, "agreements/templates/publish.html", {"form": form, "template": found}, status=422)
    try:
        with transaction.atomic():
            actions.release_template(found, **form.cleaned_data, actor=request.user, at=request.now)
    except Refused as error:
        form.add_error(None, str(error))
        return render(request, "agreements/templates/publish.html", {"form": form, "template": found}, status=422)
    except TransitionNotAllowed:
        return _too_late(request, found)
    messages.success(request, _("%s is published. It never changes; the next change is its next version.") % found)
    return redirect(found)


@require_POST
def retire(request, pk):
    found = _kept(request, pk)
    try:
        with transaction.atomic():
            actions.retire_template(found, actor=request.user, at=request.now)
    except TransitionNotAllowed:
        return _too_late(request, found)
    messages.success(request, _("%s is offered no more. Agreements made from it keep it.") % found)
    return redirect(found)


@require_POST
def discard(request, pk):
    found = _kept(request, pk)
    try:
        with transaction.atomic():
            actions.discard_template(found, actor=request.user, at=request.now)
    except TransitionNotAllowed:
        return _too_late(request, found)
    messages.success(request, _("The draft is thrown away."))
    return redirect("agreements:templates")


def _readable(request):
    return Template.objects.of(request.grants.organisations(*rules.READERS))


def _find(request, pk):
    require(rules.can_read_catalogue(request.grants))
    return get_object_or_404(_readable(request).select_related("organisation"), pk=pk)


def _keeps(request, found):
    return found.organisation_id is not None and request.grants.has(found.organisation_id, Role.MANAGER)


def _kept(request, pk):
    found = _find(request, pk)
    require(_keeps(request, found))
    return found


def _too_late(request, found):
    messages.info(request, _("Somebody was faster: this template is not as you saw it any more."))
    return redirect(found)


def _sample(found):
    return templating.sample(found.read_terms(), found.name, found.number)


def _beside(found, series, now, *, watermark=""):
    """What is printed beside a template: its own revision history, as of the day it was published."""
    rows = [
        printing.Revision(
            str(each.number), each.published_at.date(), each.description, each.author, each.published_at.date()
        )
        for each in series
        if each.published_at and each.number <= found.number
    ]
    return printing.Facts(as_of=found.published_at or now, revisions=rows, watermark=watermark)
