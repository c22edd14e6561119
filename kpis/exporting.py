"""What a KPI's page shows of a period as a file: the rows behind the figure, unrounded (no HTTP)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from kpis import dayfile, facts, gathering
from kpis.reading import Reading
from kpis.text import period_name

OUTAGES = ["from", "until", "lasted_seconds", "counted_seconds"]
LATE = ["case", "priority", "opened_at", "ended_at", "elapsed_seconds", "limit_seconds", "open"]
PARTS = ["kpi", "weight", "value", "verdict", "edition", "result_sha256"]
COMPONENT = ("key", "weight", "value", "verdict", "edition", "sha256")
SAMPLES = ["at", "value", "total", "external_id", "source", "revision", "delivery", "evidence"]
CASES = ["case", "priority", "opened_at", "responded_at", "resolved_at", "closed_at", "revision", "delivery"]


def about(reading: Reading, at: datetime) -> list[str]:
    """The first lines of the file: what it is of, by which terms, as of when."""
    target, zone = reading.period.target, ZoneInfo(reading.period.target.spec["timezone"])
    edition = reading.result.edition if reading.result else _("not closed yet")
    return [
        f"{target.agreement.reference} {target.agreement.title}",
        f"{target.key} {target.name}, {period_name(reading.period.label)} ({reading.period.label})",
        _("target %(target)s, figure %(value)s, exactly %(exact)s, %(verdict)s, edition %(edition)s")
        % {
            "target": reading.target, "value": reading.value, "exact": reading.outcome["value"] or "-",
            "verdict": reading.verdict, "edition": edition,
        },
        _("judged by %(version)s, times in %(zone)s, as of %(at)s")
        % {"version": target.version.label, "zone": zone.key, "at": at.astimezone(zone).isoformat()},
    ]


def table(reading: Reading) -> tuple[Sequence[str], Iterable[Sequence[str]]]:
    """The columns and the rows behind a figure, as known when it was worked out."""
    kind, figures = reading.kpi["kind"], reading.outcome["figures"]
    local = _local(reading)
    if "outages" in figures:
        outages = figures["outages"]
        return OUTAGES, ([local(row["start"]), local(row["end"]), row["lasted"], row["counted"]] for row in outages)
    if kind == "composite":
        return PARTS, ([str(row[name] or "") for name in COMPONENT] for row in figures["components"])
    if kind == "deadline":
        return LATE, _late(reading)
    if kind == "count" or "measure" in reading.kpi["params"]:
        return CASES, _cases(reading)
    return SAMPLES, _samples(reading)


def _local(reading: Reading):
    zone = ZoneInfo(reading.period.target.spec["timezone"])

    def said(at: str | datetime | None) -> str:
        if at is None:
            return ""
        instant = datetime.fromisoformat(at) if isinstance(at, str) else at
        return instant.astimezone(zone).isoformat()

    return said


def _mark(reading: Reading) -> int | None:
    return reading.result.inputs["highest_delivery"] if reading.result else None


def _late(reading: Reading) -> Iterator[Sequence[str]]:
    local, missed = _local(reading), {row["id"]: row for row in reading.outcome["figures"]["missed"]}
    period = reading.period
    alive = facts.cases_alive(period.target.indicator_id, period.lo, period.hi, _mark(reading))
    for case in gathering.newest(each for each in alive.iterator(chunk_size=5000) if each.external_id in missed):
        row = missed[case.external_id]
        ended = local(gathering.ended(case, reading.kpi["params"]))
        yield [
            row["id"], str(row["priority"]), local(case.at), ended, str(row["elapsed"]), str(row["limit"]),
            "yes" if row["open"] else "no",
        ]  # fmt: skip


def _cases(reading: Reading) -> Iterator[Sequence[str]]:
    """The cases that a count or a measure looks at."""
    local, period, params = _local(reading), reading.period, reading.kpi["params"]
    cohort = params.get("cohort", "opened_in" if reading.kpi["kind"] == "count" else "closed_in")
    read = facts.cases_opened if cohort == "opened_in" else facts.cases_closed
    rows = read(period.target.indicator_id, period.lo, period.hi, _mark(reading))
    if params.get("priorities"):
        rows = rows.filter(priority__in=params["priorities"])
    for case in gathering.newest(rows.iterator(chunk_size=5000)):
        moments = [case.at, case.responded_at, case.resolved_at, case.closed_at]
        yield [
            case.external_id, str(case.priority), *map(local, moments), str(case.revision + 1), str(case.delivery_id),
        ]  # fmt: skip


def _samples(reading: Reading) -> Iterator[Sequence[str]]:
    local, period = _local(reading), reading.period
    rows = facts.samples(period.target.indicator_id, period.lo, period.hi, _mark(reading))
    for one in rows.iterator(chunk_size=5000):
        yield [
            local(one.at), dayfile.plain(one.value), dayfile.plain(one.total), one.external_id, one.source,
            str(one.revision + 1), str(one.delivery_id), one.evidence,
        ]  # fmt: skip


def day(sheets: Iterable[dayfile.Sheet], zone: str) -> Iterator[Sequence[str]]:
    """The rows of a day with all their revisions, as `dayfile` found them."""
    for sheet in sheets:
        for line in sheet.lines:
            yield [sheet.name, *_line(line, ZoneInfo(zone))]


def _line(line: dayfile.Line, zone: ZoneInfo) -> Sequence[str]:
    fact, cells = line.fact, [cell for _column, cell in line.cells]
    said = [each.astimezone(zone).isoformat() if isinstance(each, datetime) else each or "" for each in cells]
    state = "earlier" if not line.newest else "withdrawn" if fact.voided else "counts"
    came = line.delivery.at.astimezone(zone).isoformat() if line.delivery else ""
    return [fact.source, str(fact.revision + 1), state, str(fact.delivery_id), came, *said]
