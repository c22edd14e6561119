"""Clause text: Markdown with placeholders filled from the terms, made safe (no ORM).

A placeholder names a value of the terms ("{{ agreement.title }}") or one of `WORDS`, plain sentences made
of them. It is replaced as text before the Markdown is read, with the value's own Markdown signs escaped:
what people typed elsewhere can't change the structure of a clause. Django's template language is never run.
"""

import dataclasses
import re
from collections.abc import Callable
from functools import lru_cache

import nh3
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt

from agreements import tables
from agreements.terms import Clause, Terms

PLACE = re.compile(r"\{\{\s*(.*?)\s*\}\}", re.DOTALL)
TAGS = {"p", "em", "strong", "ul", "ol", "li", "code", "br", "h3", "h4", "blockquote", "hr"} | {
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "a",
}
SIGNS = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>&~])")

WORDS: dict[str, Callable[[Terms], str]] = {
    "services": lambda terms: ", ".join(service.name for service in terms.services),
    "starts": lambda terms: tables.day(terms.term.effective_from),
    "ends": lambda terms: tables.day(terms.term.ends_on) if terms.term.ends_on else _("no fixed day"),
    "renewal": lambda terms: tables.renewal(terms),
    "reports": lambda terms: tables.intervals(terms),
}


def names(text: str) -> list[str]:
    """The names in the placeholders of a text, as typed."""
    return PLACE.findall(text)


def unknown(text: str) -> list[str]:
    """Names that no terms have; a text with one can't be printed."""
    terms = Terms()
    return [name for name in names(text) if value(name, terms) is None]


def value(name: str, terms: Terms) -> str | None:
    """What a placeholder stands for; None when it stands for nothing. Lists and objects are no text."""
    if name in WORDS:
        return WORDS[name](terms)
    here: object = terms
    for step in name.split("."):
        if not dataclasses.is_dataclass(here) or step not in {each.name for each in dataclasses.fields(here)}:
            return None
        here = getattr(here, step)
    return str(here) if isinstance(here, str | int) and not isinstance(here, bool) else None


def fill(text: str, terms: Terms) -> str:
    """The text with every placeholder replaced; an unknown one stays as it stands (lint refuses it)."""

    def filled(found: re.Match) -> str:
        known = value(found.group(1), terms)
        return found.group(0) if known is None else SIGNS.sub(r"\\\1", known)

    return PLACE.sub(filled, text)


def html(clause: Clause, terms: Terms) -> SafeString:
    """The whole clause as safe HTML."""
    return _safe(_reader().render(fill(clause.body, terms)))


def blocks(clause: Clause, terms: Terms) -> tuple[SafeString, ...]:
    """The clause's paragraphs, lists and tables, each as safe HTML, so that each can have a number."""
    return _blocks(fill(clause.body, terms))


@lru_cache(maxsize=500)
def _blocks(text: str) -> tuple[SafeString, ...]:
    """Kept for the texts read last: the clauses of an agreement stand on most of its pages."""
    reader = _reader()
    pieces, depth, start = [], 0, 0
    tokens = reader.parse(text)
    for index, token in enumerate(tokens):
        depth += token.nesting
        if depth == 0:
            pieces.append(_safe(reader.renderer.render(tokens[start : index + 1], reader.options, {})))
            start = index + 1
    return tuple(pieces)


def plain(clause: Clause, terms: Terms) -> str:
    """The clause as filled Markdown, for comparing and searching."""
    return PLACE.sub(lambda found: value(found.group(1), terms) or found.group(0), clause.body)


@lru_cache(maxsize=1)
def _reader() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table")


def _safe(rendered: str) -> SafeString:
    attributes = {"a": {"href"}, "ol": {"start"}}
    return mark_safe(  # cleaned by nh3 in this very call
        nh3.clean(rendered, tags=TAGS, attributes=attributes, url_schemes={"http", "https", "mailto"})
    )
