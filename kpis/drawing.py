"""Small SVG: elements, scales, hatching. Exact coordinates in, tenths of a pixel out (no ORM).

Each element has presentation attributes, so that it prints without a style sheet, and a class of ours, so
that a page can follow the reader's theme. No ids and no inline style: many drawings may share a page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from math import ceil, floor

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

Length = int | Fraction

# Class of ours -> what it looks like on paper.
PAPER: dict[str, dict[str, str]] = {
    "sp-g-grid": {"stroke": "#e2e6eb", "stroke-width": "1"},
    "sp-g-axis": {"stroke": "#838e9a", "stroke-width": "1"},
    "sp-g-line": {
        "fill": "none", "stroke": "#465260", "stroke-width": "1.75",
        "stroke-linejoin": "round", "stroke-linecap": "round",
    },
    "sp-g-target": {"stroke": "#16202c", "stroke-width": "1.25", "stroke-dasharray": "5 3"},
    "sp-g-goal": {"stroke": "#838e9a", "stroke-width": "1", "stroke-dasharray": "3 3"},
    "sp-g-hatch": {"fill": "none", "stroke": "#838e9a", "stroke-width": "1"},
    "sp-g-over": {"fill": "none", "stroke": "#e8aca8", "stroke-width": "2.5"},
    "sp-g-bar": {"fill": "#465260"},
    "sp-g-track": {"fill": "#eef0f3"},
    "sp-g-ok": {"fill": "#1f8351"},
    "sp-g-warn": {"fill": "#b36f00"},
    "sp-g-bad": {"fill": "#c0332a"},
    "sp-g-none": {"fill": "#fff", "stroke": "#5c6875", "stroke-width": "1.5", "stroke-dasharray": "2 1.5"},
    "sp-g-off": {"fill": "#fff", "stroke": "#b9c0c8", "stroke-width": "1.5"},
    "sp-g-sign": {
        "fill": "none", "stroke": "#fff", "stroke-width": "3.2",
        "stroke-linecap": "round", "stroke-linejoin": "round",
    },
    "sp-g-text": {"fill": "#5c6875", "font-size": "10"},
    "sp-g-strong": {"fill": "#16202c", "font-size": "10", "font-weight": "600"},
    "sp-g-miss": {"fill": "#a1221a", "font-size": "10", "font-weight": "600"},
}  # fmt: skip


def px(length: Length) -> str:
    """A coordinate in tenths of a pixel: "12", "12.3". Integers all the way, so that it never varies."""
    tenths = round(Fraction(length) * 10)
    whole, tenth = divmod(abs(tenths), 10)
    return f"{'-' if tenths < 0 else ''}{whole}{f'.{tenth}' if tenth else ''}"


def tag(name: str, look: str = "", text: str = "", **attributes: str | Length) -> str:
    """An element; `look` is one of our classes, `text` its content. Lengths become pixels."""
    pairs: dict[str, str] = {"class": look, **PAPER[look]} if look else {}
    for key, each in attributes.items():
        pairs[key.rstrip("_").replace("_", "-")] = each if isinstance(each, str) else px(each)
    said = "".join(f' {key}="{escape(each)}"' for key, each in pairs.items())
    return f"<{name}{said}>{escape(text)}</{name}>" if text else f"<{name}{said}/>"


def svg(
    look: str, width: int, height: int, title: str, desc: str, *parts: str, stretch: bool = False
) -> SafeString:
    """A picture with a name and a description for those who do not see it."""
    fit = ' preserveAspectRatio="none"' if stretch else ""
    about = tag("title", text=title) + (tag("desc", text=desc) if desc else "")
    return mark_safe(  # every text went through escape()
        f'<svg class="sp-g {look}" role="img" aria-label="{escape(title)}" xmlns="http://www.w3.org/2000/svg"'
        f' width="{width}" height="{height}" viewBox="0 0 {width} {height}"{fit}'
        f' font-family="Inter, sans-serif">{about}{"".join(parts)}</svg>'
    )


def label(
    x: Length, y: Length, text: str, look: str = "sp-g-text", anchor: str = "middle", **more: str
) -> str:
    return tag("text", look, text, x=x, y=y, text_anchor=anchor, **more)


def rule(x1: Length, x2: Length, y: Length, look: str) -> str:
    return tag("line", look, x1=x1, x2=x2, y1=y, y2=y)


def square(x: Length, y: Length, look: str = "sp-g-bad", side: int = 9) -> str:
    half = Fraction(side, 2)
    return tag("rect", look, x=x - half, y=y - half, width=side, height=side)


def triangle(x: Length, y: Length, look: str = "sp-g-warn", side: int = 9) -> str:
    half = Fraction(side, 2)
    return tag("path", look, d=f"M{px(x)} {px(y - half)}L{px(x + half)} {px(y + half)}H{px(x - half)}z")


def hatching(
    x: Length, y: Length, width: Length, height: Length, look: str = "sp-g-hatch", gap: int = 6
) -> str:
    """Diagonal lines within a rectangle, drawn one by one: a pattern would need an id."""
    lines = []
    bottom = y + height
    for start in range(-ceil(Fraction(height, gap)) * gap, ceil(width), gap):
        # The points (x + start + t, bottom - t), clipped to the rectangle.
        first, last = max(0, -start), min(Fraction(height), Fraction(width) - start)
        if first < last:
            ends = ((x + start + t, bottom - t) for t in (first, last))
            lines.append("M" + "L".join(f"{px(across)} {px(down)}" for across, down in ends))
    return tag("path", look, d="".join(lines)) if lines else ""


@dataclass(frozen=True)
class Scale:
    """Values from `lo` to `hi` on pixels from `bottom` up to `top`."""

    lo: Fraction
    hi: Fraction
    top: int
    bottom: int

    def y(self, value: Fraction) -> Fraction:
        share = (min(max(value, self.lo), self.hi) - self.lo) / (self.hi - self.lo)
        return self.bottom - share * (self.bottom - self.top)


def ticks(lo: Fraction, hi: Fraction, most: int = 4) -> list[Fraction]:
    """Round values from below `lo` to above `hi`, at most so many steps apart: 99.6, 99.8, 100."""
    if hi <= lo:
        lo, hi = lo - 1, hi + 1
    size = floor_log10(hi - lo) - 2
    for power in count(size):
        for step in (Fraction(1), Fraction(2), Fraction(5, 2), Fraction(5)):
            width = step * Fraction(10) ** power
            first, last = floor(lo / width), ceil(hi / width)
            if last - first <= most:
                return [width * n for n in range(first, last + 1)]
    raise AssertionError("some step is wide enough")


def floor_log10(value: Fraction) -> int:
    """The power of ten at or below a positive value, in integers."""
    power = len(str(value.numerator)) - len(str(value.denominator))
    return power if value >= Fraction(10) ** power else power - 1


def decimals_of(values: Sequence[Fraction]) -> int:
    """The decimals that show these values exactly (they are decimal fractions)."""
    return next(places for places in count() if all((each * 10**places).denominator == 1 for each in values))


def reduced(values: Sequence[Fraction | None], columns: int) -> list[int]:
    """The places worth drawing on so many pixels: of each column first, last, least and greatest, and each
    gap's edges. All of them when they fit.
    """
    if len(values) <= columns:
        return list(range(len(values)))
    kept: set[int] = set()
    for column in range(columns):
        places = range(column * len(values) // columns, (column + 1) * len(values) // columns)
        kept |= {places[0], places[-1]}
        kept |= {place for place in places if values[place] is None}
        known = [(each, place) for place in places if (each := values[place]) is not None]
        if known:
            kept |= {min(known)[1], max(known)[1]}
    return sorted(kept)
