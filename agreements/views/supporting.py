"""What stands behind an agreement, for the provider's side alone: the client must not see supplier contracts."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from agreements import actions, rules, supporting
from agreements.forms.kpis import typed
from agreements.forms.support import SupportForm
from agreements.models import Agreement
from agreements.signing import Refused
from agreements.views.finding import find_agreement, find_version, require
from agreements.views.repository import head


@require_http_methods(["GET", "HEAD", "POST"])
def support(request, reference):
    """The supporters with the arithmetic; a manager links another one."""
    agreement = find_agreement(request, reference)
    require(rules.can_read_support(request.grants, agreement))
    links = rules.can_link_support(request.grants, agreement)
    require(links or request.method != "POST")
    versions = list(agreement.versions.exclude(state="abandoned"))
    shown = supporting.version_of(agreement, versions, request.now)
    if shown is None:
        raise Http404
    terms = shown.read_terms()
    visible = Agreement.objects.visible_to(request.user, request.now)
    form = SupportForm(
        request.POST or None, candidates=supporting.candidates(agreement, visible), terms=terms,
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.link_support(agreement, **form.link, actor=request.user, at=request.now)
        except Refused as error:
            form.add_error(error.place or None, str(error))
        else:
            messages.success(request, _("%s stands behind this agreement now.") % made.by.reference)
            return redirect("agreements:support", reference)
    known = supporting.about(request.grants, agreement, terms, request.now)
    context = head(request, agreement) | known | {"form": form, "shown": shown, "can_link": links}
    return render(request, "agreements/support.html", context, status=422 if form.errors else 200)


@require_POST
def unlink(request, reference, pk):
    agreement = find_agreement(request, reference)
    require(rules.can_link_support(request.grants, agreement))
    found = get_object_or_404(agreement.supports.select_related("by"), pk=pk)
    actions.unlink_support(found, actor=request.user, at=request.now)
    messages.success(request, _("%s stands behind this agreement no longer.") % found.by.reference)
    return redirect("agreements:support", reference)


@require_GET
def feasible(request, reference, label):
    """What can be said of the KPI as the editor's fields say it: a fragment, empty without supporters."""
    agreement = find_agreement(request, reference)
    version = find_version(agreement, label)
    version.agreement = agreement
    require(rules.can_read_support(request.grants, agreement))
    terms = version.read_terms()
    kpi = typed(terms, request.GET)
    if kpi is not None:
        terms.kpis = [kpi]
    lines = supporting.lines(agreement, terms, request.now)
    shown = [each for each in lines if kpi is None or each.place.startswith("kpis.")]
    return render(request, "agreements/edit/_feasible.html", {"lines": shown})
