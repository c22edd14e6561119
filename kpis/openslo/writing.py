"""The KPIs of a version as OpenSLO documents, and what of them OpenSLO cannot say."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from agreements import sentences, signing, tables
from agreements.terms import Kpi, Service, Terms
from kpis.openslo import API, OURS, PREFIX, annotations, windows, yamltext

SECONDS = 60
MOST_TEXT = 1050  # characters of a description
# Settings that stand in a field of OpenSLO.
SAID = {"ratio": {"method", "slice"}, "slice_uptime": {"slice", "error_percent"}, "value": {"aggregate", "percentile"}}


class NotCarried(ValueError):
    """OpenSLO has no words for this KPI; the message says what is missing."""


@dataclass(frozen=True)
class Export:
    """The documents of a version, and the KPIs that are in none of them with the reason."""

    documents: list[dict[str, Any]]
    left: list[tuple[Kpi, str]]

    @property
    def text(self) -> str:
        """The YAML of all, with a line for each KPI that was left out."""
        lines = [_("# Not carried over: %(key)s %(name)s: %(why)s") % {"key": kpi.key, "name": kpi.name, "why": why}
                 for kpi, why in self.left]  # fmt: skip
        head = "".join(f"{' '.join(line.split())}\n" for line in lines)
        return head + yamltext.dump_all(self.documents)


def export(terms: Terms) -> Export:
    """All that OpenSLO can say of these terms: a Service for each service, then an SLI and an SLO for each KPI."""
    pairs: list[dict[str, Any]] = []
    left: list[tuple[Kpi, str]] = []
    for kpi in terms.kpis:
        try:
            pairs += _pair(terms, kpi)
        except (NotCarried, ValueError, KeyError, TypeError) as error:  # a draft may hold anything
            left.append((kpi, str(error)))
    services = [_service(each, [row for row in left if row[0].service == each.key]) for each in terms.services]
    return Export([*services, *pairs], left)


def slug(text: str, most: int = 63) -> str:
    """A name by RFC 1123: small letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:most].strip("-") or "x"


def lost(terms: Terms, kpi: Kpi) -> Iterator[str]:
    """What another tool will not do about this KPI, a sentence each."""
    calendar = next((each for each in terms.calendars if each.key == kpi.calendar), None)
    if calendar is not None and not tables.always_open(calendar):
        yield _("Only the hours “%s” count.") % calendar.name
    if kpi.exclusions:
        names = [each.name for each in terms.exclusions if each.key in kpi.exclusions]
        yield _("Approved exclusions do not count: %s.") % ", ".join(names)
    if kpi.kind == "uptime":
        yield _("Measured in seconds of outages, not in requests.")
    if kpi.kind == "deadline":
        yield _("Each case has the time of its priority, within its hours and without agreed waiting.")
    if kpi.period == "trailing":
        yield _("Judged at the end of each month.")
    yield _("What was not measured: %s.") % tables.missing(kpi)


def _pair(terms: Terms, kpi: Kpi) -> list[dict[str, Any]]:
    name = slug(f"{terms.agreement.reference}-{kpi.key}")
    indicator = f"{slug(kpi.indicator, 50)}-{slug(kpi.key, 12)}"
    method, objective, metric = _figure(kpi)
    said = " ".join([sentences.sentence(terms, kpi), _("Not carried over:"), *lost(terms, kpi)]).strip()
    spec = {
        "description": said if len(said) <= MOST_TEXT else f"{said[: MOST_TEXT - 1]}…",
        "service": slug(kpi.service),
        "indicatorRef": indicator,
        "timeWindow": [windows.written(terms, kpi, _begins(terms))],
        "budgetingMethod": method,
        "objectives": [objective],
    }
    rest = {each: value for each, value in kpi.params.items() if each not in SAID.get(kpi.kind, ())}
    slo = {"name": name, "displayName": kpi.name or name, "annotations": annotations.written(kpi, rest)}
    sli = {"name": indicator, "annotations": {f"{PREFIX}indicator": kpi.indicator}}
    return [
        {"apiVersion": API, "kind": "SLI", "metadata": sli, "spec": metric},
        {"apiVersion": API, "kind": "SLO", "metadata": slo, "spec": spec},
    ]


