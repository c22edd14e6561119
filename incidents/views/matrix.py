"""The escalation matrix of one agreement and of all one sees, as page and as PDF."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from agreements.models import Agreement
from incidents import matrices


@require_GET
def agreement(request, reference):
    found = _agreement(request, reference)
    return render(request, "incidents/matrix.html", {"agreement": found} | _context(request, [found]))


@require_GET
def agreement_paper(request, reference):
    found = _agreement(request, reference)
    title = _("Escalation matrix of %s") % found.reference
    return _pdf(request, [found], title, f"{found.reference}-escalation.pdf")


@require_GET
def portfolio(request):
    known = Agreement.objects.visible_to(request.user, request.now)
    return render(request, "incidents/matrices.html", _context(request, known))


@require_GET
def portfolio_paper(request):
    known = Agreement.objects.visible_to(request.user, request.now)
    return _pdf(request, known, _("Escalation matrix"), "escalation.pdf")


def _context(request, agreements):
    return {"sheets": matrices.sheets(agreements, request.now), "doc": {"as_of": request.now.date()}}


def _agreement(request, reference):
    return get_object_or_404(Agreement.objects.visible_to(request.user, request.now), reference=reference)


def _pdf(request, agreements, title, filename):
    sheets = matrices.sheets(agreements, request.now)
    content = matrices.paper(sheets, title=title, language=request.user.language, at=request.now)
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{filename}"'
    return answer
