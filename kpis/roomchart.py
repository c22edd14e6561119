"""How the allowed downtime of a period was used up, outage by outage, and when it was gone (no queries)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from kpis import display
from kpis.drawing import Scale, label, px, rule, svg, tag, ticks
from kpis.plotting import LEFT, RIGHT, TOP
from kpis.reading import Reading

WIDTH, HEIGHT, FOOT = 472, 124, 22


@dataclass(frozen=True)
class Left:
    """What was left in seconds at the corners of the line, oldest first; `gone_at`: the whole of it was used then."""

    lo: datetime
    hi: datetime
    allowed: Fraction
    corners: Sequence[tuple[datetime, Fraction]]
    gone_at: datetime | None


def left(reading: Reading) -> Left | None:
    """None where the KPI allows no measure of downtime."""
    room = reading.room
    if room is None or room.unit != "seconds" or room.allowed <= 0 or not reading.measured:
        return None
    period, now = reading.period, min(reading.period.hi, reading.known_at)
    rest, gone_at = room.allowed, None
    corners = [(period.lo, rest)]
    for row in reading.outcome["figures"]["outages"]:
        counted = Fraction(row["counted"])
        if not counted:
            continue
        start, end = datetime.fromisoformat(row["start"]), datetime.fromisoformat(row["end"])
        if gone_at is None and rest < counted:
            gone_at = start + (end - start) * float(rest / counted)
        corners += [(start, rest), (end, rest - counted)]
        rest -= counted
    return Left(period.lo, period.hi, room.allowed, [*corners, (now, rest)], gone_at)


def picture(found: Left) -> SafeString:
    """The line of what was left over the whole period, in minutes, with a mark where it was gone."""
    minutes = [(at, value / 60) for at, value in found.corners]
    marks = ticks(min(Fraction(), *(value for _at, value in minutes)), found.allowed / 60)
    scale = Scale(marks[0], marks[-1], TOP, HEIGHT - FOOT)
    corners = [f"{px(_x(found, at))} {px(scale.y(value))}" for at, value in minutes]
    path = f"M{'L'.join(corners)}"
    parts = [
        *(rule(LEFT, WIDTH - RIGHT, scale.y(mark), "sp-g-grid" if mark else "sp-g-axis") for mark in marks),
        *(label(LEFT - 6, scale.y(mark) + Fraction(7, 2), display.number(mark), anchor="end") for mark in marks),
        tag("path", "sp-g-line", d=path), *_gone(found), *_feet(found),
        label(WIDTH - RIGHT + 5, scale.y(minutes[-1][1]) + 4, _minutes(minutes[-1][1]),
              "sp-g-miss" if found.gone_at else "sp-g-strong", anchor="start"),
    ]  # fmt: skip
    return svg("sp-g-chart", WIDTH, HEIGHT, _("Allowed downtime that is left, in minutes"), describe(found), *parts)


def describe(found: Left) -> str:
    """The picture in words."""
    said = {"allowed": display.duration(found.allowed), "left": display.duration(found.corners[-1][1])}
    words = _("of %(allowed)s at the beginning, %(left)s at the end") % said
    return f"{words}; {gone(found)}" if found.gone_at else words


def gone(found: Left) -> str:
    """ "used up on 7 May, 23:50"."""
    return _("used up on %s") % date_format(localtime(found.gone_at), "j M, H:i") if found.gone_at else ""


def _x(found: Left, at: datetime) -> Fraction:
    second = (WIDTH - LEFT - RIGHT) / Fraction((found.hi - found.lo).total_seconds())
    return LEFT + second * Fraction((at - found.lo).total_seconds())


def _minutes(value: Fraction) -> str:
    said = display.number(value, 1, toward="down")
    return _("%s min") % said


def _gone(found: Left) -> list[str]:
    if found.gone_at is None:
        return []
    x = _x(found, found.gone_at)
    mark = tag("rect", "sp-g-bad", x=x - 1, y=TOP - 4, width=2, height=HEIGHT - FOOT - TOP + 8)
    return [mark, label(x, TOP - 6, gone(found), "sp-g-miss", anchor="start" if x < WIDTH / 2 else "end")]


def _feet(found: Left) -> list[str]:
    ends = [(found.lo, "start"), (found.hi, "end")]
    return [
        label(_x(found, at), HEIGHT - 6, date_format(localtime(at), "j M"), anchor=anchor) for at, anchor in ends
    ]
