"""What waits for a person. Each app offers `needs.for_user(user, grants, now)`; the homes merge them."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Need:
    """One thing somebody must do: urgent things have an early `due`; `verb` is the words of its button."""

    key: str
    title: str
    text: str
    url: str
    verb: str
    due: datetime | None = None
    tone: str = "info"  # bad | warn | info
    icon: str = "circle-check"
    lead: str = ""  # the words before the time: "Goes to level 2"
    hot: bool = False  # the home page sets it for what is late or due within a day


def in_order(needs: list[Need]) -> list[Need]:
    """Earliest due first, those without a day last."""
    return sorted(needs, key=lambda need: (need.due is None, need.due.timestamp() if need.due else 0, need.key))
