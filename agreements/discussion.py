"""The review of a draft as its page shows it: text by section with threads, who approves what. Plain values.

A section of the printed document stands for one or more parts of the terms; a comment belongs to a part.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agreements import approval, printing
from agreements.approval import Seat
from agreements.models import Comment
from agreements.sections import Section

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
    "credits": ("credits",),
    "duties": ("duties",),
    "reporting": ("reporting",),
    "escalation": ("escalation",),
    "review": ("review", "term"),
    "signatures": ("signatories",),
    "requirements": ("requirements",),
}
WHOLE = "agreement"  # heading and title: what is said about the agreement as a whole


@dataclass(frozen=True)
class Thread:
    """A comment with its replies."""

    start: Comment
    replies: list[Comment]
    can_settle: bool = False

    @property
    def is_open(self) -> bool:
        return self.start.settled_at is None


@dataclass
class Row:
    """A section of the text with what is said about it."""

    section: Section
    parts: Sequence[str]
    digest: str
    threads: list[Thread] = field(default_factory=list)
    unapproved: bool = False

    @property
    def part(self) -> str:
        return self.parts[0]

    @property
    def open(self) -> int:
        return sum(thread.is_open for thread in self.threads)


def parts_of(section: Section) -> tuple[str, ...]:
    figures = PARTS_OF.get(section.topic, ())
    if section.anchor.startswith("clause-"):
        return (*figures, f"clause:{section.anchor.removeprefix('clause-')}")
    return figures


def rows(
    printed: printing.Document, digests: Mapping[str, str], threads: Iterable[Thread], seat: Seat | None
) -> tuple[list[Row], list[Thread]]:
    """The sections of a text with their threads, and the threads whose part is not in it any more."""
    open_parts = set(approval.uncovered(digests, seat)) if seat else set()
    found = []
    for section in [*printed.sections, *printed.annexes]:
        parts = [part for part in parts_of(section) if part in digests]
        if parts:
            row = Row(section, parts, digests[parts[0]], unapproved=bool(seat and open_parts & set(parts)))
            found.append(row)
    by_part = {part: row for row in found for part in row.parts}
    rest: list[Thread] = []
    for thread in threads:
        home = by_part.get(thread.start.part)
        (home.threads if home else rest).append(thread)
    return found, rest


def threads(comments: Iterable[Comment], can_settle: Callable[[Comment], bool]) -> list[Thread]:
    """Comments gathered into threads, oldest first; `can_settle(comment)` says whether the reader may."""
    replies: dict[int, list[Comment]] = {}
    starts = []
    for comment in comments:
        if comment.thread_id:
            replies.setdefault(comment.thread_id, []).append(comment)
        else:
            starts.append(comment)
    return [Thread(start, replies.get(start.pk, []), can_settle(start)) for start in starts]


def opinion(digests: Mapping[str, str], seat: Seat) -> tuple[str, str, str]:
    """Where a reviewer stands, as (tone, icon, words)."""
    missing = approval.uncovered(digests, seat)
    if not missing:
        return "ok", "circle-check!", _("Approves")
    if seat.approved and len(missing) < len(digests):
        words = ngettext("%d part changed since", "%d parts changed since", len(missing)) % len(missing)
        return "info", "clock!", words
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
