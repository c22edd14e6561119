"""Pictures: readable without colour, safe to put on a strict page, the same bytes each time."""

import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpis import charts, drawing
from kpis.charts import Point, Promise
from kpis.formulas import Room

P = Promise(">=", Decimal("99.90"), "%", 2)
MS = Promise("<=", Decimal(800), "ms", 0)
SVG = "{http://www.w3.org/2000/svg}"
CSS = Path(__file__).parents[2] / "static/css/components.css"


def points(*values, promise=P):
    return [
        Point(f"M{place}", None, "insufficient_data")
        if value is None
        else Point(f"M{place}", Fraction(value), _state(Fraction(value), promise))
        for place, value in enumerate(values)
    ]


def _state(value, promise):
    good = value >= promise.target if promise.op == ">=" else value <= promise.target
    return "met" if good else "breached"


def looks(picture, look):
    return [each for each in ET.fromstring(picture).iter() if each.get("class") == look]


def texts(picture):
    return [plain(each.text) for each in ET.fromstring(picture).iter(f"{SVG}text")]


def plain(said):
    return said.replace("\N{NO-BREAK SPACE}", " ")


YEAR = points("99.95", "99.93", "99.71", None, "99.90", "99.97")
DAYS = [
    Point("1 Jun", Fraction(0)),
    Point("2 Jun", Fraction(92), "breached"),
    Point("3 Jun", Fraction(0), excluded=True),
    Point("4 Jun", Fraction(5), excluded=True),
    Point("5 Jun", None, "insufficient_data"),
]
DOWN = Promise("<=", Decimal(0), "min", 0)
EVERY = {
    "line": charts.line_chart(YEAR, P, "Availability"),
    "days": charts.day_chart(DAYS, DOWN, "Downtime a day", target=False),
    "spark": charts.sparkline(YEAR, P, "12 months"),
    "room": charts.room_bar(Room("cases", Fraction(1), Fraction(3), Fraction(-2)), "breached", "3 of 1"),
    "light": charts.traffic_light("amber", "Amber: 1 of 4 missed"),
}


@pytest.mark.parametrize("name", EVERY)
def test_a_picture_is_named_and_fits_a_strict_page(name):
    picture = EVERY[name]
    root = ET.fromstring(picture)

    assert root.get("role") == "img"
    assert root.get("aria-label") == root.find(f"{SVG}title").text != ""
    assert not re.search(r"\sstyle=|<script|<style|\sid=|url\(|href", picture)
    for each in root.iter():
        for look in (each.get("class") or "").split():
            assert look.startswith("sp-g")
            assert f".{look}" in CSS.read_text()


@pytest.mark.parametrize("look", drawing.PAPER)
def test_every_look_prints_and_follows_the_theme(look):
    assert re.search(rf"\.{look}\b[^{{]*{{[^}}]*(fill|stroke): (var|color-mix)", CSS.read_text())
    assert {"fill", "stroke"} & drawing.PAPER[look].keys()


def test_what_people_wrote_is_escaped():
    picture = charts.line_chart([Point("<b>&", Fraction(1), "breached")], P, 'A "title" <script>')

    assert "<script" not in picture
    assert ET.fromstring(picture).get("aria-label") == 'A "title" <script>'


def test_missed_values_are_squares_with_their_value_and_met_ones_dots():
    picture = EVERY["line"]

    assert [each.tag for each in looks(picture, "sp-g-bad")] == [f"{SVG}rect"]
    assert [each.tag for each in looks(picture, "sp-g-ok")] == [f"{SVG}circle"] * 4
    assert [each.text for each in looks(picture, "sp-g-miss")] == ["99.71"]


def test_other_states_have_their_own_shape():
    states = [Point("a", Fraction(99), "at_risk"), Point("b", Fraction(99), "insufficient_data")]

    picture = charts.line_chart(states, P, "t")

    assert [each.tag for each in looks(picture, "sp-g-warn")] == [f"{SVG}path"]
    assert [each.get("stroke-dasharray") for each in looks(picture, "sp-g-none")] == ["2 1.5"]


def test_the_target_is_a_line_with_its_text():
    assert len(looks(EVERY["line"], "sp-g-target")) == 1
    assert "≥ 99.90 %" in texts(EVERY["line"])


def test_a_gap_breaks_the_line():
    (line,) = looks(EVERY["line"], "sp-g-line")

    assert line.get("d").count("M") == 2


def test_excluded_days_are_hatched_and_unmeasured_ones_have_no_bar():
    picture = EVERY["days"]

    assert len(looks(picture, "sp-g-hatch")) == 1  # two days in a row are one hatching
    assert len(looks(picture, "sp-g-bar")) == 1
    assert len(looks(picture, "sp-g-bad")) == 2  # the bar and its square
    assert len(looks(picture, "sp-g-target")) == 0


def test_the_description_says_what_the_eye_sees():
    assert plain(charts.describe(YEAR, P)) == (
        "values: 6; target: ≥ 99.90 %; missed: M2 99.71 %; not measured: M3"
    )
    assert plain(charts.describe(DAYS, DOWN, target=False)) == (
        "values: 5; missed: 2 Jun 92 min; excluded: 3 Jun, 4 Jun; not measured: 5 Jun"
    )


@pytest.mark.parametrize("draw", [charts.line_chart, charts.day_chart, charts.sparkline])
@pytest.mark.parametrize("series", [[], points(None), points("99.9"), points("5", "5", promise=MS)])
def test_few_values_are_no_problem(draw, series):
    ET.fromstring(draw(series, MS, "t"))


def test_a_series_without_values_says_so():
    for draw in (charts.line_chart, charts.day_chart):
        assert "no values yet" in texts(draw(points(None, None), P, "t"))


