"""Shares behind shares: availabilities multiply, late cases add up. Exact fractions.

Percentages are of the hours that they are promised in. Where a supporter's week has more hours than the promise's,
all that it may be down can fall into them, and its share is read that much worse; usual weeks are compared, days of
closing are left out. A supporter judged over a longer period than the promise says nothing about a shorter one.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from math import floor, prod

from django.utils.translation import gettext as _

from agreements.effects.promises import week_of
from agreements.feasibility.line import HOLDS, SHORT, Line, Support, links, unknown
from agreements.sentences import number
from agreements.tables import NBSP, plain
from agreements.terms import Kpi, Terms

PLACES = 12
LENGTHS = {
    "month": 1, "quarter": 3, "fiscal_quarter": 3, "half_year": 6, "year": 12, "fiscal_year": 12, "contract_year": 12,
}  # fmt: skip


def lines(terms: Terms, supports: Sequence[Support]) -> Iterator[Line]:
    for index, kpi in enumerate(terms.kpis):
        behind = [each for each in supports if each.carries(kpi) and each.terms and not each.ended]
        if not behind:
            continue
        about, place = f"{kpi.key} {kpi.name}".strip(), f"kpis.{index}.target"
        if kpi.kind in ("uptime", "deadline"):
            yield _line(terms, kpi, behind, about, place)
        elif named := [each.reference for each in behind if each.kpi]:
            reason = _("a value of %(references)s cannot be carried over by arithmetic")
            yield unknown(about, place, [reason % {"references": ", ".join(named)}])


def _line(terms: Terms, kpi: Kpi, behind: Sequence[Support], about: str, place: str) -> Line:
    target = _share(kpi)
    if target is None:
        return unknown(about, place, [_("the target is no share to be reached")])
    found = [[_read(terms, kpi, each) for each in group] for group in links(behind)]
    reasons = [each for group in found for each in group if isinstance(each, str)]
    if reasons:
        return unknown(about, place, reasons)
    shares: list[list[Fraction]] = [[each for each in group if isinstance(each, Fraction)] for group in found]
    value, words = (_multiplied if kpi.kind == "uptime" else _added)(shares)
    sign, verdict = ("≥", HOLDS) if value >= target else ("<", SHORT)
    return Line(verdict, about, f"{words} {sign} {percent(target)}", place)


def _read(terms: Terms, kpi: Kpi, support: Support) -> Fraction | str:
    """What a supporter promises, as a share of the hours of the promise; or why that can't be said."""
    theirs = support.promised(kpi.kind)
    if isinstance(theirs, str):
        return theirs
    share = _share(theirs)
    words = {"reference": support.reference, "kpi": theirs.key}
    if share is None:
        return _("%(reference)s %(kpi)s is no share to be reached") % words
    if LENGTHS.get(theirs.period, 99) > LENGTHS.get(kpi.period, 0):
        return _("%(reference)s %(kpi)s is judged over a longer period") % words
    if theirs.exclusions and not kpi.exclusions:
        return _("%(reference)s %(kpi)s leaves out what counts here") % words
    if kpi.kind != "uptime":
        return share
    assert support.terms is not None
    ours, behind = week_of(terms, kpi.calendar), week_of(support.terms, theirs.calendar)
    if not ours or not behind or behind < ours:
        return _("the hours of %(reference)s %(kpi)s do not cover those of the promise") % words
    return max(Fraction(0), 100 - (100 - share) * Fraction(behind, ours))


def _multiplied(groups: Sequence[Sequence[Fraction]]) -> tuple[Fraction, str]:
    """Availability in series; alternatives are down only when all of them are."""
    down = [prod((1 - each / 100 for each in group), start=Fraction(1)) for group in groups]
    value = 100 * prod((1 - each for each in down), start=Fraction(1))
    words = " × ".join(_alternatives(group) for group in groups)
    return value, words if len(groups) == len(groups[0]) == 1 else f"{words} = {percent(value)}"


def _alternatives(group: Sequence[Fraction]) -> str:
    if len(group) == 1:
        return percent(group[0])
    return "(1 − " + " × ".join(f"(1 − {percent(each)})" for each in sorted(group)) + ")"


def _added(groups: Sequence[Sequence[Fraction]]) -> tuple[Fraction, str]:
    """Cases in time at worst: whoever is late is late with other cases; of alternatives the best counts."""
    best = [max(group) for group in groups]
    value = max(Fraction(0), 100 - sum((100 - each for each in best), start=Fraction(0)))
    if len(best) == 1:
        return value, percent(best[0])
    late = " − ".join(percent(100 - each) for each in best)
    return value, f"100{NBSP}% − {late} = {percent(value)}"


def _share(kpi: Kpi) -> Fraction | None:
    found = number(kpi.target)
    fits = found is not None and kpi.op == ">=" and kpi.unit == "%" and 0 <= found <= 100
    return found if fits else None


def percent(value: Fraction) -> str:
    """An exact share; one without an end is cut downwards and says so."""
    units = value * 10**PLACES
    said = plain(Decimal(floor(units)).scaleb(-PLACES))
    return f"{said}{'' if units.denominator == 1 else '…'}{NBSP}%"
