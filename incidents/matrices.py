"""The escalation matrix of agreements in force (SOP 7), with who holds each position today; for page and paper."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.template.loader import render_to_string
from django.utils.translation import override

from agreements import tables
from agreements.models import Agreement, Version
from agreements.terms import Terms
from incidents import telling
from records import pdf


@dataclass(frozen=True)
class Sheet:
    """One agreement's matrix: rows of `tables.matrix`, positions that nobody holds, and how often it is repeated."""

    agreement: Agreement
    version: Version
    terms: Terms
    rows: list[dict]
    vacant: list[str]
    again: str


def sheets(agreements: Iterable[Agreement], now: datetime) -> list[Sheet]:
    """The matrix of each agreement that has a version in force, by reference: two queries."""
    known = Version.objects.in_force(now).filter(agreement__in=agreements)
    versions = list(known.select_related("agreement__client", "agreement__provider").order_by("agreement__reference"))
    holders = telling.holders_in([version.agreement_id for version in versions], now)
    return [_sheet(version, holders.get(version.agreement_id, {})) for version in versions]


def paper(found: list[Sheet], *, title: str, language: str, at: datetime) -> bytes:
    """The same as a PDF."""
    with override(language):
        context = {"sheets": found, "title": title, "doc": {"as_of": at.date()}}
        html = render_to_string("incidents/print/matrix.html", context)
        return pdf.render(html, title=title, language=language, at=at)


def _sheet(version: Version, holders: telling.Holders) -> Sheet:
    terms = version.read_terms()
    named = {key for level in terms.escalation.levels for key in level.positions}
    vacant = [each.title for each in terms.escalation.positions if each.key in named and each.key not in holders]
    return Sheet(version.agreement, version, terms, tables.matrix(terms, holders), vacant, tables.again(terms))
