"""The parts of the terms in the words of the document, for whoever comments on and approves them (no ORM)."""

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _

from agreements import sections
from agreements.terms import Terms


def names(terms: Terms) -> dict[str, str]:
    """Part -> its title: a clause by its own, a section of figures by that of its table."""
    return _sections() | {f"clause:{clause.id}": clause.title for clause in terms.clauses}


def of(terms: Terms, parts: Iterable[str]) -> list[str]:
    """The titles of these parts, each once: a clause and the table in it have the same."""
    known = names(terms)
    return list(dict.fromkeys(name(known, part) for part in parts))


def name(known: Mapping[str, str], part: str) -> str:
    return known.get(part) or part.removeprefix("clause:")


def _sections() -> dict[str, str]:
    topics = {
        "parties": "parties",
        "services": "services",
        "kpis": "levels",
        "priorities": "priorities",
        "calendars": "hours",
        "workload": "workload",
        "exclusions": "exclusions",
        "maintenance": "maintenance",
        "credits": "credits",
        "crediting": "credits",
        "duties": "duties",
        "reporting": "reporting",
        "escalation": "escalation",
        "signatories": "signatures",
    }
    return {part: sections.title_of(topic) for part, topic in topics.items()} | {
        "agreement": _("Title, time zone and currency"),
        "requirements": _("Requirements"),
        "pauses": _("Reasons to pause"),
        "review": _("Reviews"),
        "term": _("Term and notice"),
        "clauses": _("Order of the clauses"),
    }
