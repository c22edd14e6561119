"""What was delivered about one day of a stream: every row with its source, its revisions and the deliveries they came
with. The newest revision counts; the ones before it are kept and shown.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from kpis.models import Case, Delivery, Fact, Indicator, ObservedSpan, Outage, Sample

ROWS = 50
Cell = datetime | str | None


@dataclass(frozen=True)
class Line:
    """One revision of a row; the newest counts. `late`: the closed result does not know it."""

    fact: Fact
    cells: Sequence[tuple[str, Cell]]  # each with the name of its column
    newest: bool
    late: bool
    delivery: Delivery | None

    @property
    def case(self) -> str:
        return self.fact.external_id if isinstance(self.fact, Case) else ""


@dataclass(frozen=True)
class Sheet:
    """A page of the rows that touch a span, of one kind: each with its earlier revisions behind it."""

    name: str
    columns: Sequence[str]
    page: Page
    lines: Sequence[Line]


def sheets(indicator: Indicator, lo: datetime, hi: datetime, *, mark: int | None, page: str | None) -> list[Sheet]:
    """The rows of a stream that touch [lo, hi), withdrawn ones too. `mark` is the last delivery that the closed
    result of the day knows; None: there is none yet.
    """
    return [_sheet(indicator, found, mark, page) for found in found_in(indicator, lo, hi)]


def found_in(indicator: Indicator, lo: datetime, hi: datetime) -> list[QuerySet]:
    """The newest revisions that touch [lo, hi), a set for each kind of row of the stream."""
    touching = Q(at__lt=hi) & (Q(until=None) | Q(until__gt=lo))
    ends = ("at", "responded_at", "resolved_at", "closed_at")
    within = Q(*[Q(**{f"{name}__gte": lo, f"{name}__lt": hi}) for name in ends], _connector=Q.OR)
    wanted: dict[str, list[tuple[type[Fact], Q]]] = {
        "outages": [(Outage, touching), (ObservedSpan, touching)],
        "cases": [(Case, within)],
        "results": [],
    }
    asked = wanted.get(indicator.kind, [(Sample, Q(at__gte=lo, at__lt=hi))])
    return [
        model.objects.newest(indicator.pk).filter(where).order_by("at", "source", "external_id")
        for model, where in asked
    ]


def columns(model: type[Fact], *, ratios: bool = False) -> list[str]:
    """The names of what a row of a kind says."""
    if model is Outage:
        return [_("Down from"), _("Up again"), _("Number or name")]
    if model is ObservedSpan:
        return [_("Watched from"), _("Watched until")]
    if model is Case:
        return [_("Case"), _("Priority"), _("Opened"), _("Answered"), _("Resolved"), _("Closed")]
    return [_("Time"), *([_("Good"), _("Of all")] if ratios else [_("Value")]), _("Number or name"), _("Evidence")]


def cells(fact: Fact, *, ratios: bool = False) -> list[Cell]:
    """What a row says, in the order of its columns."""
    if isinstance(fact, Outage):
        return [fact.at, fact.until or _("still down"), fact.external_id]
    if isinstance(fact, ObservedSpan):
        return [fact.at, fact.until]
    if isinstance(fact, Case):
        return [fact.external_id, str(fact.priority), fact.at, fact.responded_at, fact.resolved_at, fact.closed_at]
    assert isinstance(fact, Sample)
    totals = [plain(fact.total)] if ratios else []
    return [fact.at, plain(fact.value), *totals, fact.external_id, fact.evidence]


def plain(value: Decimal | None) -> str:
    """A number as it was delivered, without the zeros that the database adds."""
    return "" if value is None else f"{value.normalize():f}"



def _sheet(indicator: Indicator, found: QuerySet, mark: int | None, number: str | None) -> Sheet:
    page, ratios = Paginator(found, ROWS).get_page(number), indicator.kind == Indicator.Kind.RATIOS
    facts = list(page.object_list)
    before = _earlier(found.model, indicator, facts)
    every = [one for fact in facts for one in [fact, *before.get(_identity(fact), [])]]
    deliveries = Delivery.objects.select_related("by").in_bulk({each.delivery_id for each in every})
    names, newest = columns(found.model, ratios=ratios), {id(each) for each in facts}
    lines = [
        Line(
            each, list(zip(names, cells(each, ratios=ratios), strict=True)), id(each) in newest,
            mark is not None and each.delivery_id > mark, deliveries.get(each.delivery_id),
        )
        for each in every
    ]  # fmt: skip
    return Sheet(_name(found.model), names, page, lines)


def _name(model: type[Fact]) -> str:
    return {Outage: _("Outages"), ObservedSpan: _("What was watched"), Case: _("Cases"), Sample: _("Values")}[model]


def _earlier(model: type[Fact], indicator: Indicator, facts: Iterable[Fact]) -> dict[tuple[Any, ...], list[Fact]]:
    """The earlier revisions of these rows, newest first."""
    revised = [each for each in facts if each.revision]
    if not revised:
        return {}
    rows = model.objects.filter(indicator_id=indicator.pk, external_id__in={each.external_id for each in revised})
    if "at" in model.identity:
        rows = rows.filter(**{"at__in": {each.at for each in revised}})
    newest = {_identity(each): each.revision for each in revised}
    found: dict[tuple[Any, ...], list[Fact]] = {}
    for row in rows.order_by("-revision"):
        if row.revision < newest.get(_identity(row), 0):
            found.setdefault(_identity(row), []).append(row)
    return found


def _identity(fact: Fact) -> tuple[Any, ...]:
    return tuple(getattr(fact, name) for name in fact.identity)
