"""How fast the allowance burns, and where a running period is heading (no ORM). Labelled; never a verdict.

Burn rate = the share of bad time in a window / the share that the target allows: at 1 the allowance lasts exactly to
the end of the period. The four alerts are those of the SRE workbook for 30 days, each a share of the allowance burnt
within its window; for another length of the period the factor is scaled (share x period / window) and clamped to what
can happen at all: everything bad burns 100 / (100 - target).

Source: Google, The Site Reliability Workbook, chapter 5; 2 % in 1 h, 5 % in 6 h, 10 % in 1 d and in 3 d.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from kpis.formulas.spans import micro

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# (long window, short window, share of the allowance burnt within the long one): 14.4, 6, 3 and 1 for 30 days.
ALERTS = (
    (HOUR, timedelta(minutes=5), Fraction(2, 100)),
    (6 * HOUR, timedelta(minutes=30), Fraction(5, 100)),
    (DAY, 2 * HOUR, Fraction(10, 100)),
    (3 * DAY, 6 * HOUR, Fraction(10, 100)),
)
Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Burn:
    """One alert: how fast its two windows burn, and the factor from which it fires. None: nothing is known."""

    window: timedelta
    factor: Fraction
    long: Fraction | None
    short: Fraction | None

    @property
    def firing(self) -> bool:
        """Both windows burn at least that fast: it burns, and it burns still."""
        return self.long is not None and self.short is not None and min(self.long, self.short) >= self.factor


@dataclass(frozen=True)
class Forecast:
    """Of a running period: what a perfect rest gives, what is expected if it goes on as it went, and the room left.

    `exhausted_at`: when the allowance is used up at the pace so far; None: not before the end.
    """

    best: Fraction
    expected: Fraction
    room: Fraction  # seconds
    exhausted_at: datetime | None
    probable_loss: bool


def factors(target: Fraction, period: timedelta) -> list[Fraction]:
    """From which burn rates the four alerts fire. Raises `ValueError` for a target of 100 %: it allows nothing."""
    if not 0 <= target < 100:
        raise ValueError(f"a burn rate needs a target below 100 %, not {target}")
    ceiling = Fraction(100) / (100 - target)
    return [min(ceiling, share * _ratio(period, window)) for window, _short, share in ALERTS]


def burn(
    target: Fraction, period: timedelta, down: Sequence[Span], counted: Sequence[Span], now: datetime
) -> list[Burn]:
    """The four alerts at `now`, from when it was down and which time counts (both sorted, disjoint).

    A window that is longer than what has counted so far can't fire: it has no full history.
    """
    rates = []
    for factor, (long, short, _share) in zip(factors(target, period), ALERTS, strict=True):
        known = bool(counted) and counted[0][0] <= now - long
        found = [_rate(target, down, counted, now - window, now) if known else None for window in (long, short)]
        rates.append(Burn(long, factor, *found))
    return rates


def forecast(target: Fraction, period: Span, bad: Fraction, counted: Fraction, whole: Fraction) -> Forecast:
    """Of an availability: `bad` seconds of `counted` so far, of `whole` that will count by the end of the period.

    Expected: the rest goes as the time so far. Raises `ValueError` when nothing counts or more is bad than counted.
    """
    if not 0 <= bad <= counted <= whole or not whole:
        raise ValueError(f"{bad} s bad of {counted} s of {whole} s")
    pace = bad / counted if counted else Fraction()
    allowed = (1 - target / 100) * whole
    best, expected = 100 * (1 - bad / whole), 100 * (1 - pace)
    exhausted = None
    if pace and bad <= allowed < pace * whole:
        share = (allowed - bad) / pace / (whole - counted) if whole > counted else Fraction()
        now = period[0] + _part(period[1] - period[0], counted / whole)
        exhausted = now + _part(period[1] - now, share)
    return Forecast(best, expected, allowed - bad, exhausted, best >= target > expected)


def _rate(
    target: Fraction, down: Sequence[Span], counted: Sequence[Span], lo: datetime, hi: datetime
) -> Fraction | None:
    total = _within(counted, lo, hi)
    return Fraction(100 * _within(down, lo, hi), total) / (100 - target) if total else None


def _within(spans: Sequence[Span], lo: datetime, hi: datetime) -> int:
    parts = ((max(start, lo), min(end, hi)) for start, end in spans)
    return sum(micro(end) - micro(start) for start, end in parts if start < end)


def _ratio(period: timedelta, window: timedelta) -> Fraction:
    tick = timedelta(microseconds=1)
    return Fraction(period // tick, window // tick)


def _part(span: timedelta, share: Fraction) -> timedelta:
    return timedelta(microseconds=int(span // timedelta(microseconds=1) * share))
