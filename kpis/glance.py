"""How agreements stand at this moment, for lists of many: one query, whatever their number."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import OuterRef, Q, Subquery
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.urls import reverse

from agreements.models import Agreement
from kpis import charts, display
from kpis.formulas import AT_RISK, BREACHED
from kpis.models import Period, PeriodResult
from kpis.reading import tally
from kpis.text import period_name

SHOWN = 3
KPI = ("op", "target", "unit", "decimals")


@dataclass(frozen=True)
class Standout:
    """A running KPI that is missed or at risk: "Availability 99.781 % (≥ 99.90 %)"."""

    name: str
    verdict: str
    value: str
    target: str
    period: str
    url: str


@dataclass
class Glance:
    """One agreement now: the verdicts of its running periods, those that stand out, and the newest closed ones."""

    running: list[str] = field(default_factory=list)
    standouts: list[Standout] = field(default_factory=list)
    last: dict[str, str] = field(default_factory=dict)  # by KPI

    @property
    def counts(self) -> Mapping[str, int]:
        return tally(self.running)

    @property
    def shown(self) -> list[Standout]:
        return sorted(self.standouts, key=lambda each: each.verdict != BREACHED)[:SHOWN]

    @property
    def more(self) -> int:
        return max(0, len(self.standouts) - SHOWN)


def at(agreements: Iterable[Agreement], now: datetime) -> dict[int, Glance]:
    """Each agreement's standing by its id; what the sweep has not looked at yet counts as not measured."""
    found: dict[int, Glance] = {}
    for row in _rows(list(agreements), now):
        glance = found.setdefault(row["target__agreement"], Glance())
        if row["lo"] <= now < row["hi"]:
            _add(glance, row)
        elif row["final"]:
            glance.last.setdefault(row["target__key"], row["final"])
    return found


def _rows(agreements: list[Agreement], now: datetime):
    newest = PeriodResult.objects.filter(period=OuterRef("pk")).order_by("-edition")
    closed = Period.objects.filter(target=OuterRef("target"), state=Period.State.CLOSED).order_by("-hi")
    asked = Period.objects.filter(target__agreement__in=agreements, lo__lte=now).filter(
        Q(hi__gt=now) | Q(pk=Subquery(closed.values("pk")[:1]))
    )
    # As text: JSON's own "99.3" comes back from SQLite as a binary float.
    kpi = {f"kpi_{name}": KeyTextTransform(name, KeyTransform("kpi", "target__spec")) for name in KPI}
    value = KeyTextTransform("value", "standing__outcome")
    return (
        asked.annotate(final=Subquery(newest.values("verdict")[:1]), value=value, **kpi)
        .order_by("-hi", "target__key")
        .values(
            "target__agreement", "target__agreement__reference", "target__key", "target__name", "label", "lo", "hi",
            "final", "standing__verdict", "value", *kpi,
        )
    )  # fmt: skip


def _add(glance: Glance, row: Mapping[str, Any]) -> None:
    verdict = row["final"] or row["standing__verdict"] or "insufficient_data"
    glance.running.append(verdict)
    if verdict in (BREACHED, AT_RISK):
        promise = charts.Promise(row["kpi_op"], Decimal(row["kpi_target"]), row["kpi_unit"], int(row["kpi_decimals"]))
        url = reverse("kpis:kpi", args=[row["target__agreement__reference"], row["target__key"]])
        glance.standouts.append(Standout(
            row["target__name"], verdict, promise.show(Fraction(row["value"])) if row["value"] else display.NOTHING,
            str(promise), period_name(row["label"]), f"{url}?period={row['label']}",
        ))  # fmt: skip
