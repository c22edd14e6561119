"""Rules about service credits: their tiers cover every value that misses the target, each exactly once."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from django.utils.translation import gettext as _

from agreements.lint.finding import Facts, Finding, error, numbered, share, twice
from agreements.lint.kpis import name
from agreements.sentences import number
from agreements.tables import plain
from agreements.terms import CreditTerm, Kpi, Terms, Tier

INFINITE = Fraction(10**30)


def credits(terms: Terms, facts: Facts) -> Iterator[Finding]:
    for key in twice(credit.kpi for credit in terms.credits):
        yield error("credit-twice", "credits", _("%s has two credits.") % key)
    for place, credit in numbered(terms.credits, "credits"):
        promise = next((each for each in terms.kpis if each.key == credit.kpi), None)
        if promise is None:
            yield error("credit-of-nothing", f"{place}.kpi", _("A credit is for %s, which is no KPI.") % credit.kpi)
            continue
        if (fee := number(credit.fee)) is None or fee < 0:
            yield error("bad-fee", f"{place}.fee", _("The fee for the credit of %s is not a sum.") % name(promise))
        if share(credit.cap_percent) is None or credit.claim_days < 0:
            yield error(
                "bad-cap",
                f"{place}.cap_percent",
                _("The cap on the credit of %s is between 0 and 100 %%.") % name(promise),
            )
        if (least := number(credit.minimum)) is None or least < 0:
            yield error("bad-cap", f"{place}.minimum", _("The smallest credit of %s is not a sum.") % name(promise))
        for message in tiers(promise, credit):
            yield error("bad-tiers", f"{place}.tiers", f"{name(promise)}: {message}")


def tiers(promise: Kpi, credit: CreditTerm) -> Iterator[str]:
    """What keeps the tiers from covering every value that misses the target exactly once."""
    ends = [(edge(tier.from_value, open_end=-INFINITE), edge(tier.below, open_end=INFINITE)) for tier in credit.tiers]
    edges = [(low, high) for low, high in ends if low is not None and high is not None]
    goal = number(promise.target)
    if not edges or goal is None or len(edges) < len(ends):
        yield _("each tier needs two numbers, or an open end.")
        return
    for tier in credit.tiers:
        yield from worth(promise, tier)
    if any(low >= high for low, high in edges):
        yield _("a tier holds no value.")
        return
    ordered = sorted(edges)
    for (_low, high), (low, _high) in pairwise(ordered):
        if high < low:
            yield _("between %(high)s and %(low)s nothing is said.") % {"high": said(high), "low": said(low)}
        elif high > low:
            yield _("between %(low)s and %(high)s two tiers hold.") % {"high": said(high), "low": said(low)}
    lowest, highest = ordered[0][0], ordered[-1][1]
    if promise.op == ">=":
        if lowest > 0:
            yield _("below %s nothing is said.") % said(lowest)
        if highest != goal:
            yield _("the best tier must end at the target, %s.") % promise.target
    else:
        if lowest != goal:
            yield _("the best tier must begin at the target, %s.") % promise.target
        if highest != INFINITE:
            yield _("above %s nothing is said.") % said(highest)


def worth(promise: Kpi, tier: Tier) -> Iterator[str]:
    """What is wrong with what a tier pays."""
    if tier.kind == "percent":
        if share(tier.percent) is None:
            yield _("a tier pays between 0 and 100 % of the fee.")
        return
    amount = number(tier.amount)
    if tier.kind not in ("multiple", "fixed") or amount is None or amount < 0:
        yield _("a tier pays a share of the fee, a multiple of the downtime’s fee, or a sum.")
    elif tier.kind == "multiple" and promise.kind not in ("uptime", "slice_uptime"):
        yield _("only a share of time has a fee for the downtime.")


def crediting(terms: Terms, facts: Facts) -> Iterator[Finding]:
    most = terms.crediting.most
    if terms.crediting.rule not in ("sum", "largest") or (most and ((number(most) or -1) < 0)):
        yield error("bad-crediting", "crediting.most", _("How several credits go together is not understood."))


def edge(text: str, *, open_end: Fraction) -> Fraction | None:
    return number(text) if text else open_end


def said(value: Fraction) -> str:
    """An end of a tier as it was typed; exact, because it came from a decimal text."""
    if abs(value) == INFINITE:
        return _("without an end")
    return plain(Decimal(value.numerator) / value.denominator)


RULES = [credits, crediting]
