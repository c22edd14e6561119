"""Everything that a report shows, as one JSON document: frozen, hashed, and the only thing the PDF is made of.

Exact numbers are text ("43070/43080"), instants ISO 8601 in UTC; `shown` is the figure as it is printed.
"""

import dataclasses
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import rfc8785
from django.utils import timezone
from django.utils.translation import override

from accounts.models import User
from agreements.models import Agreement
from agreements.people import holders
from kpis.reading import Reading
from kpis.text import period_name
from kpis.windows import is_month, label_bounds
from reports import claimed, happened, measured
from reports.light import Judged, colour
from reports.measured import Row, instant
from reports.models import Report
from reports.spans import Span

SCHEMA = 1


@dataclass(frozen=True)
class Facts:
    """The document of one edition. Every section is present even when it is empty."""

    number: str
    edition: int
    reason: str
    interval: str
    label: str
    name: str
    agreement: Row
    versions: list[Row]
    window: Row
    compiled_at: str
    data_closed_at: str
    light: str
    counts: Row
    year: Row
    kpis: list[Row]
    quarter: Row
    months: list[str]
    breaches: list[Row]
    workload: list[Row]
    feedback: list[Row]
    credits: list[Row]
    corrections: list[Row]
    actions: list[Row]
    deliveries: list[Row]
    recipients: list[Row]
    acceptance: Row
    schema: int = SCHEMA

    def document(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


def canonical(document: dict[str, Any]) -> bytes:
    """The bytes that are hashed and attached to the PDF (RFC 8785)."""
    return rfc8785.dumps(document)


def digest(document: dict[str, Any]) -> str:
    """SHA-256 of the canonical document, as hexadecimal digits."""
    return hashlib.sha256(canonical(document)).hexdigest()


def problems(document: dict[str, Any], sha256: str) -> list[str]:
    """What does not hold about stored facts; empty when everything does."""
    return [] if digest(document) == sha256 else ["the stored facts are not those that were hashed"]


def gather(
    agreement: Agreement, span: Span, *, number: str, edition: int = 1, reason: str = "", at: datetime
) -> dict[str, Any]:
    """Everything about a span, as it is known at `at`, in the agreement's language and zone."""
    heading = span.version.read_terms().agreement
    with override(heading.language), timezone.override(ZoneInfo(heading.timezone)):
        readings = measured.results(agreement, span)
        rows = _rows(agreement, span, readings)
        closed = [each.period.closed_at for each in readings if each.period.closed_at]
        return Facts(
            number=number, edition=edition, reason=reason, interval=span.interval, label=span.label,
            name=period_name(span.label), agreement=_agreement(agreement, span),
            versions=[_version(each) for each in span.versions], window=_window(span),
            compiled_at=instant(at) or "",
            data_closed_at=instant(max(closed)) or "",
            light=colour([_judged(each) for each in rows]), counts=_counts(rows), year=_year(rows),
            kpis=rows if span.interval == "month" else [], quarter=_quarter(span, readings, rows),
            months=measured.months_of(span),
            breaches=happened.breaches(agreement, span, [each.period for each in readings]),
            workload=happened.workload(span, readings),
            feedback=happened.feedback(agreement, sorted({each.period.label for each in readings})),
            credits=happened.credits_of(readings), corrections=claimed.corrections(readings),
            actions=happened.actions(agreement, span, at),
            deliveries=happened.deliveries(readings, span), recipients=_recipients(agreement, span, at),
            acceptance=_acceptance(span, at),
        ).document()  # fmt: skip


def recipients(agreement: Agreement, span: Span, at: datetime) -> list[User]:
    """Who gets the report: the holders of the positions that the terms name, and the agreement's owner."""
    named = holders(agreement, span.version.read_terms().reporting.recipients, at)
    return list({each.pk: each for each in [*named, agreement.owner] if each.is_active}.values())


def _rows(agreement: Agreement, span: Span, readings: Sequence[Reading]) -> list[Row]:
    past, months = measured.history(agreement, span.hi), measured.months_of(span)
    disputed = claimed.disputed(agreement, readings)
    return [
        measured.row(each, past.get(each.kpi["key"], {}), months)
        | {"exclusions": claimed.exclusions(each), "disputed": disputed.get(each.period.pk, [])}
        for each in readings
    ]


def _judged(row: Row) -> Judged:
    return Judged(row["verdict"], row["critical"], row["missed_running"])


def _agreement(agreement: Agreement, span: Span) -> Row:
    terms = span.version.read_terms()
    return {
        "reference": agreement.reference,
        "title": terms.agreement.title,
        "provider": terms.parties.provider.organisation,
        "client": terms.parties.client.organisation,
        "language": terms.agreement.language,
        "timezone": terms.agreement.timezone,
        "currency": terms.agreement.currency,
    }


def _version(version) -> Row:
    return {
        "label": version.label,
        "terms_sha256": version.terms_sha256,
        "from": instant(version.effective_from),
        "to": instant(version.effective_to),
    }


def _window(span: Span) -> Row:
    whole = label_bounds(span.label, span.timezone)
    return {
        "lo": instant(span.lo),
        "hi": instant(span.hi),
        "last": instant(span.hi - timedelta(seconds=1)),  # for "to 30 June"
        "whole_lo": instant(whole.lo),
        "whole_hi": instant(whole.hi),
        "cut": span.is_cut,
    }


def _counts(rows: Sequence[Row]) -> Row:
    verdicts = [each["verdict"] for each in rows]
    counts = {
        "met": verdicts.count("met"),
        "missed": verdicts.count("breached"),
        "not_measured": verdicts.count("insufficient_data"),
        "waived": verdicts.count("waived"),
    }
    return counts | {"judged": counts["met"] + counts["missed"] + counts["not_measured"]}


def _year(rows: Sequence[Row]) -> Row:
    """Met and judged results of the last twelve months, each KPI once."""
    by_key = {each["key"]: each for each in rows}
    cells = [cell["verdict"] for each in by_key.values() for cell in each["history"]]
    return {"met": cells.count("met"), "judged": cells.count("met") + cells.count("breached")}


def _quarter(span: Span, readings: Sequence[Reading], rows: list[Row]) -> Row:
    """Of a quarter: each period's result, and for information each monthly KPI over the whole part."""
    if span.interval != "quarter":
        return {}
    whole = measured.whole_span(readings, span)
    months = sorted({each["period"]["label"] for each in rows if is_month(each["period"]["label"])})
    return {
        "months": months,
        "results": rows,
        "figures": [measured.row(each, {}, []) for each in whole],
    }


def _recipients(agreement: Agreement, span: Span, at: datetime) -> list[Row]:
    return [{"name": each.name} for each in recipients(agreement, span, at)]


def _acceptance(span: Span, at: datetime) -> Row:
    days = span.version.read_terms().reporting.accepted_after_days
    return {"days": days, "until": instant(at + timedelta(days=days))}


def accepted_at(report: Report) -> datetime | None:
    """When silence accepts a shared report; None before it was shared."""
    if report.shared_at is None:
        return None
    return report.shared_at + timedelta(days=report.facts["acceptance"]["days"])
