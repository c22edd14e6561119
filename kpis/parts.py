"""The components of a composite: results of other KPIs of the same version and period, named by edition and hash."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from kpis import formulas
from kpis.models import Period, PeriodResult

NO_FIGURE = ("insufficient_data", "not_due", "waived")


def names(spec: Mapping[str, Any]) -> list[tuple[str, Fraction]]:
    """The keys of the components with their weights; none of another kind."""
    if spec["kpi"]["kind"] != "composite":
        return []
    return [(row["kpi"], Fraction(row["weight"])) for row in spec["kpi"]["params"]["components"]]


def periods_of(period: Period) -> dict[str, Period]:
    """The period of each component, by its key; a version that has none yet leaves it out."""
    keys = [key for key, _weight in names(period.target.spec)]
    if not keys:
        return {}
    same = Period.objects.filter(target__version=period.target.version_id, target__key__in=keys, label=period.label)
    return {each.target.key: each for each in same.select_related("target__indicator", "target__version")}


def closed(period: Period) -> list[formulas.Component]:
    """The newest result of each component; one without any has no figure."""
    if not names(period.target.spec):
        return []
    found = PeriodResult.objects.filter(period__in=[each.pk for each in periods_of(period).values()])
    rows = found.order_by("edition").values_list("period__target__key", "edition", "sha256", "outcome")
    newest = {key: (edition, sha256, outcome) for key, edition, sha256, outcome in rows}
    return [_component(key, weight, newest.get(key)) for key, weight in names(period.target.spec)]


def stored(period: Period, cited: Sequence[Mapping[str, Any]]) -> list[formulas.Component]:
    """The components that an earlier result cites, as their editions say today."""
    if not names(period.target.spec):
        return []
    editions = {row["key"]: row["edition"] for row in cited}
    found = PeriodResult.objects.filter(period__in=[each.pk for each in periods_of(period).values()])
    rows = found.values_list("period__target__key", "edition", "sha256", "outcome")
    known = {
        key: (edition, sha256, outcome) for key, edition, sha256, outcome in rows if editions.get(key) == edition
    }
    return [_component(key, weight, known.get(key)) for key, weight in names(period.target.spec)]


def so_far(period: Period, outcomes: Mapping[str, Mapping[str, Any]]) -> list[formulas.Component]:
    """The newest results, and where there is none yet how the component stands."""
    return [
        each if each.edition is not None or each.key not in outcomes
        else _component(each.key, each.weight, (None, "", outcomes[each.key]))
        for each in closed(period)
    ]  # fmt: skip


def waiting(period: Period, now: datetime) -> bool:
    """Whether a component is still to be closed, and the terms let the composite wait for it."""
    if not names(period.target.spec):
        return False
    late_days = period.target.spec["kpi"]["params"].get("late_days", 5)
    open_ = [each for each in periods_of(period).values() if each.state != Period.State.CLOSED]
    return bool(open_) and now < period.grace_until + timedelta(days=late_days)


def outdated(limit: int) -> list[Period]:
    """Closed composites whose newest result cites an edition of a component that is not the newest one any more.

    Two queries, however many months have been closed.
    """
    composites = PeriodResult.objects.filter(period__target__spec__kpi__kind="composite").order_by("edition")
    place = ("period__target__version", "period__label")
    rows = composites.values_list("period", *place, "inputs__components")
    cited = {pk: (version, label, components or []) for pk, version, label, components in rows}
    parts = PeriodResult.objects.filter(
        period__target__version__in={version for version, _label, _components in cited.values()},
        period__target__key__in={row["key"] for *_place, components in cited.values() for row in components},
    )
    found = parts.order_by("edition").values_list(*place, "period__target__key", "sha256")
    newest = {(version, label, key): sha256 for version, label, key, sha256 in found}
    late = [
        pk for pk, (*place_of, components) in cited.items()
        if any(newest.get((*place_of, row["key"]), "") != row["sha256"] for row in components)
    ]  # fmt: skip
    related = Period.objects.select_related("target__indicator", "target__agreement", "target__version")
    return list(related.filter(pk__in=sorted(late)[:limit]).order_by("pk")) if late else []


def _component(key: str, weight: Fraction, row: tuple[int | None, str, Mapping[str, Any]] | None) -> formulas.Component:
    if row is None:
        return formulas.Component(key, weight, None)
    edition, sha256, outcome = row
    value = None if outcome["verdict"] in NO_FIGURE or outcome["value"] is None else Fraction(outcome["value"])
    return formulas.Component(key, weight, value, outcome["verdict"], edition, sha256)
