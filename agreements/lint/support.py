"""Whether the OLAs and UCs behind an agreement can carry it.

Warnings, not errors: a provider may bear the risk itself, and the number of errors is shown to the client, who must
not learn of its suppliers.
"""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from agreements import feasibility
from agreements.lint.finding import Facts, Finding, warning
from agreements.terms import Terms


def supported(terms: Terms, facts: Facts) -> Iterator[Finding]:
    for line in feasibility.check(terms, facts.supports, facts.today):
        words = {"about": line.about, "text": line.text}
        if line.verdict == feasibility.SHORT:
            yield warning("not-supported", line.place, _("Not supported: %(about)s. %(text)s") % words)
        elif line.verdict == feasibility.UNKNOWN:
            yield warning("support-unknown", line.place, _("Support cannot be judged: %(about)s. %(text)s") % words)


RULES = [supported]
