"""How the clauses of a draft stand to the template they came from, and to its newest version (no ORM)."""

from dataclasses import dataclass, field

from django.utils.safestring import SafeString

from agreements import clauses, redline
from agreements.terms import Clause, Terms


@dataclass(frozen=True)
class Wording:
    """A published version of a template, by clause id."""

    name: str
    number: int
    clauses: dict[str, Clause] = field(default_factory=dict)


@dataclass(frozen=True)
class Origin:
    """One clause beside its template: `own` (not in it), `differs` from it, and what a newer version says instead.

    Both are the texts in one, removed and added words marked; empty where there is nothing to say.
    """

    own: bool = False
    differs: SafeString = SafeString()
    newer: SafeString = SafeString()


def origin(clause: Clause, terms: Terms, template: Wording, newest: Wording | None) -> Origin:
    """Compared as they read with the values of these terms, title and text.

    A newer version speaks only where it changed the clause and the draft does not say the same already.
    """
    came, comes = template.clauses.get(clause.id), newest.clauses.get(clause.id) if newest else None
    if came is None:
        return Origin(own=True)
    own, old = _text(clause, terms), _text(came, terms)
    new = _text(comes, terms) if comes else old
    return Origin(
        differs=redline.words(old, own) if old != own else SafeString(),
        newer=redline.words(own, new) if new not in (old, own) else SafeString(),
    )


def _text(clause: Clause, terms: Terms) -> str:
    return f"{clause.title}\n{clauses.plain(clause, terms)}"
