"""The escalation matrix of agreements in force (SOP 7), with who holds each position today; for page and paper."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.template.loader import render_to_string
from django.utils.translation import override

from agreements import people, tables
from agreements.models import Agreement, Roster, Turn, Version
from agreements.terms import Terms
from records import pdf


@dataclass(frozen=True)
class Sheet:
    """One agreement's matrix: rows of `tables.matrix`, positions that nobody holds, and how often it is repeated.

    `gaps` are (title, roster, turn) of positions whose roster has nobody on duty for a time that is near.
    """

    agreement: Agreement
    version: Version
    terms: Terms
    rows: list[dict]
    vacant: list[str]
    gaps: list[tuple[str, Roster, Turn]]
    again: str


def sheets(agreements: Iterable[Agreement], now: datetime) -> list[Sheet]:
    """The matrix of each agreement that has a version in force, by reference: two queries, three with rosters."""
    known = Version.objects.in_force(now).filter(agreement__in=agreements)
    versions = list(known.select_related("agreement__client", "agreement__provider").order_by("agreement__reference"))
    holders = people.held_in([version.agreement_id for version in versions], now)
    return [_sheet(version, holders.get(version.agreement_id, {})) for version in versions]


def paper(found: list[Sheet], *, title: str, language: str, at: datetime) -> bytes:
    """The same as a PDF."""
    with override(language):
        context = {"sheets": found, "title": title, "doc": {"as_of": at.date()}}
        html = render_to_string("incidents/print/matrix.html", context)
        return pdf.render(html, title=title, language=language, at=at)


def _sheet(version: Version, holders: Mapping[str, people.Held]) -> Sheet:
    terms = version.read_terms()
    named = {key for level in terms.escalation.levels for key in level.positions}
    used = [each for each in terms.escalation.positions if each.key in named]
    vacant = [each.title for each in used if each.key not in holders]
    by_roster = [(each.title, holders[each.key]) for each in used if each.key in holders]
    gaps = [(title, held.roster, held.gap) for title, held in by_roster if held.roster and held.gap]
    rows = tables.matrix(terms, holders)
    return Sheet(version.agreement, version, terms, rows, vacant, gaps, tables.again(terms))
