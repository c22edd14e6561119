"""The light of a report: one colour for a whole period, by a rule that both sides can check (no ORM)."""

from collections.abc import Sequence
from dataclasses import dataclass

RED, AMBER, GREEN, GREY = "red", "amber", "green", "grey"
MISSED, MET, UNMEASURED = "breached", "met", "insufficient_data"
MANY = 3  # so many missed, or the same one so many periods running, make a report red


@dataclass(frozen=True)
class Judged:
    """One verdict of the period. `running` counts how many periods in a row this KPI has missed, with it."""

    verdict: str
    critical: bool = False
    running: int = 0


def colour(verdicts: Sequence[Judged]) -> str:
    """Red: a critical KPI missed, three or more missed, or one missed three periods running. Amber: any missed.

    Grey: none missed and one not measured, or nothing judged at all. Green: all met. What was not due or was
    waived says nothing.
    """
    missed = [each for each in verdicts if each.verdict == MISSED]
    if len(missed) >= MANY or any(each.critical or each.running >= MANY for each in missed):
        return RED
    if missed:
        return AMBER
    judged = [each.verdict for each in verdicts]
    return GREY if UNMEASURED in judged or MET not in judged else GREEN


def in_a_row(verdicts: Sequence[str]) -> int:
    """How many periods in a row were missed at the end of a series, oldest first."""
    count = 0
    for verdict in reversed(verdicts):
        if verdict != MISSED:
            break
        count += 1
    return count
