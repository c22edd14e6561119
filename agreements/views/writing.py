"""Write a draft part by part: save, save by itself, settle what two wrote at once, undo, look back."""

from typing import NamedTuple

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_fsm import TransitionNotAllowed

from agreements import actions, editing, merging, rules
from agreements.forms import beside, clashes
from agreements.forms.boxes import STEPS
from agreements.forms.parts import PARTS, Page, after, before
from agreements.models import Version
from agreements.signing import Refused
from agreements.terms import dump, load
from agreements.views.editor import around, editable, faster, number_of, page_name, shell, too_late

form_view = require_http_methods(["GET", "HEAD", "POST"])


class Sent(NamedTuple):
    """A part as it was sent: the page over the text that it was made from, and that text's revision."""

    page: Page
    revision: int
    name: str

    def is_of(self, version):
        """Whether its revision is one that the version had: without it nobody knows what was changed."""
        return 0 < self.revision <= version.revision


@form_view
def edit(request, reference, label, part):
    """One part of the editor."""
    version = _opened(request, reference, label, part)
    if version.state not in rules.EDITABLE:
        return too_late(request, version)
    if request.method == "POST":
        return _save(request, version, _sent(request, version, part))
    page = Page(PARTS[part], version.read_terms(), around(version, request.now, part), None, request.GET.get("add", ""))
    return _show(request, version, Sent(page, version.revision, page_name()))


@require_POST
def autosave(request, reference, label, part):
    """A part while it is being written: the answer refreshes what stands around the form, never its fields."""
    version = _opened(request, reference, label, part)
    sent = _sent(request, version, part)
    if not sent.is_of(version):
        return HttpResponseBadRequest()
    answer = {"part": sent.page.part, "page": sent.page, "revision": sent.revision, "forms": _bound(sent.page)}
    if not sent.page.is_valid():
        return _answer(request, version, answer, status=422)
    try:
        with transaction.atomic():
            saved = _keep(request, version, sent, by_itself=True)
    except actions.Stale as stale:
        found = _conflict(stale, version)
        return _answer(request, stale.version, answer | {"conflict": found}, status=422)
    except Refused as error:
        return _answer(request, version, answer | {"refused": str(error)}, status=422)
    except TransitionNotAllowed:
        return _answer(request, version, answer | {"refused": faster(version)}, status=422)
    fresh = {"revision": saved.revision, "given": sent.page.given(saved.renamed), "saved": True}
    return _answer(request, saved, answer | fresh | {"terms": saved.read_terms()})


@require_POST
def undo(request, reference, label):
    """Take one save back, or the whole text back to how it stood after one."""
    version = editable(request, reference, label)
    number = number_of(request.POST.get("revision", ""))
    back = request.POST.get("part", "")
    back = editing.url_of([reference, label], back) if back in PARTS else editing.history_of([reference, label])
    try:
        with transaction.atomic():
            said = _taken_back(request, version, number)
    except (Refused, actions.Stale) as error:
        said = _("This was changed again since. Take the later change back first.")
        messages.warning(request, str(error) if isinstance(error, Refused) else said)
    except TransitionNotAllowed:
        return too_late(request, version)
    else:
        messages.success(request, said)
    return redirect(back)


@require_safe
def history(request, reference, label):
    """Every kept save of a draft, newest first: who, when, what changed."""
    version = editable(request, reference, label)
    rows = version.revisions.exclude(parts=[]).select_related("by")
    page = Paginator(rows, 20).get_page(request.GET.get("page"))
    numbers = {number for row in page for number in (row.number, row.number - 1)}
    texts = {each.number: each.read_terms() for each in version.revisions.filter(number__in=numbers)}
    entries = [
        {"row": row, "changes": editing.changes(texts[row.number - 1], texts[row.number])}
        for row in page
        if row.number - 1 in texts
    ]
    context = {"version": version, "agreement": version.agreement, "entries": entries, "page": page}
    return render(request, "agreements/edit/history.html", context | {"open": version.state in rules.EDITABLE})


def _opened(request, reference, label, part):
    if part not in PARTS:
        raise Http404
    return editable(request, reference, label)


def _sent(request, version, part):
    revision = number_of(request.POST.get("revision", ""))
    text = version.text_at(revision)
    terms = load(text) if text else version.read_terms()
    page = Page(PARTS[part], terms, around(version, request.now, part), request.POST)
    return Sent(page, revision, page_name(request.POST.get("page", "")))


