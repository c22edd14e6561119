"""One case and its clocks, step by step."""

from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kpis import casefile, display, rules
from kpis.clockstrip import strips
from kpis.models import Indicator, Target
from kpis.views.performance import find

STEPS = 25


@require_safe
def case(request, reference, key):
    """The case that `case` names in the stream of a KPI; a number nobody knows is said so, not an error."""
    agreement = find(request, reference)
    target = target_of(agreement, key)
    number = request.GET.get("case", "").strip()[:200]
    file = casefile.find(target, number, request.now) if number and number.isprintable() else None
    context = {
        "agreement": agreement, "target": target, "number": number, "file": file,
        "may_open_deliveries": rules.can_see_deliveries(request.grants, target.indicator),
    }
    if file is not None:
        page = Paginator(casefile.story(file), STEPS).get_page(request.GET.get("page"))
        with timezone.override(ZoneInfo(file.zone)):
            context["strips"] = strips(file.clocks)
        context |= _disputable(request, agreement, target, file)
        context |= {"page": page, "clocks": [_shown(each) for each in file.clocks], "revisions": _revisions(file)}
    return render(request, "kpis/case.html", context, status=200 if file or not number else 404)


def _disputable(request, agreement, target, file):
    """The pauses that this person may dispute, and the period in whose figure they count."""
    may = file.counted and rules.claims_for_client(request.grants, agreement)
    period = casefile.period_of(target, file, request.now) if may else None
    names = {each.key: each.name for each in file.terms.pauses}
    zone = ZoneInfo(file.zone)
    rows = [
        {"pause": each, "name": names.get(each.reason, each.reason),
         "began": f"{each.start.astimezone(zone):%Y-%m-%dT%H:%M:%S}"}
        for each in file.counted
    ]  # fmt: skip
    return {"disputable": rows if period else [], "period": period}


def target_of(agreement, key):
    """The newest target of a KPI whose stream holds cases; any other has none."""
    found = Target.objects.filter(agreement=agreement, key=key, indicator__kind=Indicator.Kind.CASES)
    target = found.select_related("indicator", "version").order_by("-effective_from").first()
    if target is None:
        raise Http404
    return target


def _shown(clock):
    reading = clock.reading
    left = reading.remaining_seconds
    return {
        "clock": clock,
        "limit": display.duration(reading.limit_seconds),
        "used": display.duration(reading.elapsed_seconds, toward="up"),
        "left": display.duration(left) if left >= 0 else "",
        "over": display.duration(-left, toward="up") if left < 0 else "",
    }


def _revisions(file):
    return [{"row": row, "delivery": file.deliveries.get(row.delivery_id)} for row in file.revisions]
