"""Start an agreement and write it, part by part."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_fsm import TransitionNotAllowed

from accounts.models import Organisation, Role
from agreements import actions, catalogue, checks, editing, lint, redline, rules, supporting
from agreements.forms.boxes import Around
from agreements.forms.drafting import GiveUpForm, NewForm, ReviewersForm
from agreements.forms.parts import PARTS, Page, after, before
from agreements.models import Requirement, Service, Version
from agreements.signing import Refused
from agreements.views.finding import find_agreement, find_version, require

form_view = require_http_methods(["GET", "HEAD", "POST"])


@form_view
def new(request):
    """Start an agreement from a template."""
    require(rules.can_draft(request.grants))
    own = request.grants.organisations(Role.MANAGER)
    form = NewForm(
        request.POST or None,
        providers=Organisation.objects.filter(pk__in=own),
        clients=catalogue.clients(own),
        initial={"services": request.GET.getlist("service")},
    )
    if request.method == "POST" and form.is_valid():
        try:
            fields = form.cleaned_data
            version = actions.draft(**fields, kind=fields["template"].kind, actor=request.user, at=request.now)
        except Refused as error:
            form.add_error(error.place or None, str(error))
        else:
            return redirect("agreements:edit", version.agreement.reference, version.label, "parties")
    return render(request, "agreements/new.html", {"form": form}, status=422 if form.errors else 200)


@form_view
def edit(request, reference, label, part):
    """One part of the editor."""
    if part not in PARTS:
        raise Http404
    version = _editable(request, reference, label)
    if version.state not in rules.EDITABLE:
        return _too_late(request, version)
    page = Page(PARTS[part], version.read_terms(), _around(version), request.POST or None, request.GET.get("add", ""))
    if request.method == "POST":
        return _save(request, version, page)
    return _show(request, version, page)


def _save(request, version, page):
    revision = request.POST.get("revision", "")
    if not page.is_valid():
        return _show(request, version, page, revision=revision, status=422)
    terms = page.result()
    try:
        with transaction.atomic():
            saved = actions.save_terms(
                version,
                terms=terms,
                revision=int(revision) if revision.isdecimal() else 0,
                actor=request.user,
                at=request.now,
            )
    except actions.Stale as stale:
        theirs = stale.version.read_terms()
        conflict = {"rows": redline.table(theirs, terms), "clauses": _changed_clauses(theirs, terms)}
        return _show(request, stale.version, page, conflict=conflict, status=409)
    except TransitionNotAllowed:
        return _too_late(request, version)
    if version.state != Version.State.DRAFT and saved.state == Version.State.DRAFT:
        said = _("Draft %s is begun. Send it to review again when it is finished.")
        messages.info(request, said % saved.draft_number)
    return redirect(_onward(request, version, page.part))


def _onward(request, version, part):
    """Where a saved page leads: to the next part, or back to this one with an empty row."""
    args = [version.agreement.reference, version.label]
    added = request.POST.get("add", "")
    if added or "stay" in request.POST:
        key = added.partition(":")[0]
        known = {box.key for box in part.boxes}
        return editing.url_of(args, part.name) + (f"?add={added}#{key}-new" if key in known else "")
    return editing.url_of(args, after(part.name))


def _show(request, version, page, *, conflict=None, revision=None, status=200):
    part = page.part
    args = [version.agreement.reference, version.label]
    context = _shell(request, version, part.name) | {
        "part": part,
        "page": page,
        "previous": editing.url_of(args, before(part.name)) if before(part.name) else None,
        "revision": version.revision if revision is None else revision,
        "conflict": conflict,
        "forms": [box.errors_of for box in page.boxes],
        "wrong": status == 422,
    }
    return render(request, "agreements/edit/part.html", context, status=status)


@form_view
def check(request, reference, label):
    """The last part: what lint says, what changes, who reviews; sends the draft to review."""
    version = _editable(request, reference, label)
    if version.state not in rules.EDITABLE:
        return _too_late(request, version)
    form = ReviewersForm(
        request.POST or None, agreement=version.agreement, at=request.now, initial=ReviewersForm.initial_of(version)
    )
    if request.method == "POST" and form.is_valid():
        try:
            sent = actions.submit(
                version,
                reviewers=form.reviewers,
                message=form.cleaned_data["message"],
                actor=request.user,
                at=request.now,
            )
        except Refused as error:
            form.add_error(None, str(error))
        except TransitionNotAllowed:
            return _too_late(request, version)
        else:
            messages.success(request, _("Draft %s is with its reviewers.") % sent.draft_number)
            return redirect("agreements:review", reference, label)
    terms, base = version.read_terms(), _base(version)
    context = _shell(request, version, editing.CHECK) | {
        "form": form,
        "rows": redline.table(base, terms) if base else [],
        "anew": redline.judged_anew(base, terms),
        "clauses": _changed_clauses(base, terms) if base else [],
        "summary": editing.summary(terms, [reference, label]),
        "feasible": supporting.lines(version.agreement, terms, request.now),
        "previous": editing.url_of([reference, label], before(editing.CHECK)),
        "give_up": GiveUpForm(),
    }
    return render(request, "agreements/edit/check.html", context, status=422 if form.errors else 200)


@form_view
def abandon(request, reference, label):
    """Give a draft up for good."""
    version = _editable(request, reference, label)
    form = GiveUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.abandon(version, **form.cleaned_data, actor=request.user, at=request.now)
        except Refused as error:
            form.add_error(error.place or None, str(error))
        except TransitionNotAllowed:
            return _too_late(request, version)
        else:
            messages.success(request, _("%s is given up.") % version)
            return redirect(version.agreement)
    return render(
        request,
        "agreements/edit/abandon.html",
        {"form": form, "version": version, "agreement": version.agreement},
        status=422 if form.errors else 200,
    )


def _editable(request, reference, label):
    agreement = find_agreement(request, reference)
    version = find_version(agreement, label)
    version.agreement = agreement  # with both parties loaded
    require(rules.can_edit(request.grants, version))
    return version


def _too_late(request, version):
    version = Version.objects.select_related("agreement").get(pk=version.pk)
    messages.info(
        request,
        _("Somebody was faster: %(version)s is “%(state)s” now.")
        % {
            "version": version,
            "state": version.get_state_display(),
        },
    )
    return redirect(version.agreement)


def _around(version):
    agreement = version.agreement
    services = Service.objects.filter(organisation=agreement.provider)
    keys = [service["key"] for service in version.terms["services"]]
    requirements = Requirement.objects.filter(
        service__organisation=agreement.provider, service__key__in=keys, client=agreement.client
    ).select_related("asked_of", "question")
    return Around(list(services), list(requirements))


def _base(version):
    return version.base.read_terms() if version.base else None


def _changed_clauses(old, new):
    return [each for each in redline.clauses(old, new) if each.kind != "same"]


def _shell(request, version, current):
    """What every page of the editor shows around its part."""
    args = [version.agreement.reference, version.label]
    terms = version.read_terms()
    findings = checks.findings(version, request.now, terms=terms)
    parts = [(name, part.title) for name, part in PARTS.items()]
    changed = editing.changes_by_part(_base(version), terms)
    names = [*PARTS, editing.CHECK]
    where = _("Part %(number)d of %(all)d: %(name)s") % {
        "number": names.index(current) + 1,
        "all": len(names),
        "name": PARTS[current].title if current in PARTS else _("Review and check"),
    }
    return {
        "version": version,
        "agreement": version.agreement,
        "where": where,
        "steps": editing.steps(parts, current, findings=findings, changed=changed, args=args),
        "supported_by": version.agreement.supports.live().exists(),
        "errors": lint.errors(findings),
        "warnings": lint.warnings(findings),
        "notes": lint.notes(findings),
        "sent": version.drafts.order_by("-number").values_list("number", flat=True).first(),
    }
