"""The effect of other credits: what a miss is worth, compared over every value that a KPI can take."""

from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext as _

from agreements import tables
from agreements.effects.effect import BETTER, NEUTRAL, NONE, WORSE, Effect, both, came, exactly, find, step
from agreements.sentences import days, number
from agreements.terms import CreditTerm, Terms, Tier

SHOWN = 3


def tiers(old: Terms, new: Terms, key: str) -> Effect:
    """Interval by interval: how much of the fee comes back, more or less than before."""
    was, now = find(old.credits, key, "kpi"), find(new.credits, key, "kpi")
    if was is None or now is None:
        added = Effect(_("A miss gives a credit"), BETTER)
        return came(was, now, added=added, removed=Effect(_("A miss gives no credit any more"), WORSE)) or NONE
    return _compared(was, now)


def _compared(was: CreditTerm, now: CreditTerm) -> Effect:
    if any(tier.kind != "percent" for tier in (*was.tiers, *now.tiers)):
        return NONE if was.tiers == now.tiers else Effect(_("Paid in another way: the two can't be compared"), NEUTRAL)
    bounds = sorted({each for tier in (*was.tiers, *now.tiers) for each in _bounds(tier)})
    found = [
        _between(low, high, _share(was, low), _share(now, low))
        for low, high in zip(bounds, bounds[1:], strict=False)
    ]
    found = [each for each in found if each]
    said = both(found)
    if len(found) <= SHOWN:
        return said
    text = both(found[-SHOWN:]).text + "; " + _("and more")
    return Effect(text, said.side)


def _between(low: Fraction, high: Fraction, was: Fraction, now: Fraction) -> Effect:
    words = {"low": exactly(low), "high": exactly(high), "share": exactly(abs(now - was))}
    up = _("from %(low)s to below %(high)s: %(share)s %% of the fee more") % words
    down = _("from %(low)s to below %(high)s: %(share)s %% of the fee less") % words
    return step(was, now, up=up, down=down, more=BETTER)


def _share(credit: CreditTerm, value: Fraction) -> Fraction:
    """The percent of the fee at a value; the first tier that holds it."""
    for tier in credit.tiers:
        low_high = _bounds(tier)
        if len(low_high) == 2 and low_high[0] <= value < low_high[1]:
            return number(tier.percent) or Fraction(0)
    return Fraction(0)


def _bounds(tier: Tier) -> list[Fraction]:
    return [each for each in (number(tier.from_value), number(tier.below)) if each is not None]


def fee(old: Terms, new: Terms, key: str) -> Effect:
    was, now = find(old.credits, key, "kpi"), find(new.credits, key, "kpi")
    if not was or not now:
        return NONE
    before, after = number(was.fee), number(now.fee)
    if before is None or after is None or old.agreement.currency != new.agreement.currency:
        return NONE
    amount = tables.money(Decimal(exactly(abs(after - before))), new.agreement.currency)
    up, down = _("Credits are shares of %s more") % amount, _("Credits are shares of %s less") % amount
    return step(before, after, up=up, down=down, more=BETTER)


def cap(old: Terms, new: Terms, key: str) -> Effect:
    was, now = find(old.credits, key, "kpi"), find(new.credits, key, "kpi")
    before, after = (number(each.cap_percent) if each else None for each in (was, now))
    if before is None or after is None:
        return NONE
    share = exactly(abs(after - before))
    up, down = _("Up to %s %% of the fee more") % share, _("Up to %s %% of the fee less") % share
    return step(before, after, up=up, down=down, more=BETTER)


def minimum(old: Terms, new: Terms, key: str) -> Effect:
    was, now = find(old.credits, key, "kpi"), find(new.credits, key, "kpi")
    before, after = (number(each.minimum) if each else None for each in (was, now))
    if before is None or after is None:
        return NONE
    up, down = _("Small credits are not paid any more"), _("Smaller credits are paid")
    return step(before, after, up=up, down=down, more=WORSE)


def together(old: Terms, new: Terms, key: str) -> Effect:
    if old.crediting.rule != new.crediting.rule:
        fewer = new.crediting.rule == "largest"
        text = _("Only the largest credit of a period is paid") if fewer else _("All credits of a period are paid")
        return Effect(text, WORSE if fewer else BETTER)
    before, after = (number(each.crediting.most) for each in (old, new))
    added, removed = Effect(_("Credits are limited together"), WORSE), Effect(_("Credits have no common limit"), BETTER)
    if before is None or after is None:
        return came(before, after, added=added, removed=removed) or NONE
    up, down = _("More credits of a period are paid"), _("Fewer credits of a period are paid")
    return step(before, after, up=up, down=down, more=BETTER)


def claim(old: Terms, new: Terms, key: str) -> Effect:
    was, now = find(old.credits, key, "kpi"), find(new.credits, key, "kpi")
    if not was or not now:
        return NONE
    span = days(abs(now.claim_days - was.claim_days))
    up, down = _("%s more to claim it") % span, _("%s less to claim it") % span
    return step(was.claim_days, now.claim_days, up=up, down=down, more=BETTER)


def currency(old: Terms, new: Terms, key: str) -> Effect:
    return Effect(_("Every amount is meant in another currency"), NEUTRAL)


WORDS = {
    ("credits", "tiers"): tiers,
    ("credits", "fee"): fee,
    ("credits", "cap"): cap,
    ("credits", "minimum"): minimum,
    ("credits", "claim"): claim,
    ("crediting", "together"): together,
    ("agreement", "currency"): currency,
}