def test_no_more_corners_than_pixels_and_no_miss_lost():
    """A year of hours: 8,760 values on some 340 pixels, four of them to a pixel at most."""
    series = [Point(str(n), Fraction(100 - n % 7, 1)) for n in range(8760)]
    series[4321] = Point("4321", Fraction(50), "breached")

    picture = charts.line_chart(series, Promise(">=", Decimal(90)), "t")

    (line,) = looks(picture, "sp-g-line")
    assert line.get("d").count("L") < 4 * 364
    assert len(looks(picture, "sp-g-bad")) == 1
    assert len(looks(picture, "sp-g-ok")) == 0


def test_many_days_share_bars_and_a_miss_wins():
    days = [Point(str(n), Fraction(n % 3)) for n in range(1000)]
    days[501] = Point("501", Fraction(1), "breached")

    picture = charts.day_chart(days, DOWN, "t", target=False)

    assert len(looks(picture, "sp-g-bar")) < 122
    assert len(looks(picture, "sp-g-bad")) == 2


@pytest.mark.parametrize(
    ("room", "state", "width", "hatched"),
    [
        (Room("seconds", Fraction(2592), Fraction(1296), Fraction(1296)), "met", "95", False),
        (Room("seconds", Fraction(2592), Fraction(0), Fraction(2592)), "met", "2", False),
        (Room("cases", Fraction(0), Fraction(0), Fraction(0)), "met", "2", False),
        (Room("cases", Fraction(3), Fraction(3), Fraction(0)), "at_risk", "190", False),
        (Room("seconds", Fraction(10), Fraction(11), Fraction(-1)), "breached", "190", True),
        (Room("value", Fraction(800), Fraction(400), Fraction(400)), "met", "95", False),  # at most
        (Room("value", Fraction(4), Fraction(5), Fraction(1)), "met", "152", False),  # at least
    ],
)
def test_the_bar_shows_how_much_is_used(room, state, width, hatched):
    picture = charts.room_bar(room, state, "t")
    look = {"met": "sp-g-ok", "at_risk": "sp-g-warn", "breached": "sp-g-bad"}[state]

    assert [each.get("width") for each in looks(picture, look)] == [width]
    assert bool(looks(picture, "sp-g-over")) is hatched


@pytest.mark.parametrize(
    ("colour", "lit", "shape", "dark"),
    [
        ("red", "sp-g-bad", "rect", "sp-g-off"),
        ("amber", "sp-g-warn", "path", "sp-g-off"),
        ("green", "sp-g-ok", "circle", "sp-g-off"),
        ("grey", None, None, "sp-g-none"),
    ],
)
def test_the_lit_lamp_has_its_own_shape_and_sign(colour, lit, shape, dark):
    picture = charts.traffic_light(colour, "t")

    assert [each.tag for each in looks(picture, lit or "none")] == ([f"{SVG}{shape}"] if lit else [])
    assert len(looks(picture, "sp-g-sign")) == (1 if lit else 0)
    assert len(looks(picture, dark)) == (2 if lit else 3)


def test_an_unknown_colour_is_refused():
    with pytest.raises(KeyError):
        charts.traffic_light("blue", "t")


def test_the_strip_marks_the_missed_month_with_a_cross():
    cells = charts.month_strip(YEAR[1:4], P)

    assert [(cell.text, cell.css, cell.missed) for cell in cells] == [
        ("99.93", "sp-h-ok", False),
        ("×\N{NO-BREAK SPACE}99.71", "sp-h-bad", True),
        ("–", "sp-h-none", False),
    ]


@pytest.mark.parametrize(
    ("lo", "hi", "marks"),
    [
        ("99.7", "99.98", ["99.7", "99.8", "99.9", "100"]),
        ("0", "92", ["0", "25", "50", "75", "100"]),
        ("0", "0.0004", ["0", "1/10000", "2/10000", "3/10000", "4/10000"]),
        ("5", "5", ["4", "4.5", "5", "5.5", "6"]),
        ("-3", "12", ["-5", "0", "5", "10", "15"]),
    ],
)
def test_axes_have_round_marks(lo, hi, marks):
    assert drawing.ticks(Fraction(lo), Fraction(hi)) == [Fraction(mark) for mark in marks]


@pytest.mark.parametrize(
    ("length", "said"),
    [(12, "12"), (Fraction(1, 3), "0.3"), (Fraction(-1, 3), "-0.3"), (-12, "-12"), (Fraction(-1, 99), "0")],
)
def test_pixels_are_tenths(length, said):
    assert drawing.px(length) == said


@settings(max_examples=200, deadline=None)
@given(st.fractions(-(10**6), 10**6), st.fractions(0, 10**6))
def test_marks_enclose_the_values_in_few_steps(lo, size):
    marks = drawing.ticks(lo, lo + size)

    assert marks[0] <= lo and lo + size <= marks[-1]
    assert 2 <= len(marks) <= 5


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 99), st.integers(0, 99), st.fractions(1, 300), st.fractions(1, 300), st.integers(2, 9))
def test_hatching_stays_within_its_rectangle(x, y, width, height, gap):
    path = _path(drawing.hatching(x, y, width, height, gap=gap))
    numbers = [Fraction(n) for n in re.findall(r"-?[\d.]+", path)]

    slack = Fraction(1, 10)
    assert all(x - slack <= n <= x + width + slack for n in numbers[::2])
    assert all(y - slack <= n <= y + height + slack for n in numbers[1::2])


def _path(element):
    found = re.search(r' d="([^"]*)"', element)
    return found[1] if found else ""
