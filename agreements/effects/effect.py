"""An effect and the few shapes that most of them have (no ORM)."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from django.utils.translation import gettext as _

from agreements.tables import plain

T = TypeVar("T")

BETTER, WORSE, NEUTRAL, MIXED = "better", "worse", "neutral", "mixed"
OPPOSITE = {BETTER: WORSE, WORSE: BETTER, NEUTRAL: NEUTRAL}


@dataclass(frozen=True)
class Effect:
    """What a change does, and for whom: `side` is better, worse, neutral or mixed for the client."""

    text: str = ""
    side: str = ""

    def __bool__(self) -> bool:
        return bool(self.text)


NONE = Effect()


def side_word(side: str) -> str:
    return {
        BETTER: _("Better for the client"),
        WORSE: _("Worse for the client"),
        NEUTRAL: _("Neither better nor worse"),
        MIXED: _("Partly better, partly worse"),
    }.get(side, "")


def step(was: int | Fraction, now: int | Fraction, *, up: str, down: str, more: str) -> Effect:
    """A figure that grew or fell: the words for it, and what `more` of it is for the client."""
    if now == was:
        return NONE
    return Effect(up, more) if now > was else Effect(down, OPPOSITE[more])


def came(was: object, now: object, *, added: Effect, removed: Effect) -> Effect | None:
    """The effect of something that one side does not have; None when both have it."""
    if was is None and now is None:
        return NONE
    if was is None:
        return added
    return removed if now is None else None


def both(effects: Iterable[Effect]) -> Effect:
    """Several effects of one line as one."""
    found = [each for each in effects if each]
    sides = {each.side for each in found} - {NEUTRAL} or {NEUTRAL}
    if not found:
        return NONE
    return Effect("; ".join(each.text for each in found), sides.pop() if len(sides) == 1 else MIXED)


def find(items: Iterable[T], key: object, name: str = "key") -> T | None:
    return next((each for each in items if str(getattr(each, name)) == str(key)), None)


def exactly(number: Fraction) -> str:
    """A number of the terms as it is written: "0.05", "50"."""
    return plain(Decimal(number.numerator) / Decimal(number.denominator))
