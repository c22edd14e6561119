"""The printed agreement: terms and the facts around them -> HTML, for the PDF and for the page alike.

The order is that of the printed model: cover, contents, the text in numbered sections, signatures, annexes.
Nothing here reads the time or a table: the same input gives the same bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from agreements import sections, sentences, tables, tracing
from agreements.sections import Section
from agreements.terms import Terms


@dataclass(frozen=True)
class Contact:
    """Who holds a position on the day of the print; not part of the signed terms."""

    position: str
    name: str
    email: str  # empty for a duty roster


@dataclass(frozen=True)
class Revision:
    """One line of the revision history."""

    label: str
    holds_from: date | None
    why: str
    author: str
    signed_on: date | None = None


@dataclass(frozen=True)
class Facts:
    """What is printed beside the terms, as of one day."""

    as_of: datetime
    sha256: str = ""
    contacts: Sequence[Contact] = ()
    revisions: Sequence[Revision] = ()
    verify_url: str = ""
    # Across every page of what nobody has signed.
    watermark: str = ""


@dataclass(frozen=True)
class Document:
    """Everything a template needs to print an agreement."""

    terms: Terms
    facts: Facts
    sections: list[Section] = field(default_factory=list)
    annexes: list[Section] = field(default_factory=list)

    def number_of(self, topic: str) -> str:
        """The number of the section on a topic, for "clause 9" in another one; "–" when there is none."""
        return next((each.number for each in self.sections if each.topic == topic), "–")

    @property
    def contents(self) -> list[list[tuple[str, str]]]:
        """Anchor and words of every section and annex, in two columns. To let the typesetter balance them would take
        a third of the whole document's time."""
        lines = [(each.anchor, f"{each.number} {each.title}") for each in self.sections]
        lines += [(each.anchor, f"{_('Annex')} {each.number} {each.title}") for each in self.annexes]
        middle = (len(lines) + 1) // 2
        return [lines[:middle], lines[middle:]]

    @property
    def services_in(self) -> str:
        return self.number_of("services")

    @property
    def escalation_in(self) -> str:
        return self.number_of("escalation")

    @property
    def kind(self) -> str:
        return {
            "sla": _("Service level agreement"),
            "ola": _("Operational level agreement"),
            "uc": _("Underpinning contract"),
        }[self.terms.agreement.kind]

    @property
    def number(self) -> str:
        return self.terms.agreement.version.removeprefix("v")

    @property
    def as_of(self) -> str:
        zone = ZoneInfo(self.terms.agreement.timezone)
        return date_format(self.facts.as_of.astimezone(zone).date(), "j F Y")


def document(terms: Terms, facts: Facts) -> Document:
    """Number the sections that this agreement has; empty ones are left out, signatures never."""
    return Document(terms, facts, sections.numbered(terms), sections.annexes())


def html(terms: Terms, facts: Facts) -> str:
    """The whole document as one HTML text for the PDF, in the agreement's language."""
    with override(terms.agreement.language):
        printed = document(terms, facts)
        return render_to_string("agreements/print/sla.html", context(printed))


def context(printed: Document) -> dict:
    """What the templates of the sections read; the web page of the document uses them as well."""
    terms = printed.terms
    return {
        "doc": printed,
        "terms": terms,
        "facts": printed.facts,
        "responsible": tables.responsible(terms),
        "intervals": tables.intervals(terms),
        "renewal": tables.renewal(terms),
        "levels": levels(terms, printed),
        "calendars": tables.calendars(terms),
        "priorities": tables.priorities(terms),
        "exclusions": tables.exclusions(terms),
        "credits": tables.credits(terms),
        "credits_together": tables.together(terms),
        "matrix": tables.matrix(terms, {contact.position: contact for contact in printed.facts.contacts}),
        "again": tables.again(terms),
        "seats": tables.seats(terms),
        "requirements": requirements(terms),
        "recipients": tables.recipients(terms),
        "held_from": tables.day(terms.term.effective_from),
        "ends_on": tables.day(terms.term.ends_on) if terms.term.ends_on else "",
        "short": short_hash(printed.facts.sha256),
    }


def levels(terms: Terms, printed: Document) -> list[dict]:
    """The rows of the KPI table, each with what its target means in plain words."""
    rows = tables.levels(terms, credits_in=printed.number_of("credits"))
    return [row | {"sentence": sentences.sentence(terms, row["kpi"])} for row in rows]


def requirements(terms: Terms) -> list[dict]:
    """Each requirement with the KPIs and the clauses that answer it."""
    return [
        {
            "requirement": each.requirement,
            "answered": [kpi.number for kpi in each.kpis]
            + [_("clause %s") % clause.number for clause in each.clauses],
        }
        for each in tracing.traces(terms)
    ]


def short_hash(sha256: str) -> str:
    """The ends of a hash in groups of four, for a footer."""
    return f"{sha256[:4]} {sha256[4:8]} … {sha256[-4:]}" if sha256 else ""

