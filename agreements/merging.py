"""Two people changed one text: both changes in one document, and what they must settle (no ORM).

A three-way merge of terms documents. Items of a list are matched by what identifies them (the key of a KPI,
the id of a clause), then field by field, so changes of different fields never meet. Where both changed the
same field in different ways, or one removed what the other changed, there is a Clash, and nobody's text is
dropped: without a choice, theirs stands in the document and mine in the clash.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

# What identifies an item of a list, by the place of the list.
IDENTITY = {
    "services": "key",
    "requirements": "number",
    "calendars": "key",
    "kpis": "key",
    "priorities": "priority",
    "pauses": "key",
    "workload": "key",
    "exclusions": "key",
    "maintenance": "name",
    "escalation.positions": "key",
    "escalation.levels": "level",
    "credits": "kpi",
    "signatories": "slot",
    "clauses": "id",
}
# Keys that the editor gives: two new items of the same key are two items.
GIVEN = {
    "calendars",
    "kpis",
    "pauses",
    "workload",
    "exclusions",
    "escalation.positions",
    "signatories",
    "clauses",
}
ORDER = "order"


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING: Any = _Missing()


class Choice(NamedTuple):
    """How a clash is settled: "mine", "theirs", or "join" with the text that joins both."""

    keep: str
    text: str = ""


@dataclass(frozen=True)
class Clash:
    """A place that both changed; None on a side means that it was removed there."""

    place: str
    old: Any
    mine: Any
    theirs: Any


@dataclass
class Merge:
    """`renamed`: place of an item that is mine and new -> the key it has now, as its own was taken meanwhile."""

    document: dict[str, Any]
    clashes: list[Clash] = field(default_factory=list)
    renamed: dict[str, str] = field(default_factory=dict)


def merge(
    old: Mapping[str, Any],
    mine: Mapping[str, Any],
    theirs: Mapping[str, Any],
    choices: Mapping[str, Choice] | None = None,
) -> Merge:
    """Both changes of `old` in one document. An empty `old` (not known any more) makes a clash of each difference."""
    merging = _Merging(choices or {})
    found = merging.value("", old, mine, theirs)
    for number, level in enumerate(found.get("escalation", {}).get("levels", [])):
        level["level"] = number  # levels are numbered by their place
    return Merge(found, merging.clashes, merging.renamed)


def fresh_key(taken: set[str], start: str, *, first: int = 1) -> str:
    """The next free key of a series: K5 after K1, K2, K4. Adds it to `taken`."""
    numbers = [int(key[len(start) :]) for key in taken if re.fullmatch(re.escape(start) + r"[0-9]{1,9}", key, re.ASCII)]
    key = f"{start}{max([first - 1, *numbers]) + 1}"
    taken.add(key)
    return key


class _Merging:
    def __init__(self, choices: Mapping[str, Choice]) -> None:
        self.choices = choices
        self.clashes: list[Clash] = []
        self.renamed: dict[str, str] = {}

    def value(self, place: str, old: Any, mine: Any, theirs: Any) -> Any:
        if mine == theirs or theirs == old:
            return mine
        if mine == old:
            return theirs
        if isinstance(mine, dict) and isinstance(theirs, dict):
            return self._fields(place, old if isinstance(old, dict) else {}, mine, theirs)
        if isinstance(mine, list) and isinstance(theirs, list):
            return self._list(place, old if isinstance(old, list) else [], mine, theirs)
        return self._clash(place, old, mine, theirs)

    def _fields(self, place: str, old: dict, mine: dict, theirs: dict) -> dict:
        names = [*theirs, *(name for name in mine if name not in theirs)]
        pairs = (
            (
                name,
                self.value(_at(place, name), *(side.get(name, MISSING) for side in (old, mine, theirs))),
            )
            for name in names
        )
        return {name: found for name, found in pairs if found is not MISSING}

    def _list(self, place: str, old: list, mine: list, theirs: list) -> Any:
        if all(isinstance(each, str) for each in [*old, *mine, *theirs]):
            return _strings(old, mine, theirs)
        keyed = [_keyed(place, items) for items in (old, mine, theirs)]
        if any(side is None for side in keyed):
            return self._clash(place, old, mine, theirs)
        before, own, other = (side or {} for side in keyed)
        if place in GIVEN:
            own = self._rename(place, before, own, other)
        order = _order(list(before), list(own), list(other))
        if order is None:
            kept = self._clash(_at(place, ORDER), list(before), list(own), list(other))
            order = _inserted(kept, list(other) if kept == list(own) else list(own))
        sides = (before, own, other)
        found = (self.value(_at(place, key), *(side.get(key, MISSING) for side in sides)) for key in order)
        return [item for item in found if item is not MISSING]

    def _rename(self, place: str, before: dict, own: dict, other: dict) -> dict:
        """Give a new item of mine another key where theirs has a new one of the same."""
        name, taken = IDENTITY[place], {*before, *own, *other}
        renamed = {}
        for key, item in own.items():
            if key not in before and key in other and other[key] != item:
                free = fresh_key(taken, key.rstrip("0123456789") or key)
                self.renamed[_at(place, key)] = free
                renamed[free] = item | {name: free}
            else:
                renamed[key] = item
        return renamed

    def _clash(self, place: str, old: Any, mine: Any, theirs: Any) -> Any:
        choice = self.choices.get(place)
        if choice and choice.keep == "join" and isinstance(mine, str) and isinstance(theirs, str):
            return choice.text
        if choice and choice.keep in ("mine", "theirs"):
            return mine if choice.keep == "mine" else theirs
        self.clashes.append(Clash(place, *(None if side is MISSING else side for side in (old, mine, theirs))))
        return theirs


def _at(place: str, name: object) -> str:
    return f"{place}.{name}" if place else str(name)


def _keyed(place: str, items: list) -> dict | None:
    """The items by what identifies them; None where nothing does, or not each once."""
    name = IDENTITY.get(place)
    if name is None:
        return None
    found = {str(item[name]): item for item in items}
    return found if len(found) == len(items) else None


def _strings(old: list, mine: list, theirs: list) -> list:
    """Dates, duties, keys: each its own identity. What one side removed goes, what either added stays."""
    kept = [each for each in _inserted(theirs, mine) if each not in old or (each in mine and each in theirs)]
    in_order = all(side == sorted(side) for side in (old, mine, theirs))
    return sorted(kept) if in_order else kept


def _order(old: list, mine: list, theirs: list) -> list | None:
    """The order of all keys: of the side that moved some, with what the other added; None when both moved."""
    both = [key for key in old if key in mine and key in theirs]
    moved_mine = [key for key in mine if key in both] != both
    moved_theirs = [key for key in theirs if key in both] != both
    if moved_mine and moved_theirs:
        same = [key for key in mine if key in theirs] == [key for key in theirs if key in mine]
        return _inserted(theirs, mine) if same else None
    return _inserted(mine, theirs) if moved_mine else _inserted(theirs, mine)


def _inserted(base: list, other: list) -> list:
    """`base` with what only `other` has, each after what it follows there, and after what only `base` has there."""
    found, theirs, place = list(base), set(other), 0
    for key in other:
        if key in found:
            place = found.index(key) + 1
            continue
        while place < len(found) and found[place] not in theirs:
            place += 1
        found.insert(place, key)
        place += 1
    return found
