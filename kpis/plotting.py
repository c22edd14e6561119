"""The pieces of a chart: points, grid, target, line, bars, marks (no ORM). `charts` puts them together."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil

from django.utils.translation import gettext as _

from kpis import display
from kpis.drawing import (
    Length,
    Scale,
    decimals_of,
    hatching,
    label,
    px,
    reduced,
    rule,
    square,
    tag,
    ticks,
    triangle,
)
from kpis.formulas import AT_RISK, BREACHED, MET, exact

LOOK = {MET: "sp-g-ok", AT_RISK: "sp-g-warn", BREACHED: "sp-g-bad"}
LEFT, RIGHT, TOP, FOOT = 46, 62, 14, 22
LETTER, NARROWEST_BAR = 6, 3  # pixels


@dataclass(frozen=True)
class Point:
    """One value of a series with the verdict on it; None is a gap. `excluded` time is hatched."""

    label: str
    value: Fraction | None
    state: str = MET
    excluded: bool = False


@dataclass(frozen=True)
class Promise:
    """The target as a chart needs it."""

    op: str
    target: Decimal
    unit: str = ""
    decimals: int = 0

    def show(self, value: Fraction | None, *, unit: bool = True) -> str:
        said = self.unit if unit else ""
        return display.show(value, op=self.op, decimals=self.decimals, unit=said, target=self.target)

    def __str__(self) -> str:
        return display.show_target(self.op, self.target, self.unit)


def scale_for(points: Sequence[Point], promise: Promise, height: int) -> tuple[Scale, list[Fraction]]:
    """A scale that holds all values and the target, with room for the text of a miss, and its round marks."""
    values = [exact(promise.target), *(point.value for point in points if point.value is not None)]
    lo, hi = min(values), max(values)
    spare = (hi - lo) / 4
    lo, hi = (lo - spare, hi) if promise.op == ">=" else (lo, hi + spare)
    marks = ticks(lo, hi)
    return Scale(marks[0], marks[-1], TOP, height - FOOT), marks


def places(
    count: int, width: int, *, left: int = LEFT, right: int = RIGHT, inset: bool = False
) -> list[Fraction]:
    """Where the points stand. `inset` leaves half a step at both ends, so that a bar has its room."""
    steps = count if inset else max(1, count - 1)
    step = Fraction(width - left - right, max(1, steps))
    return [left + step * place + (step / 2 if inset else 0) for place in range(count)]


def grid(marks: Sequence[Fraction], scale: Scale, width: int) -> list[str]:
    decimals = decimals_of(marks)
    parts = []
    for mark in marks:
        y = scale.y(mark)
        parts.append(rule(LEFT, width - RIGHT, y, "sp-g-axis" if mark == marks[0] else "sp-g-grid"))
        parts.append(label(LEFT - 6, y + Fraction(7, 2), display.number(mark, decimals), anchor="end"))
    return parts


def excluded(points: Sequence[Point], xs: Sequence[Fraction], scale: Scale, width: int) -> list[str]:
    """Hatched columns, touching ones drawn as one."""
    half = (xs[1] - xs[0]) / 2 if len(xs) > 1 else Fraction(6)
    parts, start = [], None
    for place, point in enumerate([*points, Point("", None)]):
        if point.excluded and start is None:
            start = place
        if not point.excluded and start is not None:
            left = max(Fraction(LEFT), xs[start] - half)
            right = min(Fraction(width - RIGHT), xs[place - 1] + half)
            parts.append(hatching(left, scale.top, right - left, scale.bottom - scale.top))
            start = None
    return parts


def target(promise: Promise, scale: Scale, width: int) -> list[str]:
    y = scale.y(exact(promise.target))
    text = label(width - RIGHT + 5, y + Fraction(7, 2), str(promise), "sp-g-strong", anchor="start")
    return [rule(LEFT, width - RIGHT, y, "sp-g-target"), text]


def line(points: Sequence[Point], xs: Sequence[Fraction], scale: Scale, columns: int) -> str:
    """The line through the values, broken at gaps, with no more corners than the pixels can show."""
    path, drawing = [], False
    for place in reduced([point.value for point in points], columns):
        value = points[place].value
        if value is not None:
            path.append(f"{'L' if drawing else 'M'}{px(xs[place])} {px(scale.y(value))}")
        drawing = value is not None
    return tag("path", "sp-g-line", d="".join(path)) if path else ""


def marker(state: str, x: Fraction, y: Fraction, *, small: bool = False) -> str:
    side = 6 if small else 9
    if state == BREACHED:
        return square(x, y, side=side)
    if state == AT_RISK:
        return triangle(x, y, side=side)
    return tag("circle", LOOK.get(state, "sp-g-none"), cx=x, cy=y, r=3)


def bar(day: Point, x: Fraction, step: Fraction, scale: Scale) -> list[str]:
    """A day's bar from zero up. A missed one is red and wears a square; a gap is a short stroke below."""
    width = max(Fraction(2), step * 7 / 10)
    if day.value is None:
        return [] if day.excluded else [rule(x - width / 2, x + width / 2, scale.bottom + 3, "sp-g-axis")]
    y = scale.y(day.value)
    look = LOOK[BREACHED] if day.state == BREACHED else "sp-g-bar"
    parts = []
    if y < scale.bottom:
        parts = [tag("rect", look, x=x - width / 2, y=y, width=width, height=scale.bottom - y)]
    return [*parts, square(x, y, side=7)] if day.state == BREACHED else parts


def notes(
    points: Sequence[Point], xs: Sequence[Fraction], scale: Scale, promise: Promise, *, above: bool
) -> list[str]:
    """The missed values as text, the worst first; one that would cover another stays out."""
    missed = [
        place for place, point in enumerate(points) if point.state == BREACHED and point.value is not None
    ]
    missed.sort(key=lambda place: points[place].value or 0, reverse=promise.op == "<=")
    parts, taken = [], list[Length]()
    for place in missed:
        if all(abs(xs[place] - x) >= 34 for x in taken):
            taken.append(xs[place])
            y = scale.y(points[place].value or Fraction())
            y = y - 7 if above and y - 7 > 9 or y + 16 > scale.bottom + 6 else y + 16
            text = promise.show(points[place].value, unit=False)
            parts.append(label(xs[place], y, text, "sp-g-miss"))
    return parts


def feet(points: Sequence[Point], xs: Sequence[Fraction], height: int) -> list[str]:
    """The labels below the axis, as many as there is room for; the last one, where the reader is, is bold."""
    if all(point.value is None for point in points):
        return [label(LEFT + 6, height - FOOT - 6, _("no values yet"), anchor="start")]
    step = xs[1] - xs[0] if len(xs) > 1 else Fraction(1)
    widest = max(len(point.label) for point in points) * LETTER + 8
    every = ceil(widest / step)
    return [
        label(
            xs[place],
            height - 6,
            points[place].label,
            "sp-g-strong" if place == len(points) - 1 else "sp-g-text",
        )
        for place in range(0, len(points), every)
    ]


def worst_of_each(days: Sequence[Point], width: int) -> list[Point]:
    """As many days as there is room for bars: of each group the missed one, else the highest."""
    most = (width - LEFT - RIGHT) // NARROWEST_BAR
    size = -(-len(days) // most) or 1
    groups = [days[start : start + size] for start in range(0, len(days), size)]
    return [
        Point(group[0].label, worst.value, worst.state, excluded=all(day.excluded for day in group))
        for group in groups
        for worst in [
            max(group, key=lambda day: (day.state == BREACHED, day.value is not None, day.value or 0))
        ]
    ]