def _service(service: Service, left: list[tuple[Kpi, str]]) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": slug(service.key), "displayName": service.name}
    if left:
        said = "; ".join(f"{kpi.key} {kpi.name}: {why}" for kpi, why in left)
        metadata["annotations"] = {f"{PREFIX}not-carried-over": said}
    spec = {"description": service.description[:MOST_TEXT]} if service.description else {}
    return {"apiVersion": API, "kind": "Service", "metadata": metadata, "spec": spec}


def _figure(kpi: Kpi) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Budgeting method, objective and indicator of a KPI. Raises NotCarried."""
    held = kpi.params
    if kpi.kind == "value":
        return _percentile(kpi)
    if kpi.kind not in ("uptime", "deadline", "slice_uptime", "ratio"):
        raise NotCarried(_("OpenSLO knows shares of good events only"))
    counted = "good" if kpi.op == ">=" else "bad"
    objective: dict[str, Any] = {"displayName": tables.level(kpi), "target": _target(kpi)}
    if kpi.kind == "slice_uptime":
        good = 1 - Decimal(held["error_percent"]).scaleb(-2)
        if not 0 < good <= 1:
            raise NotCarried(_("a slice that may fail wholly is no slice to OpenSLO"))
        slices = {"timeSliceTarget": good, "timeSliceWindow": _minutes(held["slice"])}
        return "Timeslices", objective | slices, _ratio(kpi, "good")
    if kpi.kind == "ratio" and held.get("method") == "mean_of_slices":
        return "RatioTimeslices", objective | {"timeSliceWindow": _minutes(held["slice"])}, _ratio(kpi, counted)
    return "Occurrences", objective, _ratio(kpi, counted)


def _percentile(kpi: Kpi) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """At least so many of the values are at most the target: the percentile by nearest rank."""
    if kpi.params.get("aggregate") != "percentile" or kpi.op != "<=":
        raise NotCarried(_("OpenSLO knows only how many values stay below a threshold: a percentile with “at most”"))
    share = Decimal(kpi.params["percentile"]).scaleb(-2)
    if not 0 < share < 1:
        raise NotCarried(_("OpenSLO has no target of all values"))
    objective = {"displayName": tables.level(kpi), "op": "lte", "value": _number(kpi.target), "target": share}
    return "Occurrences", objective, {"thresholdMetric": {"metricSource": _source(kpi, kpi.unit or "value")}}


def _target(kpi: Kpi) -> Decimal:
    share = _number(kpi.target).scaleb(-2)
    good = share if kpi.op == ">=" else 1 - share
    if not 0 <= good < 1:
        raise NotCarried(_("OpenSLO has no target of 100 %"))
    return good


def _number(text: str) -> Decimal:
    if sentences.number(text) is None:
        raise NotCarried(_("it has no target yet"))
    return Decimal(text)


def _ratio(kpi: Kpi, counted: str) -> dict[str, Any]:
    """`counter` false: each row is what was counted since the one before, not a sum that only grows."""
    unit = {"uptime": "seconds", "deadline": "cases"}.get(kpi.kind, "events")
    parts = {name: {"metricSource": _source(kpi, f"{name} {unit}")} for name in (counted, "total")}
    return {"ratioMetric": {"counter": False, **parts}}


def _source(kpi: Kpi, counted: str) -> dict[str, Any]:
    return {"type": OURS, "spec": {"stream": kpi.indicator, "counted": counted}}


def _minutes(seconds: int) -> str:
    return f"{seconds // SECONDS}m"


def _begins(terms: Terms) -> datetime:
    try:
        return signing.effective_from(terms.term, terms.agreement)
    except (signing.Refused, ValueError, KeyError):
        return windows.SINCE
