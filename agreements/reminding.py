"""Which reminder of a day is due (no ORM)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

# So many days before the last day for notice, and before the last day of an agreement.
STAGES = (90, 60, 30, 7, 0)


@dataclass(frozen=True)
class Due:
    """The stage to remind of now, if any, and those that were passed without a reminder."""

    send: int | None
    passed: list[int]


def due(on: date, today: date, done: Collection[int]) -> Due:
    """What to do today about a day: after a stop of any length one reminder, the nearest, and no burst.

    Once the day is over nothing is sent; what was not sent until then counts as passed.
    """
    left = (on - today).days
    reached = [stage for stage in STAGES if left <= stage]
    nearest = min(reached, default=None)
    send = nearest if left >= 0 and nearest not in done else None
    return Due(send, [stage for stage in reached if stage not in done and stage != send])
