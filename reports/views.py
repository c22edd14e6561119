"""The list of reports, an agreement's reports, one report with its receipts and acts."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_fsm import TransitionNotAllowed

from agreements.models import Agreement
from reports import actions, display, rules
from reports.forms import AcknowledgeForm, DisputeForm, ReissueForm
from reports.models import Report

PAGE = 50


def _visible(request):
    """The reports of the agreements that this person sees."""
    agreements = Agreement.objects.visible_to(request.user, request.now)
    return Report.objects.filter(agreement__in=agreements)


def _find(request, number):
    """The newest edition, or the one that ?edition= names."""
    if "\0" in number:
        raise Http404
    editions = (
        _visible(request)
        .filter(number=number)
        .select_related("agreement__client", "agreement__provider", "version", "document")
    )
    chosen = request.GET.get("edition", "")
    if chosen.isdecimal() and len(chosen) < 5:
        editions = editions.filter(edition=int(chosen))
    found = editions.order_by("-edition").first()
    if found is None:
        raise Http404
    return found


@require_GET
def index(request):
    """The newest edition of each report, newest period first."""
    known = _visible(request).newest().for_list()
    chosen = request.GET.get("state", "")
    if chosen in Report.State.values:
        known = known.filter(state=chosen)
    page = Paginator(known, PAGE).get_page(request.GET.get("page"))
    rows = [display.row(report) for report in page.object_list]
    context = {"page": page, "rows": rows, "chosen": chosen, "views": display.views(chosen)}
    return render(request, "reports/index.html", context)


@require_GET
def agreement(request, reference):
    """The agreement's tab."""
    found = get_object_or_404(
        Agreement.objects.visible_to(request.user, request.now).select_related("client", "provider"),
        reference=reference,
    )
    known = Report.objects.filter(agreement=found).newest().for_list()
    page = Paginator(known, PAGE).get_page(request.GET.get("page"))
    rows = [display.row(report) for report in page.object_list]
    return render(request, "reports/agreement.html", {"agreement": found, "page": page, "rows": rows})


@require_GET
def report(request, number):
    """The facts as a page: what the PDF says, as text."""
    found = _find(request, number)
    actions.mark_opened(found, actor=request.user, at=request.now)
    return _page(request, found)


def _page(request, found, status=200, **forms):
    context = display.page(found, request.user, request.now)
    newest = context["newest"]
    answering = newest and rules.can_answer(request.grants, found)
    mine = context["mine"]
    open_ = found.state in (Report.State.SHARED, Report.State.DISPUTED)
    confirmed = mine is not None and mine.acknowledged_at is not None
    context |= {
        "can_acknowledge": answering and not confirmed and (open_ or mine is not None),
        "can_dispute": answering and found.state == Report.State.SHARED,
        "can_issue": newest and rules.can_issue(request.grants, found),
        "acknowledge_form": forms.get("acknowledge") or AcknowledgeForm(),
        "dispute_form": forms.get("dispute") or DisputeForm(prefix="dispute"),
        "reissue_form": forms.get("reissue") or ReissueForm(),
    }
    return render(request, "reports/report.html", context, status=status)


@require_POST
def acknowledge(request, number):
    found = _find(request, number)
    _allow(rules.can_answer(request.grants, found))
    form = AcknowledgeForm(request.POST)
    if not form.is_valid():
        return _page(request, found, 422, acknowledge=form)
    return _act(
        request,
        found,
        _("Confirmed. The provider sees it."),
        lambda: actions.acknowledge(found, **form.cleaned_data, actor=request.user, at=request.now),
    )


@require_POST
def dispute(request, number):
    found = _find(request, number)
    _allow(rules.can_answer(request.grants, found))
    form = DisputeForm(request.POST, prefix="dispute")
    if not form.is_valid():
        return _page(request, found, 422, dispute=form)
    return _act(
        request,
        found,
        _("Disputed. The provider was told and answers with a corrected edition or here."),
        lambda: actions.dispute(found, **form.cleaned_data, actor=request.user, at=request.now),
    )


@require_POST
def reissue(request, number):
    found = _find(request, number)
    _allow(rules.can_issue(request.grants, found))
    form = ReissueForm(request.POST)
    if not form.is_valid():
        return _page(request, found, 422, reissue=form)
    return _act(
        request,
        found,
        _("The new edition is made and shared."),
        lambda: actions.reissue(found, **form.cleaned_data, actor=request.user, at=request.now),
    )


def _allow(allowed):
    if not allowed:
        raise PermissionDenied


def _act(request, found, done, act):
    try:
        act()
        messages.success(request, done)
    except TransitionNotAllowed:
        messages.info(request, _("Somebody was faster: this report was answered or replaced meanwhile."))
    return redirect("reports:report", found.number)
