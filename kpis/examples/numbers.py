"""Examples of what is counted: shares, numbers, values, answers, and an index of them."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kpis import display, formulas
from kpis.examples.case import Case, Spec, amount, digits, step
from kpis.windows import Window

REQUESTS = 10_000
VALUES = 20
MOST_CASES = 1000
COUNTED = gettext_lazy("Of %(all)s in the period %(good)s are what is counted.")


def ratio(spec: Spec, window: Window) -> Iterator[Case]:
    kpi, held = spec["kpi"], spec["kpi"]["params"]
    target, least = Fraction(kpi["target"]), kpi["op"] == ">="
    if held.get("method") == "mean_of_slices":
        yield from _two_slices(target, least)
        return
    edge = ceil(target / 100 * REQUESTS) if least else floor(target / 100 * REQUESTS)
    for good in (edge, edge - 1 if least else edge + 1):
        if 0 <= good <= REQUESTS:
            whole = formulas.Share(Fraction(good), Fraction(REQUESTS))
            yield Case(
                (_("Of %(all)s in the period %(good)s are good.") if least else COUNTED)
                % {"all": digits(REQUESTS), "good": digits(good)},
                f"{digits(good)} ÷ {digits(REQUESTS)} × 100",
                formulas.RatioFacts(whole, 1),
            )


def _two_slices(target: Fraction, least: bool) -> Iterator[Case]:
    """Two slices, of which one is as good as can be: the other decides."""
    best = Fraction(100 if least else 0)
    edge = min(max(2 * target - best, Fraction()), Fraction(100)) * 100
    first = ceil(edge) if least else floor(edge)
    for good in (first, first - 1 if least else first + 1):
        if 0 <= good <= REQUESTS:
            slices = [formulas.Share(each, Fraction(REQUESTS)) for each in (best * 100, Fraction(good))]
            whole = formulas.Share(slices[0].good + slices[1].good, Fraction(2 * REQUESTS))
            yield Case(
                _("Two slices with %(all)s each; in the first %(best)s are counted, in the second %(good)s.")
                % {"best": digits(best * 100), "all": digits(REQUESTS), "good": digits(good)},
                f"({digits(best)} + {display.number(Fraction(good, 100), 2)}) ÷ 2",
                formulas.RatioFacts(whole, 2, "mean_of_slices", slices),
            )


def count(spec: Spec, window: Window) -> Iterator[Case]:
    most = int(Decimal(spec["kpi"]["target"]))
    for number in (most, most + 1)[: 2 if most < MOST_CASES else 0]:
        said = ngettext("%s case in the period.", "%s cases in the period.", number) % digits(number)
        yield Case(said, digits(number), formulas.CountFacts([str(each) for each in range(number)], True))


def value(spec: Spec, window: Window) -> Iterator[Case]:
    kpi, held = spec["kpi"], spec["kpi"]["params"]
    target = Fraction(kpi["target"])
    for figure in (target, target + step(kpi)):
        if held["aggregate"] == "percentile":
            yield _ranked(kpi, Decimal(held["percentile"]), figure)
        else:
            yield _plain(kpi, held["aggregate"], figure)


def _ranked(kpi: Mapping[str, Any], share: Decimal, figure: Fraction) -> Case:
    """Twenty values with the figure at its place; what is beyond may be as far off as it likes."""
    place = ceil(Fraction(share) * VALUES / 100)
    rest = VALUES - place
    values = [figure / 2] * (place - 1) + [figure] + [figure * 2] * rest
    words = {"count": VALUES, "place": place, "value": amount(figure, kpi), "share": share}
    given = _("Of %(count)d values in order the one at place %(place)d is %(value)s.") % words
    if rest:
        given += " " + _("Those after it are twice as large.")
    working = _("%(share)s %% of %(count)d, rounded up: place %(place)d") % words
    return Case(given, working, formulas.ValueFacts(values, "percentile", share))


def _plain(kpi: Mapping[str, Any], aggregate: str, figure: Fraction) -> Case:
    """Two values around the figure, or at its end."""
    apart = max(abs(figure) / 2, abs(step(kpi)))
    values = {
        "avg": [figure - apart, figure + apart],
        "sum": [figure - apart, apart],
        "min": [figure, figure + apart],
        "max": [figure - apart, figure],
    }[aggregate]
    first, second = (amount(each, {**kpi, "decimals": kpi["decimals"] + 1}) for each in values)
    working = {
        "avg": f"({first} + {second}) ÷ 2",
        "sum": f"{first} + {second}",
        "min": _("the smallest"),
        "max": _("the largest"),
    }[aggregate]
    given = _("Two values: %(first)s and %(second)s.") % {"first": first, "second": second}
    return Case(given, working, formulas.ValueFacts(values, aggregate))


def score(spec: Spec, window: Window) -> Iterator[Case]:
    kpi = spec["kpi"]
    least, target = kpi["params"].get("minimum_answers", 1), Fraction(kpi["target"])
    for figure in (target, target + step(kpi)):
        words = {"answers": display.answers(least), "value": amount(figure, kpi)}
        yield Case(
            _("%(answers)s, on average %(value)s.") % words,
            f"{amount(figure * least, {**kpi, 'unit': ''})} ÷ {least}",
            formulas.ScoreFacts([figure] * least, least),
        )
    if least > 1:
        words = {"answers": display.answers(least - 1), "value": amount(target, kpi)}
        few = formulas.ScoreFacts([target] * (least - 1), least)
        yield Case(_("%(answers)s, each %(value)s.") % words, _("too few answers"), few)


def composite(spec: Spec, window: Window) -> Iterator[Case]:
    """All parts are at 100 % but the first, which decides."""
    kpi, held = spec["kpi"], spec["kpi"]["params"]
    parts = [(row["kpi"], Fraction(row["weight"])) for row in held["components"]]
    (first, own), weight = parts[0], sum((each for _key, each in parts), Fraction())
    target = Fraction(kpi["target"])
    edge = 100 - (100 - target) * weight / own if held["method"] == "weighted_mean" else target
    for part in (edge, edge - Fraction(1, 100)):
        if 0 <= part <= 100:
            components = [formulas.Component(key, each, part if key == first else Fraction(100)) for key, each in parts]
            shown = f"{display.number(part, 2, toward='down')}{display.SPACE}%"
            yield Case(
                _("%(key)s is at %(part)s, every other part at 100 %%.") % {"key": first, "part": shown},
                _working(held["method"], components),
                formulas.CompositeFacts(components, held["method"]),
            )


def _working(method: str, components: list[formulas.Component]) -> str:
    figures = [display.number(each.value or 0, 2, toward="down") for each in components]
    if method == "worst_of":
        return _("the smallest of %s") % ", ".join(figures)
    if method == "series":
        return f"{' × '.join(f'{each} %' for each in figures)}"
    pairs = zip(components, figures, strict=True)
    weighted = " + ".join(f"{display.number(each.weight)} × {figure}" for each, figure in pairs)
    return f"({weighted}) ÷ {display.number(sum((each.weight for each in components), Fraction()))}"
