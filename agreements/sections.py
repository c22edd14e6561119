"""The numbered sections of a printed agreement: clauses in their order, each with the table of its topic.

A table stands in the clause that speaks of it, so that nobody reads the same thing in two places; a table
that no clause speaks of gets a section of its own behind them. Signatures are the last section.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from agreements import clauses
from agreements.terms import Clause, Terms

FOLDER = "agreements/print/sections"
# Topic (the template's name) -> ids of clauses that speak of it.
TOPICS = {
    "parties": ("parties",),
    "services": ("services",),
    "levels": ("levels",),
    "priorities": ("priorities",),
    "hours": ("support", "hours"),
    "workload": ("workload",),
    "exclusions": ("exclusions",),
    "maintenance": ("maintenance",),
    "credits": ("credits",),
    "duties": ("duties",),
    "reporting": ("reporting",),
    "escalation": ("escalation",),
    "review": ("term", "review"),
    "signatures": ("signatures",),
}
# These open the document when no clause speaks of them; the others follow the clauses.
FIRST = ("parties", "services")


@dataclass(frozen=True)
class Section:
    """A numbered section or an annex: text in numbered paragraphs, then the table of a topic, if any."""

    anchor: str
    number: str
    title: str
    topic: str = ""
    paragraphs: Sequence[str] = ()

    @property
    def template(self) -> str:
        return f"{FOLDER}/{self.topic}.html" if self.topic else ""

    @property
    def has_text(self) -> bool:
        """Whether the parties' own words stand here, so that the usual sentences are left out."""
        return bool(self.paragraphs)

    @property
    def after(self) -> int:
        """The number of the last paragraph: what a table numbers goes on from here."""
        return len(self.paragraphs)


def numbered(terms: Terms) -> list[Section]:
    """The sections that this agreement has, in order; a topic without content is left out."""
    return [
        replace(section, paragraphs=clauses.blocks(clause, terms)) if clause else section
        for section, clause in _headed(terms)
    ]


def headings(terms: Terms) -> list[Section]:
    """The same sections without their text, for who asks where something stands: no clause is read."""
    return [section for section, _clause in _headed(terms)]


def annexes() -> list[Section]:
    found = [
        ("annex-requirements", _("Requirements"), "requirements"),
        ("annex-recipients", _("Report recipients"), "recipients"),
        ("annex-matrix", _("Escalation matrix and contacts"), "matrix"),
        ("annex-history", _("Revision history"), "history"),
    ]
    return [Section(anchor, letter, *rest) for letter, (anchor, *rest) in zip("ABCD", found, strict=True)]


def _headed(terms: Terms) -> Iterator[tuple[Section, Clause | None]]:
    for number, (anchor, title, topic, clause) in enumerate(_ordered(terms), 1):
        yield Section(anchor, str(number), title, topic), clause


def _ordered(terms: Terms) -> Iterator[tuple[str, str, str, Clause | None]]:
    topics = _present(terms)
    spoken = {clause.id: topic for topic, names in TOPICS.items() for clause in terms.clauses if clause.id in names}
    alone = [topic for topic in topics if topic not in spoken.values()]
    yield from ((topic, title_of(topic), topic, None) for topic in alone if topic in FIRST)
    last: list[tuple[str, str, str, Clause | None]] = []
    for clause in terms.clauses:
        topic = spoken.get(clause.id, "")
        row = (f"clause-{clause.id}", clause.title, topic if topic in topics else "", clause)
        if topic == "signatures":
            last.append(row)
        else:
            yield row
    behind = [topic for topic in alone if topic not in FIRST and topic != "signatures"]
    yield from ((topic, title_of(topic), topic, None) for topic in behind)
    yield from last or [("signatures", title_of("signatures"), "signatures", None)]


def _present(terms: Terms) -> list[str]:
    """The topics that have something to say, in the order of the document."""
    content = {
        "services": terms.services,
        "levels": terms.kpis,
        "priorities": terms.priorities,
        "hours": terms.calendars,
        "workload": terms.workload,
        "exclusions": terms.exclusions,
        "maintenance": terms.maintenance,
        "credits": terms.credits,
        "duties": terms.duties,
        "escalation": terms.escalation.levels,
    }
    return [topic for topic in TOPICS if content.get(topic, True)]


def title_of(topic: str) -> str:
    return {
        "parties": _("Parties"),
        "services": _("Services"),
        "levels": _("Service levels"),
        "priorities": _("Priorities and times"),
        "hours": _("Service hours"),
        "workload": _("Limits of the workload"),
        "exclusions": _("What does not count"),
        "maintenance": _("Maintenance"),
        "credits": _("Service credits"),
        "duties": _("Duties of the client"),
        "reporting": _("Reporting"),
        "escalation": _("Escalation"),
        "review": _("Review, term and notice"),
        "signatures": _("Signatures"),
    }[topic]
