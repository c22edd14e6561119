"""The clocks of a case as strips on one axis of time: running, waiting, closed, late (no ORM).

Shape says what colour says: running is a full bar, waiting is hatched, closed is a thin line, late a taller bar.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from fractions import Fraction

from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from agreements.caseclock import CaseReading, Segment
from kpis.casefile import Clock
from kpis.drawing import hatching, label, rule, svg, tag

LEFT, RIGHT, ROW, TALL, TOP = 8, 8, 44, 14, 18


def strips(clocks: Sequence[Clock], *, width: int = 640) -> SafeString | str:
    """One strip for each clock from the opening to the end or the deadline, whichever is later; "" without any."""
    if not clocks:
        return ""
    lo = clocks[0].reading.opened_at
    hi = max(max(each.reading.until, each.reading.due_at or lo) for each in clocks)
    axis = _Axis(lo, hi, width)
    height = TOP + ROW * len(clocks) + 14
    parts = [part for place, clock in enumerate(clocks) for part in _strip(clock, axis, TOP + ROW * place)]
    ends = [
        label(LEFT, height - 4, _said(lo), anchor="start"),
        label(width - RIGHT, height - 4, _said(hi), anchor="end"),
    ]
    return svg("sp-g-chart", width, height, _("The clocks of the case"), describe(clocks), *parts, *ends)


def describe(clocks: Sequence[Clock]) -> str:
    """The picture in words."""
    words = {True: _("in time"), False: _("late"), None: _("not decided")}
    return "; ".join(
        _("%(clock)s: %(verdict)s, due %(due)s")
        % {
            "clock": each.name, "verdict": words[each.reading.met],
            "due": _said(each.reading.due_at) if each.reading.due_at else _("not known while it waits"),
        }
        for each in clocks
    )


class _Axis:
    def __init__(self, lo: datetime, hi: datetime, width: int):
        self.lo, self.width = lo, width - LEFT - RIGHT
        self.span = max((hi - lo).total_seconds(), 1)

    def x(self, at: datetime) -> Fraction:
        return LEFT + Fraction((at - self.lo).total_seconds()) * self.width / Fraction(self.span)


def _strip(clock: Clock, axis: _Axis, top: int) -> Iterable[str]:
    reading = clock.reading
    yield label(LEFT, top - 4, clock.name, "sp-g-strong", anchor="start")
    middle = top + TALL // 2
    yield rule(axis.x(reading.opened_at), axis.x(reading.until), middle, "sp-g-axis")
    for segment in reading.segments:
        yield from _segment(segment, reading, axis, top)
    if reading.due_at is not None:
        x = axis.x(reading.due_at)
        yield tag("line", "sp-g-target", x1=x, x2=x, y1=top - 3, y2=top + TALL + 5)
        anchor = "start" if x < LEFT + axis.width / 2 else "end"
        yield label(x, top + TALL + 14, _("due %s") % _said(reading.due_at), anchor=anchor)


def _segment(segment: Segment, reading: CaseReading, axis: _Axis, top: int) -> Iterable[str]:
    if segment.kind == "closed":
        return
    start, end = axis.x(segment.start), axis.x(segment.end)
    if segment.kind == "paused":
        yield tag("rect", "sp-g-track", x=start, y=top, width=end - start, height=TALL)
        yield hatching(start, top, end - start, TALL)
        return
    late = segment.end if reading.missed_from is None else min(max(reading.missed_from, segment.start), segment.end)
    if segment.start < late:
        yield tag("rect", "sp-g-ok", x=start, y=top + 2, width=axis.x(late) - start, height=TALL - 4)
    if late < segment.end:
        yield tag("rect", "sp-g-bad", x=axis.x(late), y=top - 1, width=end - axis.x(late), height=TALL + 2)


def _said(at: datetime) -> str:
    return date_format(localtime(at), "D j M, H:i")
