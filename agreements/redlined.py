"""A comparison of two texts as a PDF: for reading on paper, not for signing."""

from datetime import datetime

from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override

from agreements import redline
from agreements.comparing import Pair
from agreements.models import Version
from records import pdf as printing


def pdf(version: Version, pair: Pair, *, at: datetime) -> bytes:
    """Figures and terms old -> new, then every clause that differs, in the agreement's language."""
    language = pair.new.terms.agreement.language
    with override(language):
        return printing.render(html(version, pair), title=title(version, pair), language=language, at=at)


def html(version: Version, pair: Pair) -> str:
    old, new = pair.old.terms, pair.new.terms
    context = {
        "title": title(version, pair),
        "version": version,
        "agreement": version.agreement,
        "terms": new,
        "pair": pair,
        "rows": redline.table(old, new),
        "clauses": [each for each in redline.clauses(old, new) if each.kind != "same"],
    }
    return render_to_string("agreements/print/redline.html", context)


def title(version: Version, pair: Pair) -> str:
    words = {"version": version, "old": pair.old.label, "new": pair.new.label}
    return _("%(version)s: %(old)s and %(new)s compared") % words
