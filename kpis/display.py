"""Figures in words and digits, never kinder than they are (no ORM).

Rules, stated once:

* A figure is cut toward the bad side: down where the target is "at least", up where it is "at most".
* It has as many digits as its target, so a miss never prints equal to the target and a hit never prints
  as a miss.
* Spaces before units do not break; minus is a minus sign.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kpis.formulas import Room, exact

SIGNS = {">=": "≥", "<=": "≤"}
SPACE, MINUS, NOTHING = "\N{NO-BREAK SPACE}", "\N{MINUS SIGN}", "–"
Number = int | Decimal | Fraction

_ROUND: dict[str, Callable[[Fraction], int]] = {"down": floor, "up": ceil, "nearest": round}
_TOWARD_BAD = {">=": "down", "<=": "up"}


def show(
    value: Number | None, *, op: str | None, decimals: int, unit: str = "", target: Decimal | None = None
) -> str:
    """A figure with its unit: "99.89 %", "742 ms"; a dash for None.

    `op` None has no bad side and rounds half to even. With the target, its digits are the fewest shown.
    """
    if value is None:
        return NOTHING
    places = decimals if target is None else max(decimals, places_of(target))
    exactly = exact(value)
    if unit == "%" and exactly == 100:
        return _with_unit("100", unit)
    toward = "nearest" if op is None else _TOWARD_BAD[op]
    return _with_unit(number(exactly, places, toward=toward), unit)


def show_target(op: str, target: Decimal, unit: str = "", decimals: int = 0) -> str:
    """The promise with all its digits: "≥ 99.90 %"."""
    places = max(decimals, places_of(target))
    return f"{SIGNS[op]}{SPACE}{_with_unit(number(exact(target), places), unit)}"


def places_of(value: Decimal) -> int:
    """The decimals a number is written with: 2 for 99.90."""
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def number(value: Number, decimals: int = 0, *, toward: str = "nearest") -> str:
    """A number in the reader's language: "43,200", "−8.6". `toward` is down, up or nearest (half to even)."""
    units = _ROUND[toward](exact(value) * 10**decimals)
    said = number_format(Decimal(abs(units)).scaleb(-decimals), decimals, force_grouping=True)
    return f"{MINUS}{said}" if units < 0 else said


def duration(seconds: Number, *, toward: str = "down") -> str:
    """A length of time in plain words, to the second: "21 min 55 s", "37 h 5 min", "0 s".

    Hours are the largest unit: a day means something else on a contract's calendar.
    """
    whole = _ROUND[toward](exact(seconds))
    hours, rest = divmod(abs(whole), 3600)
    minutes, left = divmod(rest, 60)
    parts = []
    if hours:
        parts.append(_("%(hours)s h") % {"hours": number(hours)})
    if minutes:
        parts.append(_("%(minutes)d min") % {"minutes": minutes})
    if left or not parts:
        parts.append(_("%(seconds)d s") % {"seconds": left})
    words = " ".join(parts).replace(" ", SPACE)
    return f"{MINUS}{words}" if whole < 0 else words


def counted(part: int, total: int) -> str:
    """A share with its denominator: "13 of 15"."""
    return _("%(part)s of %(total)s") % {"part": number(part), "total": number(total)}


def cases(count: int) -> str:
    return ngettext("%(number)s case", "%(number)s cases", count) % {"number": number(count)}


def outages(count: int) -> str:
    return ngettext("%(number)s outage", "%(number)s outages", count) % {"number": number(count)}


def answers(count: int) -> str:
    return ngettext("%(number)s answer", "%(number)s answers", count) % {"number": number(count)}


def carried(kind: str, figures: Mapping[str, Any]) -> str:
    """How much an outcome holds on as it was last known: time, slices or values; empty where nothing is."""
    held = figures.get("carried")
    if not held or held == "0":
        return ""
    if kind in ("uptime", "slice_uptime"):
        return duration(Fraction(held), toward="up")
    if kind == "ratio":
        return ngettext("%(number)s slice", "%(number)s slices", held) % {"number": number(held)}
    return values(held)


def values(count: int) -> str:
    return ngettext("%(number)s value", "%(number)s values", count) % {"number": number(count)}


def room_left(room: Room | None, *, unit: str = "", decimals: int = 0) -> str:
    """What may still go wrong: "21 min 55 s left", "2 too many", "58 ms to spare"; a dash for None."""
    if room is None:
        return NOTHING
    if room.unit == "seconds":
        return _room_of_time(room)
    if room.unit == "events":
        return _room_of_events(room)
    return _room_of_cases(room) if room.unit == "cases" else _room_of_value(room, unit, decimals)


def room_used(room: Room | None) -> str:
    """How much of the room is used: "51 min 36 s of 43 min", "2 of 1"; empty where nothing is used up."""
    if room is None or room.unit == "value":
        return ""
    if room.unit in ("cases", "events"):
        return counted(ceil(room.used), floor(room.allowed))
    return _("%(used)s of %(allowed)s") % {
        "used": duration(room.used, toward="up"),
        "allowed": duration(room.allowed, toward="down"),
    }


def _room_of_time(room: Room) -> str:
    if room.left < 0:
        return _("%(time)s too much") % {"time": duration(-room.left, toward="up")}
    return _("%(time)s left") % {"time": duration(room.left, toward="down")}


def _room_of_cases(room: Room) -> str:
    left = int(room.left)
    if left < 0:
        return ngettext("%(number)s too many", "%(number)s too many", -left) % {"number": number(-left)}
    if left == 0:
        return _("no late one allowed") if room.used == 0 else _("no further late one allowed")
    return ngettext("%(number)s more may be late", "%(number)s more may be late", left) % {
        "number": number(left)
    }


def _room_of_events(room: Room) -> str:
    left = floor(room.left)
    if left < 0:
        return ngettext("%(number)s too many", "%(number)s too many", -left) % {"number": number(-left)}
    if left == 0:
        return _("none left")
    return ngettext("%(number)s more allowed", "%(number)s more allowed", left) % {"number": number(left)}


def _room_of_value(room: Room, unit: str, decimals: int) -> str:
    toward = "up" if room.left < 0 else "down"
    amount = _with_unit(number(abs(room.left), decimals, toward=toward), unit)
    return (
        _("%(amount)s too far") % {"amount": amount}
        if room.left < 0
        else _("%(amount)s to spare") % {"amount": amount}
    )


def _with_unit(said: str, unit: str) -> str:
    return f"{said}{SPACE}{unit}" if unit else said
