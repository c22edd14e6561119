"""A target of a draft against past data: a fragment for the editor, a small page without script."""

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_GET

from agreements import rules
from agreements.forms.kpis import typed
from agreements.views.finding import find_agreement, find_version, require
from kpis import backtest as backtests


@require_GET
def backtest(request, reference, label):
    """The KPI that the editor's fields say, or the one named by `kpi` as it stands in the version."""
    version = readable(request, reference, label)
    terms, key = version.read_terms(), request.GET.get("kpi")
    kpi = next((each for each in terms.kpis if each.key == key), None) if key else typed(terms, request.GET)
    if key and kpi is None:
        raise Http404
    context = {"version": version, "agreement": version.agreement, "kpi": kpi}
    if kpi is not None:
        try:
            stream = backtests.stream(kpi, version.agreement.keeper_id, request.user, request.now)
            also = signed_targets(version, kpi)
            parts = backtests.part_streams(terms, kpi, version.agreement.keeper_id, request.user, request.now)
            context["found"] = backtests.run(terms, kpi, stream, now=request.now, also=also, parts=parts)
        except backtests.Untried as error:
            context["untried"] = str(error)
    template = "kpis/_backtest.html" if request.htmx else "kpis/backtest.html"
    return render(request, template, context)


def readable(request, reference, label):
    """A version whose draft was shown to the reader's side; strangers get 404."""
    agreement = find_agreement(request, reference)
    version = find_version(agreement, label)
    version.agreement = agreement
    if not rules.can_read_draft(request.grants, version):
        require(version.drafts.exists() or version.state in ("signing", "sealing", "executed"))
    return version


def signed_targets(version, kpi):
    """The target of the same KPI in the version that is changed, where the two can be compared."""
    signed = version.base.read_terms().kpis if version.base else []
    return [each.target for each in signed if (each.key, each.op, each.unit) == (kpi.key, kpi.op, kpi.unit)]
