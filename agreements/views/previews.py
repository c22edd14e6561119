"""What a text looks like on paper before anybody signs it: the same printing, marked on every page."""

from dataclasses import replace

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from agreements import facts, paper, printing, signing_rules
from agreements.views.finding import find_agreement, find_version, require
from records import pdf


@require_GET
def version(request, reference, label):
    """A version that is not frozen; what is frozen has its one PDF in the vault."""
    agreement = find_agreement(request, reference)
    found = find_version(agreement, label)
    require(signing_rules.can_read(request.grants, found))
    if found.terms_sha256:
        raise Http404
    beside = replace(facts.of_version(found, request.now), watermark=_("Draft, not signed"))
    return answer(found.read_terms(), beside, paper.title(found), f"{reference}-{label}-draft.pdf")


def answer(terms, beside, title, filename):
    content = pdf.render(
        printing.html(terms, beside), title=title, language=terms.agreement.language, at=beside.as_of
    )
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{filename}"'
    return response
