"""Service credits: what a missed target is worth by the signed tiers (no ORM).

Rules, stated once:

* Tiers cover every value that misses the target, each exactly once. A tier holds the values from `lo` up to
  `hi`: half-open unless its ends say otherwise.
* A tier pays a percentage of the period's fee, a multiple of the fee for the downtime, or a fixed sum.
* The cap is a percentage of the fee. Below the minimum nothing is paid.
* Amounts are exact; the currency's smallest unit is reached once, at the end, half to even.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from kpis.formulas import exact

KINDS = ("percent", "multiple", "fixed")


class TierError(ValueError):
    """The tiers are not gap-free and overlap-free; `tier` is the number of the offending one, from 1."""

    def __init__(self, tier: int, message: str):
        super().__init__(message)
        self.tier = tier


@dataclass(frozen=True)
class Tier:
    """The values from `lo` up to `hi` (None: without an end) and what they are worth.

    `amount` is a percentage of the fee, a multiple of the downtime's fee, or a sum in the currency.
    """

    lo: Decimal | None
    hi: Decimal | None
    amount: Decimal
    kind: str = "percent"
    lo_included: bool = True
    hi_included: bool = False

    @classmethod
    def from_terms(cls, row: Mapping[str, Any]) -> "Tier":
        """Read a row of the terms: `from_value` included, `below` excluded, an empty text without an end."""
        lo, hi = (Decimal(row[name]) if row[name] else None for name in ("from_value", "below"))
        kind = row.get("kind", "percent")
        return cls(lo, hi, Decimal(row["percent"] if kind == "percent" else row["amount"]), kind)

    def holds(self, value: Fraction) -> bool:
        if self.lo is not None and (value < self.lo or (value == self.lo and not self.lo_included)):
            return False
        return self.hi is None or value < self.hi or (value == self.hi and self.hi_included)

    def __str__(self) -> str:
        if self.lo is None:
            return _("below %(hi)s") % {"hi": self.hi}
        if self.hi is None:
            return _("from %(lo)s on") % {"lo": self.lo}
        return _("from %(lo)s to %(hi)s") % {"lo": self.lo, "hi": self.hi}


@dataclass(frozen=True)
class CreditDue:
    """What a value earns. `percent` is the share of the fee that `amount` is, to four decimals."""

    amount: Decimal
    percent: Decimal
    tier: int
    capped: bool


def credit_for(
    value: Fraction,
    tiers: Sequence[Tier],
    fee: Decimal,
    *,
    cap_percent: Decimal | None = None,
    minimum: Decimal = Decimal(0),
    decimals: int = 2,
) -> CreditDue | None:
    """The credit for a value that missed its target; None where no tier holds it.

    Ask only for a missed target: a tier's closed end may hold the target itself. `decimals` are those of the
    currency. Raises `ValueError` for a number that is not exact or a negative fee.
    """
    value, price = exact(value), exact(fee)
    if price < 0:
        raise ValueError(f"a fee is not negative: {fee}")
    number = next((n for n, tier in enumerate(tiers, 1) if tier.holds(value)), None)
    if number is None:
        return None
    full = _worth(tiers[number - 1], value, price)
    cap = full if cap_percent is None else price * exact(cap_percent) / 100
    amount = min(full, cap)
    if amount < exact(minimum):
        amount = Fraction()
    return CreditDue(
        amount=_rounded(amount, decimals),
        percent=_rounded(100 * amount / price if price else Fraction(), 4),
        tier=number,
        capped=full > cap,
    )


def share_of(amount: Decimal, fee: Decimal) -> Decimal:
    """The share of the fee that an amount is, in percent to four decimals."""
    return _rounded(100 * exact(amount) / exact(fee) if fee else Fraction(), 4)


def together(amount: Decimal, given: Sequence[Decimal], *, rule: str = "sum", most: Decimal | None = None) -> Decimal:
    """What a credit adds to those given for the same period, so that all of them keep to the rule.

    `sum`: all of it; `largest`: what it is above the sum of the others, which is the largest of them so far. With
    `most` all together stay at or below that sum. Whatever the order of the credits, their total is the same.
    """
    before = sum(given, Decimal())
    after = max(before, amount) if rule == "largest" else before + amount
    if most is not None:
        after = max(before, min(after, most))
    return after - before


def check(tiers: Sequence[Tier], *, op: str, target: Decimal) -> None:
    """Refuse tiers that leave a missing value without an answer, give it two, or pay for a value that is met.

    Raises `TierError` naming the tier. Where nothing is paid, a tier says so with 0.
    """
    if not tiers:
        raise TierError(1, _("There is no tier."))
    for number, tier in enumerate(tiers, 1):
        _check_one(number, tier, op)
    ordered = sorted(enumerate(tiers, 1), key=lambda row: (row[1].lo is not None, row[1].lo or 0))
    for before, after in pairwise(ordered):
        _check_joint(before, after)
    if op == ">=":
        _check_bottom(*ordered[0])
        _check_below_target(*ordered[-1], target)
    else:
        _check_above_target(*ordered[0], target)
        _check_top(*ordered[-1])


def _worth(tier: Tier, value: Fraction, fee: Fraction) -> Fraction:
    if tier.kind == "fixed":
        return exact(tier.amount)
    if tier.kind == "multiple":
        return exact(tier.amount) * fee * (100 - value) / 100
    return exact(tier.amount) * fee / 100


def _rounded(amount: Fraction, decimals: int) -> Decimal:
    """Half to even; the units are an integer, so that nothing else can round."""
    return Decimal(round(amount * 10**decimals)).scaleb(-decimals)


def _check_one(number: int, tier: Tier, op: str) -> None:
    where = {"number": number, "tier": tier}
    if tier.kind not in KINDS:
        raise TierError(number, _("Tier %(number)s (%(tier)s) has an unknown kind.") % where)
    if exact(tier.amount) < 0:
        raise TierError(number, _("Tier %(number)s (%(tier)s) is worth less than nothing.") % where)
    if tier.kind == "multiple" and op != ">=":
        raise TierError(
            number, _("Tier %(number)s (%(tier)s): only a share of time has a fee for the downtime.") % where
        )
    if tier.lo is None or tier.hi is None:
        return
    if tier.lo > tier.hi or (tier.lo == tier.hi and not (tier.lo_included and tier.hi_included)):
        raise TierError(number, _("Tier %(number)s (%(tier)s) holds no value.") % where)


def _check_joint(before: tuple[int, Tier], after: tuple[int, Tier]) -> None:
    """Two neighbours meet at one value, which belongs to exactly one of them."""
    (other, low), (number, high) = before, after
    where = {"number": number, "tier": high, "other": other, "from": low.hi, "to": high.lo}
    if low.hi is None or high.lo is None or low.hi > high.lo:
        raise TierError(number, _("Tier %(number)s (%(tier)s) overlaps tier %(other)s.") % where)
    if low.hi < high.lo:
        raise TierError(
            number,
            _("Between tier %(other)s and tier %(number)s, from %(from)s to %(to)s, nothing is said.")
            % where,
        )
    if low.hi_included and high.lo_included:
        raise TierError(number, _("Exactly %(to)s belongs to tier %(other)s and to tier %(number)s.") % where)
    if not low.hi_included and not high.lo_included:
        raise TierError(
            number,
            _("Exactly %(to)s belongs to neither tier %(other)s nor tier %(number)s (%(tier)s).") % where,
        )


def _check_bottom(number: int, tier: Tier) -> None:
    if tier.lo is not None and (tier.lo > 0 or (tier.lo == 0 and not tier.lo_included)):
        where = {"number": number, "tier": tier}
        raise TierError(number, _("Below tier %(number)s (%(tier)s) nothing is said.") % where)


def _check_top(number: int, tier: Tier) -> None:
    if tier.hi is not None:
        where = {"number": number, "tier": tier}
        raise TierError(number, _("Above tier %(number)s (%(tier)s) nothing is said.") % where)


def _check_below_target(number: int, tier: Tier, target: Decimal) -> None:
    where = {"number": number, "tier": tier, "target": target}
    if tier.hi is None or tier.hi > target or (tier.hi == target and tier.hi_included):
        raise TierError(
            number, _("Tier %(number)s (%(tier)s) pays also for %(target)s, which is met.") % where
        )
    if tier.hi < target:
        raise TierError(
            number, _("Between tier %(number)s (%(tier)s) and the target %(target)s nothing is said.") % where
        )


def _check_above_target(number: int, tier: Tier, target: Decimal) -> None:
    """A tier may begin at the target: that value is met and never asks."""
    where = {"number": number, "tier": tier, "target": target}
    if tier.lo is None or tier.lo < target:
        raise TierError(
            number, _("Tier %(number)s (%(tier)s) pays also for %(target)s, which is met.") % where
        )
    if tier.lo > target:
        raise TierError(
            number, _("Between the target %(target)s and tier %(number)s (%(tier)s) nothing is said.") % where
        )
