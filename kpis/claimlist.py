"""The list of an agreement's claims: its rows and what a filter asks for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from agreements.models import Agreement
from kpis.models import Correction, Dispute, Exclusion
from kpis.text import period_name

OPEN = {
    "exclusion": ("proposed", "approved", "disputed"),
    "correction": ("proposed", "approved", "disputed"),
    "dispute": ("open", "answered"),
}
KINDS = tuple(OPEN)


@dataclass(frozen=True)
class Row:
    """One claim as the list says it."""

    kind: str
    claim: Exclusion | Correction | Dispute
    kpis: Sequence[str]
    about: str
    at: datetime
    by: Any
    reason: str

    @property
    def is_open(self) -> bool:
        return self.claim.state in OPEN[self.kind]


@dataclass(frozen=True)
class Chosen:
    """What the address asks for; unknown values ask for nothing."""

    view: str = "open"
    kpi: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "Chosen":
        view = query.get("view", "open")
        return cls(view if view in ("open", "all", *KINDS) else "open", query.get("kpi", "")[:20])

    def matches(self, row: Row) -> bool:
        in_view = {"open": row.is_open, "all": True}.get(self.view, row.kind == self.view)
        return in_view and self.kpi in ("", *row.kpis)


def views(every: Sequence[Row], chosen: Chosen) -> list[dict[str, Any]]:
    """The tabs above the list, with their counts."""
    names = {
        "open": _("Open"), "exclusion": _("Exclusions"), "correction": _("Corrections"), "dispute": _("Disputes"),
        "all": _("All"),
    }
    return [
        {
            "name": name, "current": key == chosen.view,
            "url": "?" + urlencode({"view": key} | ({"kpi": chosen.kpi} if chosen.kpi else {})),
            "count": sum(Chosen(key, chosen.kpi).matches(row) for row in every),
        }
        for key, name in names.items()
    ]


def rows(agreement: Agreement) -> list[Row]:
    """All of them, newest first; five queries whatever their number."""
    found = [
        *map(_exclusion, agreement.exclusions.select_related("proposed_by").prefetch_related("targets")),
        *map(_correction, agreement.corrections.select_related("proposed_by", "period__target")),
        *map(_dispute, _disputes(agreement)),
    ]
    return sorted(found, key=lambda row: (row.at, str(row.claim)), reverse=True)


def _disputes(agreement: Agreement):
    related = agreement.disputes.select_related(
        "opened_by", "period__target", "exclusion", "correction__period__target"
    )
    return related.prefetch_related("exclusion__targets", "remarks")


def _exclusion(one: Exclusion) -> Row:
    return Row("exclusion", one, _keys(one), "", one.proposed_at, one.proposed_by, one.reason)


def _keys(one: Exclusion) -> list[str]:
    return sorted(target.key for target in one.targets.all())


def _correction(one: Correction) -> Row:
    about = period_name(one.period.label)
    return Row("correction", one, [one.period.target.key], about, one.proposed_at, one.proposed_by, one.reason)


def _dispute(one: Dispute) -> Row:
    reason = next((each.text for each in one.remarks.all()), "")
    if one.exclusion is not None:
        return Row("dispute", one, _keys(one.exclusion), one.exclusion.number, one.opened_at, one.opened_by, reason)
    period = one.correction.period if one.correction is not None else one.period
    assert period is not None  # the database holds every dispute to one subject
    about = one.correction.number if one.correction is not None else period_name(period.label)
    about = _("%(about)s, case %(case)s") % {"about": about, "case": one.case} if one.case else about
    return Row("dispute", one, [period.target.key], about, one.opened_at, one.opened_by, reason)
