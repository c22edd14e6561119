"""What a report tells beside the figures: breaches, credits, feedback, actions, deliveries, workload."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Count, Max, Q, Sum

from agreements.models import Agreement
from incidents import ladder
from incidents.figures import brief
from incidents.models import Breach, Run, Step
from kpis.models import Credit, Delivery, Indicator, Period
from kpis.reading import Reading
from kpis.text import money
from kpis.workload import counted
from reports.measured import Row, instant
from reports.spans import Span
from reviews.models import Action, Feedback


def breaches(agreement: Agreement, span: Span, periods: Sequence[Period]) -> list[Row]:
    """The breaches of these periods, those opened meanwhile, and those from before that are still open."""
    mine = Q(period__in=periods) | Q(opened_at__gte=span.lo, opened_at__lt=span.hi)
    carried = Q(opened_at__lt=span.lo, state__in=["open", "acknowledged", "outcome"])
    found = Breach.objects.filter(mine | carried, agreement=agreement).select_related(
        "acknowledged_by", "owner", "run", "period__target"
    )
    own = {period.pk for period in periods}
    ordered = found.prefetch_related("run__steps").order_by("opened_at", "pk")
    return [_breach(each, each.period_id in own) for each in ordered]


def _breach(breach: Breach, own: bool) -> Row:
    run: Run | None = getattr(breach, "run", None)
    return {
        "number": breach.number,
        "title": breach.title,
        "kpi": breach.period.target.key if breach.period else "",
        "new": own,
        "figure": brief(breach),
        "state": breach.state,
        "opened_at": instant(breach.opened_at),
        "level": run.level if run else None,
        "acknowledged_at": instant(breach.acknowledged_at),
        "acknowledged_by": breach.acknowledged_by.name if breach.acknowledged_by else "",
        "steps": _steps(run) if run else [],
        "root_cause": breach.root_cause,
        "corrective": breach.corrective,
        "preventive": breach.preventive,
        "closed_at": instant(breach.closed_at),
        "reason": breach.reason,
    }


def _steps(run: Run) -> list[Row]:
    """Who was told when, level by level, round by round."""
    names = {level.level: level.name for level in ladder.read(run.matrix).levels}
    done = [
        step
        for step in run.steps.all()
        if step.kind == Step.Kind.NOTIFY and step.state in (Step.State.FIRED, Step.State.COALESCED)
    ]
    return [
        {
            "level": step.level,
            "name": names.get(step.level, ""),
            "state": step.state,
            "due_at": instant(step.due_at),
            "at": instant(step.fired_at),
            "told": [person["name"] for person in step.told],
        }
        for step in sorted(done, key=lambda step: (step.fired_at, step.level))
    ]


def credits_of(readings: Sequence[Reading]) -> list[Row]:
    """The credits of these results, as they stand."""
    found = [(each, getattr(each.result, "credit", None)) for each in readings]
    return [_credit(reading, credit) for reading, credit in found if credit is not None]


def _credit(reading: Reading, credit: Credit) -> Row:
    return {
        "kpi": reading.kpi["key"],
        "name": reading.kpi["name"],
        "label": reading.period.label,
        "percent": f"{credit.percent.normalize():f}",
        "amount": f"{credit.amount:.2f}",
        "currency": credit.currency,
        "shown": money(credit.amount, credit.currency),
        "state": credit.state,
        "reason": credit.reason,
    }


def feedback(agreement: Agreement, labels: Sequence[str]) -> list[Row]:
    """What the client said about these periods."""
    found = Feedback.objects.filter(agreement=agreement, period__in=labels).select_related("by")
    return [
        {
            "period": each.period,
            "by": each.by.name,
            "score": each.score,
            "text": each.text,
            "at": instant(each.at),
        }
        for each in found.order_by("at", "pk")
    ]


def actions(agreement: Agreement, span: Span, now: datetime) -> list[Row]:
    """What somebody promised in a review: open, or settled since the span began."""
    recent = Q(state=Action.State.OPEN) | Q(closed_at__gte=span.lo)
    found = Action.objects.filter(recent, meeting__agreement=agreement).select_related("owner", "meeting")
    return [
        {
            "text": each.text,
            "owner": each.owner.name,
            "due_on": each.due_on.isoformat(),
            "state": each.state,
            "late": each.state == Action.State.OPEN and each.due_on < now.date(),
            "closed_at": instant(each.closed_at),
            "meeting": each.meeting.number,
        }
        for each in found
    ]


def deliveries(readings: Sequence[Reading], span: Span) -> list[Row]:
    """For each stream how much was delivered, up to what the results saw. A stream may serve other clients,
    so single files and people are not named.
    """
    return [_delivered(stream, mark, span) for stream, mark in _marks(readings)]


def _delivered(stream: Indicator, mark: int, span: Span) -> Row:
    seen = Delivery.objects.filter(indicator=stream, pk__lte=mark, at__gte=span.lo)
    names = ("rows", "added", "revised", "unchanged", "refused", "after_close")
    sums = seen.aggregate(Max("at"), deliveries=Count("pk"), **{f"{name}__sum": Sum(name) for name in names})
    counts = {name: sums[f"{name}__sum"] or 0 for name in names}
    return counts | {
        "stream": stream.name,
        "source": stream.source,
        "deliveries": sums["deliveries"],
        "last_at": instant(sums["at__max"]),
        "highest_delivery": mark,
    }


def _marks(readings: Sequence[Reading]) -> list[tuple[Indicator, int]]:
    """Each stream with the newest delivery that a result of it saw, by key."""
    marks: dict[int, int] = {}
    streams = {}
    for each in readings:
        stream = each.period.target.indicator
        streams[stream.pk] = stream
        seen = each.result.inputs.get("highest_delivery", 0) if each.result else 0
        marks[stream.pk] = max(marks.get(stream.pk, 0), seen)
    return [(stream, marks[pk]) for pk, stream in sorted(streams.items(), key=lambda each: each[1].key)]


def workload(span: Span, readings: Sequence[Reading]) -> list[Row]:
    """The limits of the terms with the cases that were opened; no counts where nothing delivered counts them."""
    cases = [(stream.pk, mark) for stream, mark in _marks(readings) if stream.kind == Indicator.Kind.CASES]
    rows: dict[str, Row] = {}
    for each in counted(span.version, cases, span.lo, span.hi):
        named = {name: getattr(each, name) for name in ("name", "most", "unit", "period")}
        row = rows.setdefault(each.key, named | {"counts": []})
        if each.count is not None:
            row["counts"].append({
                "label": each.label, "name": each.window, "count": each.count, "over": each.over,
                "passed_at": instant(each.passed_at),
            })  # fmt: skip
    return list(rows.values())
