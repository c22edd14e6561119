"""What differs between two texts of an agreement (no ORM).

Clauses are matched by their id first, then compared word by word; terms become a table old -> new in plain
words. Everything that people typed is escaped here.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agreements import clauses as texts
from agreements.effects import NONE, Effect, effect
from agreements.effects.effect import side_word
from agreements.lines import Line, lines
from agreements.lint import PART_OF
from agreements.terms import Clause, Kpi, Terms

WORD = re.compile(r"\w+(?:[.,:]\d+)*|\s+|[^\w\s]")


@dataclass(frozen=True)
class Change:
    """A line of the terms that is another one now; an empty side was not there.

    `effect` is what that does, in plain words; `side` for whom: better, worse, neutral or mixed for the client.
    """

    key: str
    label: str
    old: str
    new: str
    does: Effect = NONE

    @property
    def effect(self) -> str:
        return self.does.text

    @property
    def side(self) -> str:
        return self.does.side

    @property
    def side_word(self) -> str:
        return side_word(self.side)

    @property
    def tone(self) -> str:
        return {"better": "ok", "worse": "warn"}.get(self.side, "mute")

    @property
    def part(self) -> str:
        """The page of the editor where it is changed."""
        return PART_OF[self.section]

    @property
    def section(self) -> str:
        return self.key.split(":")[0]


@dataclass(frozen=True)
class ClauseChange:
    """A clause beside the one of the same id before. `kind`: same, changed, moved, added or removed.

    A changed one may have `moved` as well. `text` is both texts in one; `before` and `after` mark what went in
    the old one and what came in the new one; `new` is the new text alone.
    """

    id: str
    title: SafeString
    kind: str
    text: SafeString
    moved: bool = False
    before: SafeString = SafeString()
    after: SafeString = SafeString()
    new: str = ""

    @property
    def part(self) -> str:
        return f"clause:{self.id}"


def words(old: str, new: str) -> SafeString:
    """Both texts as one, removed words in <del>, added ones in <ins>, everything escaped."""
    return _marked(_pieces(old, new))


def sides(old: str, new: str) -> tuple[SafeString, SafeString]:
    """The old text with what went marked, and the new one with what came, everything escaped."""
    return _sides(list(_pieces(old, new)))


def _sides(pieces: list[tuple[str, str]]) -> tuple[SafeString, SafeString]:
    return _marked((gone, "") for gone, _come in pieces), _marked(("", come) for _gone, come in pieces)


def _pieces(old: str, new: str) -> Iterator[tuple[str, str]]:
    """Both texts in step, as escaped HTML: (what the old one has here, what the new one has)."""
    if old == new:  # most clauses of a change
        yield escape(old), escape(new)
        return
    before, after = WORD.findall(old), WORD.findall(new)
    # autojunk would call frequent words (blanks) junk in a long clause and mark too much.
    for tag, i, j, k, m in SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes():
        gone, come = escape("".join(before[i:j])), escape("".join(after[k:m]))
        if tag == "equal":
            yield gone, come
        else:
            yield f"<del>{gone}</del>" if gone else "", f"<ins>{come}</ins>" if come else ""


def _marked(pieces: Iterable[tuple[str, str]]) -> SafeString:
    """What both sides have is written once."""
    text = "".join(gone if gone == come else gone + come for gone, come in pieces)
    return mark_safe(text)  # escaped in _pieces


def table(old: Terms, new: Terms) -> list[Change]:
    """Every line that differs, in the order of the new document; what is gone comes last."""
    before = {line.key: line for line in lines(old)}
    after = {line.key: line for line in lines(new)}
    changed = [
        _change(old, new, line, before.get(key))
        for key, line in after.items()
        if key not in before or before[key].value != line.value
    ]
    gone = [
        Change(key, line.label, line.value, "", effect(old, new, key))
        for key, line in before.items()
        if key not in after
    ]
    return changed + gone


def order(old: Terms, new: Terms) -> list[Change]:
    """The order of the clauses as one line; nothing when it is the same.

    By their titles where one was moved; where some only came or went, their number says enough.
    """
    before, after = ([clause.id for clause in terms.clauses] for terms in (old, new))
    if before == after:
        return []
    if not _moved(before, after):
        stays = _("%s, none was moved") % _counted(after)
        return [Change("clauses", _("Order of the clauses"), _counted(before), stays)]
    was, now = (", ".join(clause.title for clause in terms.clauses) for terms in (old, new))
    return [Change("clauses", _("Order of the clauses"), was, now)]


def _counted(identities: list[str]) -> str:
    return ngettext("%d clause", "%d clauses", len(identities)) % len(identities)


def clauses(old: Terms, new: Terms) -> list[ClauseChange]:
    """Every clause of both, in the new order; a removed one stands where it stood."""
    before = {clause.id: clause for clause in old.clauses}
    after = {clause.id: clause for clause in new.clauses}
    moved = _moved(list(before), list(after))
    return [
        _clause(before.get(identity), after.get(identity), old, new, moved=identity in moved)
        for identity in _order(list(before), list(after))
    ]


def judged_anew(old: Terms | None, new: Terms) -> list[Kpi]:
    """The KPIs whose past would be judged in another way now: another target, calendar, limit. All without `old`."""
    if old is None:
        return new.kpis
    return [kpi for kpi in new.kpis if _judging(old, kpi.key) != _judging(new, kpi.key)]


def _judging(terms: Terms, key: str) -> object:
    """All of the terms that decides on a period of one KPI."""
    for kpi in terms.kpis:
        if kpi.key == key:
            rows = terms.priorities if kpi.kind == "deadline" else []
            wanted = {kpi.calendar, *(row.calendar for row in rows)}
            hours = [replace(each, name="") for each in terms.calendars if each.key in wanted]
            left_out = [each for each in terms.exclusions if each.key in kpi.exclusions]
            silent: dict[str, Any] = {
                "name": "", "source": "", "warn": None, "requirements": [], "data_due_days": 0, "critical": False,
            }
            return replace(kpi, **silent), rows, hours, left_out
    return None


def differs(old: Terms, new: Terms) -> bool:
    return bool(table(old, new)) or any(each.kind != "same" for each in clauses(old, new))


def _change(old: Terms, new: Terms, line: Line, before: Line | None) -> Change:
    return Change(line.key, line.label, before.value if before else "", line.value, effect(old, new, line.key))


def _clause(old: Clause | None, new: Clause | None, was: Terms, now: Terms, *, moved: bool) -> ClauseChange:
    before = texts.plain(old, was) if old else ""
    after = texts.plain(new, now) if new else ""
    titles = (old.title if old else "", new.title if new else "")
    if old is None or new is None:
        kind = "added" if old is None else "removed"
    elif before != after or titles[0] != titles[1]:
        kind = "changed"
    else:
        kind = "moved" if moved else "same"
    identity = new.id if new else old.id if old else ""
    pieces = list(_pieces(before, after))
    return ClauseChange(identity, words(*titles), kind, _marked(pieces), moved, *_sides(pieces), after)


def _moved(before: list[str], after: list[str]) -> set[str]:
    """Ids in both lists that left the order they had among each other."""
    both = set(before) & set(after)
    a, b = ([each for each in ids if each in both] for ids in (before, after))
    stayed = {
        a[index]
        for block in SequenceMatcher(a=a, b=b, autojunk=False).get_matching_blocks()
        for index in range(block.a, block.a + block.size)
    }
    return both - stayed


def _order(before: list[str], after: list[str]) -> Iterator[str]:
    """The new order with each removed id after the one that it followed."""
    followers: dict[str, list[str]] = {}
    last = ""
    for identity in before:
        if identity in after:
            last = identity
        else:
            followers.setdefault(last, []).append(identity)
    yield from followers.get("", [])
    for identity in after:
        yield identity
        yield from followers.get(identity, [])
