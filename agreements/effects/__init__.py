"""What a change of terms does to the client, in plain words and exact arithmetic (no ORM).

`effect` answers for one line of the terms (`agreements.lines` names them): "21 min 55 s less downtime a month",
better for the client. A line that nobody wrote words for, such as a name, has none: old and new stand alone.
"""

from collections.abc import Callable

from agreements.effects import credits, hours, life, promises
from agreements.effects.effect import BETTER, MIXED, NEUTRAL, NONE, WORSE, Effect
from agreements.terms import Terms

__all__ = ["BETTER", "MIXED", "NEUTRAL", "NONE", "WORSE", "Effect", "effect"]

Words = Callable[[Terms, Terms, str], Effect]
# (section, last word of the line's key) -> what it does; "" stands for any last word.
WORDS: dict[tuple[str, str], Words] = {**promises.WORDS, **credits.WORDS, **hours.WORDS, **life.WORDS}


def effect(old: Terms, new: Terms, key: str) -> Effect:
    """What changed between two terms in the line `key` ("kpis:K1:target"); NONE where that can't be said."""
    section, *rest = key.split(":")
    says = WORDS.get((section, rest[-1])) or WORDS.get((section, ""))
    return says(old, new, rest[1] if section == "escalation" else rest[0]) if says else NONE