def _save(request, version, sent):
    if not sent.page.is_valid():
        return _show(request, version, sent, status=422)
    if "propose" in request.POST:
        return _show(request, version, sent)
    if not sent.is_of(version):
        said = _("This page was not sent whole. Open it again.")
        return _show(request, version, sent, refused=said, status=422)
    if request.POST.get("state") == Version.State.DRAFT and version.state != Version.State.DRAFT:
        return _show(request, version, sent, status=409)  # they were not told yet that saving takes it back
    try:
        with transaction.atomic():
            saved = _keep(request, version, sent)
    except actions.Stale as stale:
        return _show(request, stale.version, sent, conflict=_conflict(stale, version), status=409)
    except TransitionNotAllowed:
        return too_late(request, version)
    if version.state != Version.State.DRAFT and saved.state == Version.State.DRAFT:
        said = _("Draft %s is begun. Send it to review again when it is finished.")
        messages.info(request, said % saved.draft_number)
    return redirect(_onward(request, version, sent.page))


def _keep(request, version, sent, *, by_itself=False):
    """Save what was sent; a conflict that was shown is settled by the choices sent with it."""
    terms, revision = sent.page.result(), sent.revision
    seen = number_of(request.POST.get("seen", ""))
    theirs = version.text_at(seen) if seen else None
    if theirs is not None:
        found = merging.merge(
            version.text_at(revision) or {}, dump(terms), theirs, clashes.choices(request.POST)
        )
        if found.clashes:
            raise actions.Stale(version, found)
        terms, revision = load(found.document), seen
    return actions.save_terms(
        version,
        terms=terms,
        revision=revision,
        actor=request.user,
        at=request.now,
        page=sent.name,
        by_itself=by_itself,
    )


def _taken_back(request, version, number):
    if version.state in rules.EDITABLE and version.state != Version.State.DRAFT:
        raise Refused(_("Draft %d is with its reviewers. Take it back first.") % version.draft_number)
    who = {"actor": request.user, "at": request.now}
    if "restore" not in request.POST:
        actions.undo(version, revision=number, **who)
        return _("The change is taken back.")
    text = version.text_at(number)
    if text is None:
        raise Refused(_("That text is not kept any more."))
    actions.save_terms(version, terms=load(text), revision=version.revision, **who)
    return _("The draft reads again as it did then. What was written since is in its history.")


def _conflict(stale, version):
    """Both texts of what clashes, and who wrote the other one when."""
    theirs = stale.version
    return {
        "rows": clashes.shown(stale.merge.clashes, stale.merge.document),
        "seen": theirs.revision,
        "last": theirs.revisions.select_related("by").filter(number=theirs.revision).first(),
    }


def _onward(request, version, page):
    """Where a saved page leads: to the next part, or back to this one with an empty row."""
    part, args = page.part, [version.agreement.reference, version.label]
    added = request.POST.get("add", "")
    moved, _colon, way = request.POST.get("move", "").partition(":")
    for box in page.boxes:
        for place, form in enumerate(box.formset.kept if hasattr(box, "formset") else ()):
            if form.prefix == moved and way in STEPS:
                return editing.url_of(args, part.name) + f"#{box.key}-{place}-{way}"
    row = request.POST.get("preset", "").partition(":")[0]
    if row in {form.prefix for box in page.boxes if hasattr(box, "formset") for form in box.formset}:
        return editing.url_of(args, part.name) + f"#id_{row}-mon"
    if added or "stay" in request.POST:
        key = added.partition(":")[0]
        known = {box.key for box in part.boxes}
        return editing.url_of(args, part.name) + (f"?add={added}#{key}-new" if key in known else "")
    return editing.url_of(args, after(part.name))


def _show(request, version, sent, *, conflict=None, refused="", status=200):
    part = sent.page.part
    args = [version.agreement.reference, version.label]
    context = shell(request, version, part.name)
    beside.put(sent.page, _said(context))
    context |= {
        "part": part,
        "page": sent.page,
        "page_name": sent.name,
        "previous": editing.url_of(args, before(part.name)) if before(part.name) else None,
        "revision": sent.revision,
        "conflict": conflict,
        "refused": refused,
        "forms": _bound(sent.page),
        "wrong": status == 422,
        "last": _last(request, version),
    }
    return render(request, "agreements/edit/part.html", context, status=status)


def _answer(request, version, answer, *, status=200):
    context = shell(request, version, answer["part"].name) | answer | {"last": _last(request, version)}
    context["beside"] = beside.put(answer["page"], _said(context))
    return render(request, "agreements/edit/autosaved.html", context, status=status)


def _said(context):
    """All that lint says; what is settled on the page of people stands in the margin alone."""
    found = [*context["errors"], *context["warnings"], *context["notes"]]
    return [each for each in found if not each.is_about_people]


def _last(request, version):
    """The newest save, where it is this person's own to take back."""
    last = version.revisions.filter(number=version.revision, by=request.user).exclude(parts=[]).first()
    return last if version.state == Version.State.DRAFT else None


def _bound(page):
    return [box.errors_of for box in page.boxes]
