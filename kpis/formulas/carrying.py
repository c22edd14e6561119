"""The last known carried on: the rule for missing data `carry`.

Rules, stated once:

* What was known last holds on where nothing was measured, for at most so many seconds as the terms say, by the
  wall clock, whatever the service hours. What lies behind that is missing, and left out.
* Of a state: after watched time and after an outage that ended it is up, after one that is still open down; where
  both would hold, down. Of a slice it is the share of the last slice with a row, of a value the last value; both of
  any hour.
* It goes forward only, also across the beginning of a period. Where nothing of the period itself was measured there
  is no figure.
* Coverage is what was measured: what was carried is counted and shown apart, and a period below the floor stays
  without enough data.
* While the period runs a carried miss is no certain loss: late data may still fill it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from kpis.formulas.judging import Measured, Rule, text

if TYPE_CHECKING:
    from kpis.formulas.uptime import UptimeFacts


def carried(
    measure: Callable[[Rule, UptimeFacts], Measured], rule: Rule, facts: UptimeFacts, *, running: bool
) -> Measured:
    """An uptime with its last known states held on; what that adds is counted beside what was measured."""
    rule = replace(rule, missing="gap")
    known = measure(rule, facts)
    if known.reason:
        return known
    filled = measure(rule, further(facts))
    less = {name: Fraction(known.figures[name]) - Fraction(filled.figures[name]) for name in ("gap", "down")}
    shown = {"carried": text(less["gap"]), "carried_down": text(-less["down"]), "gaps": known.figures["gaps"]}
    sure = known if running else filled
    return replace(
        filled, coverage=known.coverage, figures={**filled.figures, **shown},
        best=sure.best, certain_loss=sure.certain_loss, room=sure.room,
    )  # fmt: skip


def further(facts: UptimeFacts) -> UptimeFacts:
    """What is known of a service with its last known states held on for `facts.carry` seconds."""
    held = timedelta(seconds=facts.carry)
    watched = max((end for _start, end in facts.observed), default=None)
    outages = [
        each if each.end else replace(each, end=held + (max(each.start, watched) if watched else each.start))
        for each in facts.outages
    ]
    ended = [(each.start, each.end) for each in facts.outages if each.end]
    observed = [(start, end + held) for start, end in (*facts.observed, *ended)]
    return replace(facts, outages=outages, observed=observed)


def last_known(wanted: Sequence[int], known: Sequence[int], seconds: int) -> dict[int, int]:
    """For each wanted instant the newest known one up to it that is less than so many seconds old.

    In microseconds; `known` in order. Wanted instants without one are left out.
    """
    found = {}
    for at in wanted:
        place = bisect_right(known, at) - 1
        if place >= 0 and at - known[place] < seconds * 1_000_000:
            found[at] = known[place]
    return found
