"""The review of a draft as its pages show it: text and changes with threads, who stands where. Plain values.

A section of the printed document stands for one or more parts of the terms; a comment belongs to a part.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import zip_longest

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agreements import approval, partnames, printing, redline
from agreements import sections as sectioning
from agreements.approval import Seat
from agreements.models import Comment, Suggestion
from agreements.sections import Section
from agreements.terms import Terms

# Topics of the printed sections -> parts of the terms they print. The first one takes new comments.
PARTS_OF = {
    "parties": ("parties",),
    "services": ("services",),
    "levels": ("kpis",),
    "priorities": ("priorities", "pauses"),
    "hours": ("calendars",),
    "workload": ("workload",),
    "exclusions": ("exclusions",),
    "maintenance": ("maintenance",),
    "credits": ("credits", "crediting"),
    "duties": ("duties",),
    "reporting": ("reporting",),
    "escalation": ("escalation",),
    "review": ("review", "term"),
    "signatures": ("signatories",),
    "requirements": ("requirements",),
}
WHOLE = "agreement"  # heading and title: what is said about the agreement as a whole
Pairs = Collection[tuple[str, str]]


@dataclass(frozen=True)
class Around:
    """What a thread is seen against: the text under review by part, and the names of the parties.

    `anchors` are the places of the parts in the whole document, `bodies` the wording of the clauses.
    """

    digests: Mapping[str, str]
    names: Mapping[str, str]
    anchors: Mapping[str, str]
    bodies: Mapping[str, str]
    parties: Mapping[str, str]


@dataclass(frozen=True)
class Thread:
    """A comment with its replies."""

    start: Comment
    replies: list[Comment]
    around: Around
    can_settle: bool = False

    @property
    def name(self) -> str:
        part = self.start.part
        return _("the whole agreement") if part == WHOLE else partnames.name(self.around.names, part)

    @property
    def current(self) -> str:
        """The hash of its part as the text stands; "" when that is not there any more."""
        return self.around.digests.get(self.start.part, "")

    @property
    def anchor(self) -> str:
        return self.around.anchors.get(self.start.part, "")

    @property
    def own_words(self) -> str:
        """Whose people alone read it."""
        return _("Only %s") % self.around.parties[self.start.side] if self.start.side else ""

    @property
    def now(self) -> str:
        """How the clause reads by now."""
        return self.around.bodies.get(self.start.part, "")

    @property
    def is_open(self) -> bool:
        return self.start.settled_at is None

    @property
    def is_gone(self) -> bool:
        return not self.current

    @property
    def has_changed(self) -> bool:
        """Whether the text is another one than the comment speaks of."""
        return bool(self.current and self.start.digest) and self.current != self.start.digest

    @property
    def suggestion(self) -> Suggestion | None:
        return self.start.suggested

    @property
    def marked(self) -> str:
        """The proposed wording against the one it was proposed for."""
        return redline.words(self.suggestion.before, self.suggestion.body) if self.suggestion else ""

    @property
    def people(self) -> list:
        return list(dict.fromkeys(said.author for said in (self.start, *self.replies)))

    @property
    def last_at(self) -> datetime:
        return (self.replies or [self.start])[-1].at

    @property
    def count(self) -> int:
        return 1 + len(self.replies)

    def is_by(self, user_id: int) -> bool:
        return any(said.author_id == user_id for said in (self.start, *self.replies))


@dataclass
class Row:
    """A piece of the text with what is said about it: a section, or a part that changed.

    `digests` are its parts with their hashes; `wording` is the clause's own text, for whoever proposes another.
    """

    anchor: str
    title: str
    digests: Mapping[str, str]
    number: str = ""
    section: Section | None = None
    changes: list[redline.Change] = field(default_factory=list)
    clause: redline.ClauseChange | None = None
    threads: list[Thread] = field(default_factory=list)
    unapproved: bool = False
    looked: bool = False
    # Whether it is the text under review; an earlier one is only read.
    is_current: bool = True
    wording: str = ""
    next: "Row | None" = None

    @property
    def part(self) -> str:
        return next(iter(self.digests))

    @property
    def digest(self) -> str:
        return self.digests[self.part]

    @property
    def wording_part(self) -> str:
        """The part that a proposal speaks of: of a section with a table and a text, the text."""
        return next((part for part in self.digests if part.startswith("clause:")), "")

    @property
    def open(self) -> int:
        return sum(thread.is_open for thread in self.threads)


def parts_of(section: Section) -> tuple[str, ...]:
    figures = PARTS_OF.get(section.topic, ())
    if section.anchor.startswith("clause-"):
        return (*figures, f"clause:{section.anchor.removeprefix('clause-')}")
    return figures


def sections(printed: printing.Document, digests: Mapping[str, str]) -> list[Row]:
    """The sections of a text, in their order; those without a part of the terms are left out."""
    bodies = {f"clause:{clause.id}": clause.body for clause in printed.terms.clauses}
    found = []
    for section in [*printed.sections, *printed.annexes]:
        own = {part: digests[part] for part in parts_of(section) if part in digests}
        if own:
            row = Row(section.anchor, section.title, own, section.number, section)
            row.wording = bodies.get(row.wording_part, "")
            found.append(row)
    return found


def anchors(terms: Terms) -> dict[str, str]:
    """Where each part stands in the whole document."""
    printed = [*sectioning.headings(terms), *sectioning.annexes()]
    return {part: section.anchor for section in printed for part in parts_of(section)}


def changed(old: Terms, new: Terms, digests: Mapping[str, str]) -> list[Row]:
    """What differs, by part: the figures first, then the clauses. What is gone has no hash."""
    names = partnames.names(old) | partnames.names(new)
    by_part: dict[str, list[redline.Change]] = {}
    for change in [*redline.table(old, new), *redline.order(old, new)]:
        by_part.setdefault(change.section, []).append(change)
    found = [
        Row(f"part-{part}", partnames.name(names, part), {part: digests.get(part, "")}, changes=changes)
        for part, changes in by_part.items()
    ]
    bodies = {clause.id: clause.body for clause in new.clauses}
    for each in redline.clauses(old, new):
        if each.kind != "same":
            title, digest = partnames.name(names, each.part), digests.get(each.part, "")
            wording = bodies.get(each.id, "")
            found.append(Row(f"clause-{each.id}", title, {each.part: digest}, clause=each, wording=wording))
    return found


def place(
    rows: Sequence[Row], threads: Iterable[Thread], missing: Collection[str], looked: Pairs, digests: Mapping[str, str]
) -> list[Thread]:
    """Hang the threads and the reader's own marks on the rows; returns the threads that have no place there.

    `missing` are the parts that wait for the reader's approval, `digests` the text under review.
    """
    home = {}
    for row, after in zip_longest(rows, rows[1:]):
        row.next = after
        row.looked = all(pair in looked for pair in row.digests.items())
        row.is_current = all(digests.get(part, "") == digest for part, digest in row.digests.items())
        row.unapproved = row.is_current and not row.digests.keys().isdisjoint(missing)
        home |= dict.fromkeys(row.digests, row)
    rest: list[Thread] = []
    for thread in threads:
        (home[thread.start.part].threads if thread.start.part in home else rest).append(thread)
    return rest


def threads(comments: Iterable[Comment], can_settle: Callable[[Comment], bool], around: Around) -> list[Thread]:
    """Comments gathered into threads, oldest first; `can_settle(comment)` says whether the reader may."""
    replies: dict[int, list[Comment]] = {}
    starts = []
    for comment in comments:
        if comment.thread_id:
            replies.setdefault(comment.thread_id, []).append(comment)
        else:
            starts.append(comment)
    return [Thread(start, replies.get(start.pk, []), around, can_settle(start)) for start in starts]


def chosen(found: Sequence[Thread], view: str, user_id: int) -> list[Thread]:
    """The threads of one view of the conversation: open, settled, blocking, mine; anything else is all."""
    tests: dict[str, Callable[[Thread], bool]] = {
        "open": lambda thread: thread.is_open,
        "settled": lambda thread: not thread.is_open,
        "blocking": lambda thread: thread.is_open and thread.start.blocking,
        "mine": lambda thread: thread.is_by(user_id),
    }
    return [thread for thread in found if tests[view](thread)] if view in tests else list(found)


def to_read(digests: Mapping[str, str], base: Mapping[str, str]) -> list[str]:
    """The parts a reviewer has to look at: those that differ from the version to be changed, or all."""
    return [part for part, digest in digests.items() if base.get(part) != digest]


def opinion(digests: Mapping[str, str], seat: Seat, reading: Sequence[str], looked: Pairs) -> tuple[str, str, str]:
    """Where a reviewer stands, as (tone, icon, words). `reading` are the parts to look at."""
    missing = approval.uncovered(digests, seat)
    if not missing:
        return "ok", "circle-check!", _("Approves")
    before = {part for part, _digest in seat.pairs}
    if changed_since := [part for part in missing if part in before]:
        words = ngettext("%d part changed since", "%d parts changed since", len(changed_since)) % len(changed_since)
        return "info", "clock!", words
    counts = {"done": len(digests) - len(missing), "all": len(digests)}
    if counts["done"]:
        return "info", "clock!", _("Approves %(done)d of %(all)d") % counts
    counts = {"done": sum((part, digests[part]) in looked for part in reading), "all": len(reading)}
    if counts["done"]:
        return "info", "clock!", _("Reviewing, %(done)d of %(all)d") % counts
    return "mute", "circle-dashed", _("Not yet")


def before_signing(errors: int, open_: int, blocking: int, missing: int) -> list[dict]:
    """What still stands between this draft and its signature."""
    blocked = ngettext("%d blocking comment open", "%d blocking comments open", blocking) % blocking
    talked = ngettext("%d comment open", "%d comments open", open_) % open_
    wanted = ngettext("%d approval missing", "%d approvals missing", missing) % missing
    return [
        _line(not errors, _("All parts filled in") if not errors else _("The text is incomplete")),
        _line(not blocking, blocked if blocking else _("No blocking comment open")),
        *([_line(True, talked)] if open_ and not blocking else []),
        _line(not missing, wanted if missing else _("Everybody asked has approved")),
    ]


def _line(done: bool, text: str) -> dict:
    return {"tone": "ok" if done else "warn", "icon": "check" if done else "clock", "text": text, "at": None}
