"""What answers what: requirements against targets and clauses, both ways."""

from django.shortcuts import render
from django.views.decorators.http import require_GET

from agreements import catalogue, lives, rules, signing_rules, tracing
from agreements.lifecycle import version_word
from agreements.views.finding import find_agreement, find_version, require
from agreements.views.repository import head


@require_GET
def trace(request, reference, label):
    agreement = find_agreement(request, reference)
    version = find_version(agreement, label)
    require(signing_rules.can_read(request.grants, version))
    terms = version.read_terms()
    numbers = [each.number for each in terms.requirements]
    mine = catalogue.requirements_for(request.user, request.grants.organisations(*rules.READERS))
    parts = tracing.kpis(terms) + tracing.clauses(terms)
    context = head(request, agreement) | {
        "version": version,
        "word": version_word(lives.life_of(version), request.now),
        "traces": tracing.traces(terms),
        # Who was not asked reads a requirement here, but has no page of it.
        "readable": set(mine.filter(number__in=numbers).values_list("number", flat=True)),
        "open": len(tracing.unanswered(terms)),
        "parts": [part for part in parts if part.answers or not part.is_clause],
        "can_fix": rules.can_edit(request.grants, version) and version.state in rules.EDITABLE,
    }
    return render(request, "agreements/trace.html", context)
