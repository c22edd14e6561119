"""Every claim of an agreement: exclusions, corrections, disputes."""

from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from kpis import claimlist, claims, exclusions, rules
from kpis.models import Period
from kpis.reading import Reading
from kpis.views.offering import visible

PAGE = 50


@require_GET
def index(request, reference):
    """The claims that a filter asks for, newest first."""
    agreement = get_object_or_404(visible(request).select_related("provider", "client"), reference=reference)
    chosen = claimlist.Chosen.read(request.GET)
    every = claimlist.rows(agreement)
    page = Paginator([row for row in every if chosen.matches(row)], PAGE).get_page(request.GET.get("page"))
    return render(request, "kpis/claims.html", {
        "agreement": agreement,
        "page": page,
        "rows": page.object_list,
        "chosen": chosen,
        "views": claimlist.views(every, chosen),
        "kpis": sorted({key for row in every for key in row.kpis}),
        "any": bool(every),
        "can_exclude": rules.claims_for_provider(request.grants, agreement),
    })


def beside(request, reading: Reading):
    """What a KPI's page shows of claims beside the figure of a period, and what this person may claim."""
    period, target = reading.period, reading.period.target
    provider = rules.claims_for_provider(request.grants, target.agreement)
    corrections = list(claims.corrections(period))
    return {
        "excluded": claims.excluded(reading),
        "corrections": corrections,
        "disputes": list(claims.disputes(period)),
        "disputed": claims.disputed(target.agreement, [period]).get(period.pk, []),
        "differences": _editions(reading),
        "can_exclude": provider and any(exclusions.takes(target, term["key"]) for term in target.spec["exclusions"]),
        "can_correct": provider and period.state == Period.State.CLOSED
        and not any(each.state in each.OPEN for each in corrections),
        "can_deliver_again": provider and period.state != Period.State.CLOSED,
        "can_dispute": rules.claims_for_client(request.grants, target.agreement),
    }


def _editions(reading: Reading):
    """The newest edition beside the one before; empty while there is only one."""
    results = list(reading.period.results.all())
    if len(results) < 2:
        return []
    return claims.difference(results[-2].outcome, results[-1].outcome, reading)
