"""What every kind of figure shares: the promise, the period, the measured figure and the verdict.

Rules, stated once:

* The exact value is compared with the exact target; nothing is rounded on the way.
* A miss that even a perfect rest of the period could not undo is a breach at that moment, also below the
  coverage floor: who withholds data does not escape it.
* Below the floor there is not enough data. Only the rule "bad" needs no floor: it has counted the gaps.
* Nothing measured is never 100 and never 0, whatever the rule for missing data.
* At risk exists only while the period runs: the figure so far misses the target, or the warning level.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

OPS = (">=", "<=")
MISSING = ("gap", "good", "bad", "carry")
DEFAULT_COVERAGE = Decimal("0.9")

MET, AT_RISK, BREACHED = "met", "at_risk", "breached"
INSUFFICIENT, NOT_DUE, WAIVED = "insufficient_data", "not_due", "waived"

# Why there is not enough data; "" when there is.
NO_DATA, LOW_COVERAGE, NOTHING_DUE, TOO_FEW = "no_data", "coverage", "nothing_due", "too_few_answers"


class NotSupported(ValueError):
    """The terms ask for a rule that makes no sense for this kind of figure."""


@dataclass(frozen=True)
class Rule:
    """The promise of one KPI, as its signed version states it. Raises `ValueError` for a malformed one."""

    op: str
    target: Decimal
    warn: Decimal | None = None
    missing: str = "gap"
    coverage: Decimal = DEFAULT_COVERAGE

    def __post_init__(self) -> None:
        if self.op not in OPS:
            raise ValueError(f"a target is compared by >= or <=, not {self.op!r}")
        if self.missing not in MISSING:
            raise ValueError(f"missing data are {', '.join(MISSING)}, not {self.missing!r}")
        for number in (self.target, self.coverage, *([] if self.warn is None else [self.warn])):
            exact(number)
        if not 0 <= self.coverage <= 1:
            raise ValueError(f"the coverage floor lies between 0 and 1, not at {self.coverage}")

    @classmethod
    def from_terms(cls, kpi: Mapping[str, Any]) -> "Rule":
        """Read the KPI's entry of the terms document."""
        warn = kpi.get("warn")
        return cls(
            op=kpi["op"],
            target=Decimal(kpi["target"]),
            warn=None if warn is None else Decimal(warn),
            missing=kpi["missing"],
            coverage=Decimal(kpi["coverage"]),
        )

    def reached_by(self, value: Fraction) -> bool:
        return reaches(value, self.op, self.target)


@dataclass(frozen=True)
class Frame:
    """The period [lo, hi) and the instant from which it is looked at. Aware datetimes only."""

    lo: datetime
    hi: datetime
    known_at: datetime
    waived: bool = False

    def __post_init__(self) -> None:
        for at in (self.lo, self.hi, self.known_at):
            if at.utcoffset() is None:
                raise ValueError(f"expected an aware datetime, got {at!r}")
        if self.hi <= self.lo:
            raise ValueError(f"the period ends {self.hi} before it starts {self.lo}")

    @property
    def running(self) -> bool:
        return self.known_at < self.hi

    @property
    def until(self) -> datetime:
        """The end of what can be known of the period."""
        return min(self.hi, self.known_at)

    def holds(self, at: datetime | None) -> bool:
        return at is not None and self.lo <= at < self.hi


@dataclass(frozen=True)
class Room:
    """What may still go wrong: seconds of downtime, late cases, or the distance to the target ("value").

    `left` below zero is what went wrong too much.
    """

    unit: str  # seconds | cases | value
    allowed: Fraction
    used: Fraction
    left: Fraction


@dataclass(frozen=True)
class Measured:
    """What a kind of figure found. `figures` are its counts and lists, ready to be written as JSON."""

    value: Fraction | None
    figures: Mapping[str, Any]
    reason: str = ""
    gross: Fraction | None = None  # without exclusions; None where they do not apply
    best: Fraction | None = None  # when everything still open ends well; None: not computable
    coverage: Fraction | None = None
    certain_loss: bool | None = False  # None: cannot be known yet
    room: Room | None = None
    # Decides where the figure falls on missing samples and so has no value.
    decided: bool | None = None


@dataclass(frozen=True)
class Outcome:
    """The immutable answer about one period."""

    arithmetic: int
    kind: str
    rule: Rule
    verdict: str
    reason: str
    running: bool
    measured: Measured = field(repr=False)

    @property
    def value(self) -> Fraction | None:
        return self.measured.value

    @property
    def room(self) -> Room | None:
        return self.measured.room

    @property
    def certain_loss(self) -> bool | None:
        return self.measured.certain_loss

    def to_dict(self) -> dict[str, Any]:
        """Canonical data: exact numbers as "num/den" text, counts as integers, lists in a fixed order."""
        found = self.measured
        return {
            "arithmetic": self.arithmetic,
            "kind": self.kind,
            "verdict": self.verdict,
            "reason": self.reason,
            "running": self.running,
            "op": self.rule.op,
            "target": str(self.rule.target),
            "value": text(found.value),
            "gross": text(found.gross),
            "best": text(found.best),
            "coverage": text(found.coverage),
            "certain_loss": found.certain_loss,
            "room": found.room and {
                "unit": found.room.unit,
                "allowed": text(found.room.allowed),
                "used": text(found.room.used),
                "left": text(found.room.left),
            },
            "figures": dict(found.figures),
        }


def judge(rule: Rule, frame: Frame, found: Measured) -> tuple[str, str]:
    """The verdict and, when there is not enough data, the reason."""
    if frame.waived:
        return WAIVED, ""
    if frame.known_at < frame.lo:
        return NOT_DUE, ""
    if found.certain_loss:
        return BREACHED, ""
    if found.reason:
        return INSUFFICIENT, found.reason
    if rule.missing != "bad" and found.coverage is not None and found.coverage < Fraction(rule.coverage):
        return INSUFFICIENT, LOW_COVERAGE
    if not _reached(rule, found):
        return (AT_RISK if frame.running else BREACHED), ""
    return (AT_RISK if frame.running and _warned(rule, found) else MET), ""


def reaches(value: Fraction, op: str, target: Decimal | Fraction) -> bool:
    """Whether an exact value reaches an exact target."""
    return value >= Fraction(target) if op == ">=" else value <= Fraction(target)


def exact(number: int | Decimal | Fraction) -> Fraction:
    """A number as a fraction. Raises `ValueError` for a float, a NaN, an infinity and anything else."""
    if isinstance(number, bool) or not isinstance(number, int | Decimal | Fraction):
        raise ValueError(f"expected an exact number, got {number!r}")
    if isinstance(number, Decimal) and not number.is_finite():
        raise ValueError(f"expected a finite number, got {number}")
    return Fraction(number)


def text(value: Fraction | None) -> str | None:
    """An exact number as it is kept: "43070/43080", "12"; `Fraction(text)` reads it back."""
    return None if value is None else str(value)


def instant(at: datetime) -> str:
    """An instant as it is kept: "2026-05-07T20:50:59+00:00"."""
    return at.astimezone(UTC).isoformat()


def _reached(rule: Rule, found: Measured) -> bool:
    if found.value is None:
        return bool(found.decided)
    return rule.reached_by(found.value)


def _warned(rule: Rule, found: Measured) -> bool:
    return (
        rule.warn is not None and found.value is not None and not reaches(found.value, rule.op, rule.warn)
    )
