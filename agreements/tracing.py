"""Which targets and clauses answer which requirement, and the other way round (no ORM).

A KPI lists the requirements that it answers. A clause answers one by naming its number, "R7", in its text: the
terms need no field for it, and what was signed keeps its hash.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agreements import sections
from agreements.terms import Clause, Kpi, RequirementTerm, Terms

NUMBER = re.compile(r"\bR[1-9][0-9]{0,8}\b")


@dataclass(frozen=True)
class Part:
    """A target or a clause: its number in the document, its name, where it stands, what it answers."""

    number: str
    name: str
    anchor: str
    answers: tuple[str, ...]
    is_clause: bool = False


@dataclass(frozen=True)
class Trace:
    """A requirement with everything that answers it."""

    requirement: RequirementTerm
    kpis: tuple[Part, ...]
    clauses: tuple[Part, ...]

    @property
    def is_open(self) -> bool:
        return not self.kpis and not self.clauses


def named(clause: Clause) -> tuple[str, ...]:
    """The numbers of requirements in the text of a clause, each once."""
    return tuple(dict.fromkeys(NUMBER.findall(f"{clause.title} {clause.body}")))


def kpis(terms: Terms) -> list[Part]:
    levels = next((each.anchor for each in sections.headings(terms) if each.topic == "levels"), "")
    return [Part(kpi.key, kpi.name, levels, _known(terms, kpi.requirements)) for kpi in terms.kpis]


def clauses(terms: Terms) -> list[Part]:
    """Every clause under the number that it has in the document."""
    numbers = {section.anchor: section.number for section in sections.headings(terms)}
    return [
        Part(numbers[anchor], clause.title, anchor, _known(terms, named(clause)), is_clause=True)
        for clause in terms.clauses
        for anchor in [f"clause-{clause.id}"]
    ]


def traces(terms: Terms) -> list[Trace]:
    """Each requirement of the terms, in its order, with what answers it."""
    targets, texts = kpis(terms), clauses(terms)
    return [
        Trace(
            each,
            tuple(part for part in targets if each.number in part.answers),
            tuple(part for part in texts if each.number in part.answers),
        )
        for each in terms.requirements
    ]


def unanswered(terms: Terms) -> list[tuple[int, RequirementTerm]]:
    """The requirements that no target and no clause answers, with their places in the list."""
    answered = {number for kpi in terms.kpis for number in kpi.requirements}
    answered |= {number for clause in terms.clauses for number in named(clause)}
    return [(index, each) for index, each in enumerate(terms.requirements) if each.number not in answered]


def untraced(terms: Terms) -> list[tuple[int, Kpi]]:
    """The KPIs that answer no requirement, with their places; none while there is nothing to answer."""
    known = {each.number for each in terms.requirements}
    return [(index, kpi) for index, kpi in enumerate(terms.kpis) if known and not known & set(kpi.requirements)]


def dangling(terms: Terms) -> Iterator[tuple[int, Clause, str]]:
    """Numbers in clauses that are no requirement of these terms."""
    known = {each.number for each in terms.requirements}
    for index, clause in enumerate(terms.clauses):
        for number in named(clause):
            if number not in known:
                yield index, clause, number


def _known(terms: Terms, numbers) -> tuple[str, ...]:
    return tuple(each.number for each in terms.requirements if each.number in numbers)
