"""Worked examples of a promise: the worst that still meets it, and the first that misses it (no ORM).

The figures are made up, the verdicts are not: the formulas that judge the real periods judge these.
"""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _

from agreements.params import of_outages
from kpis import display, formulas
from kpis.examples import numbers, times
from kpis.examples.case import Case, Spec
from kpis.windows import Cycle

__all__ = ["Example", "examples"]

DEEP = 6  # decimals of a percentage beside its working
CASES = {
    "uptime": times.uptime, "slice_uptime": times.slices, "deadline": times.deadline, "ratio": numbers.ratio,
    "count": numbers.count, "value": numbers.value, "score": numbers.score, "composite": numbers.composite,
}  # fmt: skip


class Example(NamedTuple):
    """A case judged: its exact figure, as it would be shown, and the verdict."""

    given: str
    working: str
    value: str
    shown: str
    verdict: str

    @property
    def said(self) -> str:
        """The verdict in words, for paper."""
        return {formulas.MET: _("Met"), formulas.BREACHED: _("Missed")}.get(self.verdict, _("Not enough data"))


def examples(spec: Spec, at: datetime) -> list[Example]:
    """Two examples, in the first whole period that begins at or after an instant; none where it has too few hours.

    Raises what the formulas raise for terms that cannot be measured.
    """
    cycle = Cycle.from_spec(spec)
    window = cycle.window(at)
    if window.lo < at:
        window = cycle.window(window.hi)
    frame = formulas.Frame(window.lo, window.hi, window.hi)
    kpi = spec["kpi"]
    cases = times.outages if of_outages(kpi["params"]) else CASES[kpi["kind"]]
    return [_judged(spec, frame, case) for case in cases(spec, window)]


def _judged(spec: Spec, frame: formulas.Frame, case: Case) -> Example:
    kpi = spec["kpi"]
    found = formulas.evaluate(kpi["kind"], formulas.Rule.from_terms(kpi), frame, case.facts)
    exact, target, unit = found.value, Decimal(kpi["target"]), kpi["unit"]
    shown = display.show(exact, op=kpi["op"], decimals=kpi["decimals"], unit=unit, target=target)
    places = DEEP if unit == "%" else kpi["decimals"]
    deep = display.show(exact, op=kpi["op"], decimals=places, unit=unit, target=target)
    return Example(case.given, case.working, deep, shown, found.verdict)
