"""Pictures of figures as small SVG, the same on pages, in mails and in the PDF (no ORM).

Shape says what colour says: missed is a square, at risk a triangle, met a dot, not measured a hollow dashed
dot; excluded time is hatched. The target is a line with its text. Texts come in the reader's language.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from kpis import plotting as p
from kpis.drawing import Scale, hatching, rule, svg, tag, ticks
from kpis.formulas import AT_RISK, BREACHED, MET, Room, exact
from kpis.plotting import Point, Promise

__all__ = [
    "Point", "Promise", "StripCell", "day_chart", "describe", "line_chart", "month_strip", "room_bar",
    "sparkline", "traffic_light",
]  # fmt: skip

HEAT = {MET: "sp-h-ok", AT_RISK: "sp-h-warn", BREACHED: "sp-h-bad"}


@dataclass(frozen=True)
class StripCell:
    """A month of the 12-month strip, for a table cell. A missed one wears a cross; print it bold."""

    label: str
    text: str
    css: str
    missed: bool
    state: str


def line_chart(
    points: Sequence[Point], promise: Promise, title: str, *, width: int = 472, height: int = 124
) -> SafeString:
    """Values over time against the target: the months of a year, or the days of a period."""
    scale, marks = p.scale_for(points, promise, height)
    xs = p.places(len(points), width, left=p.LEFT + 12, right=p.RIGHT + 12)
    columns = width - p.LEFT - p.RIGHT
    crowded = len(points) * 8 > columns  # then only the missed ones are marked
    marked = [
        p.marker(point.state, x, scale.y(point.value))
        for point, x in zip(points, xs, strict=True)
        if point.value is not None and (point.state == BREACHED or not crowded)
    ]
    return svg(
        "sp-g-chart", width, height, title, describe(points, promise),
        *p.grid(marks, scale, width),
        *p.excluded(points, xs, scale, width),
        *p.target(promise, scale, width),
        p.line(points, xs, scale, columns),
        *marked,
        *p.notes(points, xs, scale, promise, above=promise.op == "<="),
        *p.feet(points, xs, height),
    )  # fmt: skip


def day_chart(
    days: Sequence[Point], promise: Promise, title: str, *, target: bool = True,
    width: int = 472, height: int = 124,
) -> SafeString:  # fmt: skip
    """A bar for each day from zero up: a value with its target, or (`target=False`) minutes of downtime."""
    shown = p.worst_of_each(days, width)
    values = [day.value for day in shown if day.value is not None]
    highest = max([*values, exact(promise.target) if target else Fraction()])
    marks = ticks(Fraction(), highest * 11 / 10 or Fraction(1))
    scale = Scale(marks[0], marks[-1], p.TOP, height - p.FOOT)
    xs = p.places(len(shown), width, inset=True)
    step = Fraction(width - p.LEFT - p.RIGHT, max(1, len(shown)))
    bars = [part for day, x in zip(shown, xs, strict=True) for part in p.bar(day, x, step, scale)]
    return svg(
        "sp-g-chart", width, height, title, describe(days, promise, target=target),
        *p.grid(marks, scale, width),
        *p.excluded(shown, xs, scale, width),
        *bars,
        *(p.target(promise, scale, width) if target else []),
        *p.notes(shown, xs, scale, promise, above=True),
        *p.feet(shown, xs, height),
    )  # fmt: skip


def sparkline(
    points: Sequence[Point], promise: Promise, title: str, *, width: int = 104, height: int = 26
) -> SafeString:
    """The shape of a series within a table row; the missed ones and the last one are marked."""
    goal = exact(promise.target)
    values = [goal, *(point.value for point in points if point.value is not None)]
    lo, hi = min(values), max(values)
    scale = Scale(lo, hi if hi > lo else lo + 1, 4, height - 4)
    xs = p.places(len(points), width, left=4, right=5)
    last = max((place for place, point in enumerate(points) if point.value is not None), default=-1)
    marked = [
        p.marker(point.state, xs[place], scale.y(point.value), small=True)
        for place, point in enumerate(points)
        if point.value is not None and (place == last or point.state == BREACHED)
    ]
    goal_line = rule(0, width, scale.y(goal), "sp-g-goal")
    line = p.line(points, xs, scale, width)
    return svg("sp-g-spark", width, height, title, describe(points, promise), goal_line, line, *marked)


def room_bar(room: Room, state: str, title: str, *, width: int = 190, height: int = 8) -> SafeString:
    """How much of the room is used; full and hatched when it was too much."""
    used = max(Fraction(2), _share_used(room) * width)  # its start is seen also when nothing is used
    return svg(
        "sp-g-room", width, height, title, "",
        tag("rect", "sp-g-track", x=0, y=0, width=width, height=height),
        tag("rect", p.LOOK.get(state, "sp-g-bar"), x=0, y=0, width=used, height=height),
        hatching(0, 0, width, height, "sp-g-over") if room.left < 0 else "",
        stretch=True,
    )  # fmt: skip


def traffic_light(colour: str, title: str, *, width: int = 110, height: int = 36) -> SafeString:
    """Three lamps, one lit: red a square with a cross, amber a triangle, green a circle with a tick.

    Grey lights none: something was not measured. Raises `KeyError` for another colour.
    """
    lit = {"red": 0, "amber": 1, "green": 2, "grey": None}[colour]
    dark = "sp-g-none" if lit is None else "sp-g-off"
    lamps = (_red, _amber, _green)
    parts = [
        lamp(x) if place == lit else tag("circle", dark, cx=x, cy=18, r=Fraction(29, 2))
        for place, (lamp, x) in enumerate(zip(lamps, (18, 55, 92), strict=True))
    ]
    return svg("sp-g-light", width, height, title, "", *parts)


def month_strip(points: Sequence[Point], promise: Promise) -> list[StripCell]:
    """The cells of a row of the 12-month strip; values without their unit, a dash for none."""
    return [
        StripCell(
            label=point.label,
            text=f"{_cross(point)}{promise.show(point.value, unit=False)}",
            css=HEAT.get(point.state, "sp-h-none"),
            missed=point.state == BREACHED,
            state=point.state,
        )
        for point in points
    ]


def describe(points: Sequence[Point], promise: Promise, *, target: bool = True) -> str:
    """The picture in words: how many values, the target, what was missed, excluded and not measured."""
    said = [_("values: %(count)s") % {"count": len(points)}]
    if target:
        said.append(_("target: %(target)s") % {"target": promise})
    lists = (
        (
            _("missed: %(list)s"),
            [f"{each.label} {promise.show(each.value)}" for each in points if each.state == BREACHED],
        ),
        (_("excluded: %(list)s"), [each.label for each in points if each.excluded]),
        (
            _("not measured: %(list)s"),
            [each.label for each in points if each.value is None and not each.excluded],
        ),
    )
    return "; ".join([*said, *(words % {"list": ", ".join(found)} for words, found in lists if found)])


def _cross(point: Point) -> str:
    return "×\N{NO-BREAK SPACE}" if point.state == BREACHED else ""


def _share_used(room: Room) -> Fraction:
    """0 to 1. Of a value it is how near it has come to its target."""
    if room.left < 0:
        return Fraction(1)
    if room.unit == "value":
        small, large = sorted((abs(room.allowed), abs(room.used)))
        return small / large if large else Fraction()
    return room.used / room.allowed if room.allowed else Fraction()


def _red(x: int) -> str:
    box = tag("rect", "sp-g-bad", x=x - 14, y=4, width=28, height=28, rx=5)
    return box + tag("path", "sp-g-sign", d=f"M{x - 5} 13l10 10m0 -10l-10 10")


def _amber(x: int) -> str:
    shape = tag("path", "sp-g-warn", d=f"M{x} 3l16 29h-32z")
    return shape + tag("path", "sp-g-sign", d=f"M{x} 14v8m0 5v.1")


def _green(x: int) -> str:
    disc = tag("circle", "sp-g-ok", cx=x, cy=18, r=Fraction(29, 2))
    return disc + tag("path", "sp-g-sign", d=f"M{x - 6} 18l4 5l8 -9")
