"""What upper apps know of the rows of the list of agreements: how the KPIs do this month, when the next review is."""

from django.shortcuts import render
from django.views.decorators.http import require_GET

from agreements.models import Agreement
from kpis import board, reading
from kpis.windows import window_of
from reviews import schedule

MOST_ROWS = 50


@require_GET
def list_figures(request):
    """Cells that htmx puts into the page of the list, for the agreements that the address names."""
    asked = [each for each in request.GET.getlist("id")[:MOST_ROWS] if each.isascii() and each.isdecimal()]
    seen = Agreement.objects.visible_to(request.user, request.now)
    agreements = list(seen.filter(pk__in=[int(each) for each in asked if len(each) < 10]))
    verdicts = board.verdicts(agreements, window_of("month", "UTC", request.now).label)
    due = schedule.all_due(seen.filter(pk__in=[each.pk for each in agreements]), request.now)
    reviews = {each.agreement.pk: each for each in due}
    rows = [
        {
            "agreement": each,
            "counts": reading.tally(verdicts[each.pk]) if each.pk in verdicts else None,
            "review": (review := reviews.get(each.pk)),
            "overdue": review is not None and review.is_overdue(request.now),
        }
        for each in agreements
    ]
    return render(request, "slaportal/_list_figures.html", {"rows": rows})
