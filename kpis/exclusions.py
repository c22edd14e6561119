"""Which excluded time counts in a figure. The rows are the one source; see excluding.py for the rules."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from agreements import params
from kpis.excluding import Allotment, allot, occurrences
from kpis.formulas import Excluded
from kpis.models import Exclusion, ExclusionSpan, Period, Target


def takes(target: Target, category: str) -> bool:
    """Whether the signed terms let this category take time out of this KPI."""
    effect = _effects(target.spec).get(category)
    if effect is None or not _of_time(target.spec):
        return False
    kpi = target.spec["kpi"]
    return effect != "as_good" or params.has_good_time(kpi["kind"], kpi["params"])


def _of_time(spec: Mapping[str, Any]) -> bool:
    return params.of_time(spec["kpi"]["kind"], spec["kpi"]["params"])


def _effects(spec: Mapping[str, Any]) -> dict[str, str]:
    return {term["key"]: term["effect"] for term in spec["exclusions"]}


def counting(target: Target, lo: datetime, hi: datetime) -> list[int]:
    """The ids of the spans that count in a target's [lo, hi) now; no query where its terms exclude nothing."""
    if not target.spec["exclusions"] or not _of_time(target.spec):
        return []
    found = ExclusionSpan.objects.filter(
        exclusion__targets=target, exclusion__state__in=Exclusion.COUNTING, lo__lt=hi, counted_until__gt=lo
    )
    return sorted(found.values_list("pk", flat=True))


def spans(spec: Mapping[str, Any], ids: Collection[int]) -> list[Excluded]:
    """The excluded time of these spans, with the effect that a KPI's terms declare.

    Raises ValueError when one is gone, or is of no category of the terms: a result that cites it can't be
    worked out again.
    """
    if not ids:
        return []
    known = _effects(spec)
    rows = ExclusionSpan.objects.filter(pk__in=ids).order_by("pk")
    found = [
        Excluded(lo, until, known[category])
        for lo, until, category in rows.values_list("lo", "counted_until", "exclusion__category")
        if category in known
    ]
    if len(found) != len(ids):
        raise ValueError("an exclusion that the result cites is missing")
    return found


def numbers(ids: Iterable[int]) -> list[str]:
    """The exclusions behind these spans, by number."""
    wanted = list(ids)
    if not wanted:
        return []
    return sorted(set(ExclusionSpan.objects.filter(pk__in=wanted).values_list("exclusion__number", flat=True)))


def of_stream(indicator_id: int, spec: Mapping[str, Any], lo: datetime, hi: datetime) -> list[Excluded]:
    """What counted of a stream's time by categories that these terms name, for a look back; by any version."""
    known = _effects(spec)
    if not known or not _of_time(spec):
        return []
    rows = ExclusionSpan.objects.filter(
        exclusion__targets__indicator=indicator_id, exclusion__category__in=known,
        exclusion__state__in=Exclusion.COUNTING, lo__lt=hi, counted_until__gt=lo,
    )
    kept = rows.values_list("lo", "counted_until", "exclusion__category").distinct()
    return [Excluded(lo, until, known[category]) for lo, until, category in kept]


def taken(exclusion: Exclusion) -> list[tuple[datetime, datetime]]:
    """What other exclusions of the same category use of its yearly cap."""
    others = ExclusionSpan.objects.filter(
        exclusion__agreement=exclusion.agreement_id, exclusion__category=exclusion.category,
        exclusion__state__in=Exclusion.COUNTING,
    ).exclude(exclusion=exclusion.pk)
    return list(others.values_list("lo", "counted_until"))


def allotment(exclusion: Exclusion) -> Allotment:
    """What would count of an exclusion if it were approved now. Raises excluding.Unreadable."""
    version = exclusion.version
    term = term_of(exclusion)
    zone = version.terms["agreement"]["timezone"]
    return allot(
        occurrences(exclusion.starts_at, exclusion.ends_at, rule=exclusion.rule, zone=zone),
        life=(version.measured_from, version.holds_until),
        notice_at=exclusion.notice_at,
        notice_hours=term["notice_hours"],
        cap_minutes=term["yearly_cap_minutes"],
        taken=taken(exclusion),
        zone=zone,
    )


def term_of(exclusion: Exclusion) -> dict[str, Any]:
    """The signed term of its category."""
    return next(each for each in exclusion.version.terms["exclusions"] if each["key"] == exclusion.category)


def closed_periods(exclusion: Exclusion) -> list[Period]:
    """The closed periods that the counted time of an exclusion lies in, oldest first.

    Asked at the approval, these are the ones whose results do not know it.
    """
    spans = list(exclusion.spans.values_list("lo", "counted_until"))
    closed = Period.objects.filter(target__in=exclusion.targets.all(), state=Period.State.CLOSED)
    found = closed.select_related("target__agreement").order_by("lo", "target__key")
    return [each for each in found if any(lo < each.hi and until > each.lo for lo, until in spans)]
