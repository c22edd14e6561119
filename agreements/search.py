"""Full-text search over the words of agreements: clauses and terms, each piece with its place in the document.

The pieces are rows (Passage), indexed by PostgreSQL's text search or SQLite's FTS5. They are derived from the
terms alone: the sweep takes in every version whose revision it does not know, `rebuild` all of them again.
Words are searched without accents and capitals, each by its beginning; operators have no meaning.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from accounts.models import Role
from accounts.rules import Grants
from agreements import clauses, lines, sections
from agreements.keeping import kept_by
from agreements.models import Agreement, Passage, Version
from agreements.signing_rules import PRIVATE
from agreements.terms import Terms

WORD = re.compile(r"\w+")
MOST_WORDS = 10
BATCH = 100
AROUND = 90  # characters before and after the first hit of a snippet
KEEPERS = (Role.MANAGER, Role.PROVIDER, Role.AUDITOR, Role.ESCALATION)

# Sections of the terms whose table stands under another name in the document.
TOPICS = {"kpis": "levels", "calendars": "hours", "term": "review", "signatories": "signatures"}


@dataclass(frozen=True)
class Piece:
    """A part of a text that is found on its own, and its anchor in the page of the document."""

    anchor: str
    title: str
    text: str


def fold(text: str) -> str:
    """Without accents and capitals: "Größe" as "grosse", "Café" as "cafe"."""
    split = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in split if not unicodedata.combining(letter))


def words(query: str) -> list[str]:
    """What is searched for: letters and digits alone, so that no character is an operator."""
    return WORD.findall(fold(query))[:MOST_WORDS]


def pieces(terms: Terms) -> Iterator[Piece]:
    """The whole text of an agreement in pieces: each clause, then each section of the terms in words."""
    for clause in terms.clauses:
        yield Piece(f"clause-{clause.id}"[:80], clause.title[:200], clauses.plain(clause, terms))
    heading = terms.agreement
    yield Piece("", heading.title[:200], heading.reference)
    places = {section.topic: section.anchor for section in sections.headings(terms) if section.topic}
    for part, group in groupby(lines.lines(terms), key=lambda line: line.section):
        said = list(group)
        text = "; ".join(f"{line.label}: {line.value}" for line in said)
        yield Piece(places.get(TOPICS.get(part, part), "")[:80], said[0].label[:200], text)


@transaction.atomic
def take_in(version: Version) -> None:
    """Replace what the search knows of a version by its words of now.

    Words alone are indexed: PostgreSQL would read "99.5" as one word and "SLA-2026-014" as several.
    """
    version.passages.all().delete()
    Passage.objects.bulk_create(
        Passage(version=version, anchor=piece.anchor, title=piece.title, text=piece.text,
                folded=" ".join(WORD.findall(fold(f"{piece.title} {piece.text}"))))
        for piece in pieces(version.read_terms())
    )  # fmt: skip
    Version.objects.filter(pk=version.pk).update(indexed_revision=version.revision)


def refresh() -> int:
    """Take in every version that was written since; returns how many. Safe to run twice, or twice at once."""
    due = Version.objects.filter(Q(indexed_revision=None) | ~Q(indexed_revision=F("revision")))
    taken = 0
    while batch := list(due.order_by("pk")[:BATCH]):
        for version in batch:
            take_in(version)
        taken += len(batch)
    return taken


def rebuild() -> int:
    """Forget everything and take it in again; returns how many versions."""
    Version.objects.update(indexed_revision=None)
    return refresh()


def readable(agreements: QuerySet[Agreement], grants: Grants) -> QuerySet[Passage]:
    """The pieces of these agreements that a person may read: a draft is of who keeps the agreement alone."""
    own = grants.organisations(*KEEPERS)
    return Passage.objects.filter(version__agreement__in=agreements.order_by().values("pk")).filter(
        ~Q(version__state__in=PRIVATE) | kept_by(own, "version__agreement__")
    )


def matching(passages: QuerySet[Passage], query: str) -> QuerySet[Passage]:
    """The pieces that have every word, the best first. None for a query without a word."""
    found = words(query)
    if not found:
        return passages.none()
    if connection.vendor == "postgresql":
        asked = " & ".join(f"{word}:*" for word in found)
        # The expression of the index, word for word: with the COALESCE of SearchVector it would not be used.
        vector = "to_tsvector('simple', agreements_passage.folded)"
        hits = f"SELECT id FROM agreements_passage WHERE {vector} @@ to_tsquery('simple', %s)"
        rank = f"ts_rank({vector}, to_tsquery('simple', %s))"
    else:
        asked = " ".join(f'"{word}"*' for word in found)
        hits = "SELECT rowid FROM agreements_passage_words WHERE agreements_passage_words MATCH %s"
        rank = "(SELECT -rank FROM agreements_passage_words(%s) WHERE rowid = agreements_passage.id)"
    ranked = passages.filter(pk__in=RawSQL(hits, [asked])).annotate(rank=RawSQL(rank, [asked]))
    return ranked.order_by("-rank", "-version", "pk")


def snippet(text: str, query: str) -> SafeString:
    """The text around the first word that was found, every word marked, everything else escaped."""
    asked = words(query)
    spans = list(_spans(text, asked))
    start = max(0, spans[0][0] - AROUND) if spans else 0
    end = min(len(text), (spans[0][1] if spans else 0) + 2 * AROUND)
    out, at = ["…" if start else ""], start
    for first, last in spans:
        if start <= first and last <= end:
            out += [escape(text[at:first]), "<mark>", escape(text[first:last]), "</mark>"]
            at = last
    out += [escape(text[at:end]), "…" if end < len(text) else ""]
    return mark_safe("".join(out))  # escaped above


def _spans(text: str, asked: Sequence[str]) -> Iterable[tuple[int, int]]:
    for found in WORD.finditer(text):
        if any(fold(found.group()).startswith(word) for word in asked):
            yield found.span()
