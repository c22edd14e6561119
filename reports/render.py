"""Facts -> HTML -> sealed PDF with the facts inside. Nothing but the facts decides what is printed."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from records import pdf as printing
from records import sealing
from reports import sheet
from reports.facts import canonical, digest

ATTACHED = "report-facts.json"


def html(facts: Mapping[str, Any]) -> str:
    """The printed report in the agreement's language and zone."""
    agreement = facts["agreement"]
    with override(agreement["language"]), timezone.override(ZoneInfo(agreement["timezone"])):
        context = sheet.build(facts) | {"facts_sha256": digest(dict(facts)), "verify": f"{settings.SITE_URL}/verify/"}
        return render_to_string("reports/print/report.html", context)


def pdf(facts: Mapping[str, Any]) -> bytes:
    """The sealed PDF/A-3 of the facts, which are attached to it."""
    agreement, at = facts["agreement"], sheet.instant(facts["compiled_at"])
    assert at is not None
    with override(agreement["language"]):
        title = sheet.build(facts)["title"]
        inside = printing.Attachment(ATTACHED, canonical(dict(facts)), str(_("The facts of this report")))
        bare = printing.render(html(facts), title=title, language=agreement["language"], at=at, attachments=[inside])
        return sealing.seal(bare, reason=str(_("Report compiled by the portal")), at=at)


def words(facts: Mapping[str, Any]) -> str:
    """The report's bare words, for search."""
    return printing.words(html(facts))
