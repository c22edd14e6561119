"""Whether the agreements that stand behind a promise can carry it (no ORM).

Every answer is a line: it holds, it does not hold, or it cannot be judged, with the arithmetic spelled out. What a
supporting agreement does not say is never taken as fine.

* In series every supporter is needed: availabilities multiply, times add up, late cases add up.
* Alternatives share a group and one of them is enough: both must be down at once, the quicker one counts.
* Times are compared from every opening instant of the next twelve months (`times.py`).
"""

from collections.abc import Sequence
from datetime import date

from agreements.feasibility import shares, spans, times
from agreements.feasibility.line import HOLDS, SHORT, UNKNOWN, Line, Support
from agreements.terms import Terms

__all__ = ["HOLDS", "SHORT", "UNKNOWN", "Line", "Support", "check", "worst"]


def check(terms: Terms, supports: Sequence[Support], today: date) -> list[Line]:
    """Every line about the promises that have a supporter; none without supporters."""
    return [
        *spans.lines(terms, supports, today),
        *shares.lines(terms, supports),
        *spans.cover(terms, supports, today),
        *times.lines(terms, supports, today),
    ]


def worst(lines: Sequence[Line]) -> str:
    """The gravest of the lines; HOLDS for none."""
    found = {line.verdict for line in lines}
    return next((each for each in (SHORT, UNKNOWN) if each in found), HOLDS)
