"""What a lint rule says, and what it may know beside the terms."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TypeVar

from agreements.feasibility import Support
from agreements.sentences import number

T = TypeVar("T")

PART_OF = {
    "agreement": "parties",
    "parties": "parties",
    "services": "parties",
    "term": "parties",
    "signatories": "parties",
    "review": "parties",
    "requirements": "requirements",
    "kpis": "kpis",
    "priorities": "kpis",
    "credits": "kpis",
    "crediting": "kpis",
    "workload": "kpis",
    "calendars": "hours",
    "exclusions": "hours",
    "maintenance": "hours",
    "pauses": "hours",
    "escalation": "escalation",
    "reporting": "escalation",
    "clauses": "clauses",
    "duties": "clauses",
}
# The card of a part where it is not called as the section.
CARD_OF = {
    "agreement": "heading",
    "services": "heading",
    "parties": "provider",
    "review": "term",
    "escalation": "levels",
}


@dataclass(frozen=True)
class Facts:
    """What the terms alone do not say.

    `accepted`: numbers of the requirements that were accepted for these services and this client; `held`:
    positions with a holder today; `able`: parties ("provider", "client") with somebody whose authority to
    sign is on record; `not_before`: the day from which the version to be changed holds; `external`: parties of
    an OLA that are no internal organisation; `supports`: what stands behind the agreement.
    """

    today: date
    accepted: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()
    able: frozenset[str] = frozenset()
    not_before: date | None = None
    external: frozenset[str] = frozenset()
    supports: tuple[Support, ...] = ()


@dataclass(frozen=True)
class Finding:
    code: str
    severity: str  # error | warning | note
    place: str
    message: str

    @property
    def part(self) -> str:
        """The page of the editor where it is changed."""
        return PART_OF[self.place.split(".")[0]]

    @property
    def field(self) -> str:
        """The element of that page: "id_kpis-2-target", or the card of the section where no field is named."""
        section, *rest = self.place.removeprefix("escalation.").removeprefix("parties.").split(".")
        card = CARD_OF.get(section, section)
        if not rest:
            return card
        return f"id_{'-'.join([card, *rest])}" + ("-name" if rest[-1].isdecimal() else "")

    @property
    def is_about_people(self) -> bool:
        """Settled on the agreement's page of people, not in its text."""
        return self.code in ("level-unheld", "no-authority")


def error(code: str, place: str, message: str) -> Finding:
    return Finding(code, "error", place, message)


def warning(code: str, place: str, message: str) -> Finding:
    return Finding(code, "warning", place, message)


def note(code: str, place: str, message: str) -> Finding:
    return Finding(code, "note", place, message)


def twice(values: Iterable[object]) -> list[object]:
    """Values that stand there more than once, each named once."""
    return [value for value, count in Counter(values).items() if count > 1]


def numbered(items: Iterable[T], section: str) -> Iterator[tuple[str, T]]:
    """Each item with its place: ("kpis.2", kpi)."""
    return ((f"{section}.{index}", item) for index, item in enumerate(items))


def day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def share(text: str, *, least: int = 0, most: int = 100) -> Fraction | None:
    """A number between two bounds, both allowed; None for anything else."""
    found = number(text)
    return found if found is not None and least <= found <= most else None
