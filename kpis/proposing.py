"""What an exclusion would be, before anybody asks for it: checked against the signed terms, and what it changes."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from agreements.models import Agreement, Version
from kpis import claims, exclusions, formulas, periods
from kpis.claiming import Declined
from kpis.excluding import Allotment, Unreadable
from kpis.gathering import Question
from kpis.models import Exclusion, Period, Target
from kpis.reading import Reading

MOST = 6  # periods that are worked out; a weekly one over years touches many


@dataclass(frozen=True)
class Change:
    """One period of one KPI without and with the exclusion, for a table; `closed`: only a correction would do it."""

    reading: Reading
    rows: Sequence[dict[str, str]]
    was: str
    would_be: str
    closed: bool

    @property
    def turns(self) -> bool:
        return self.was != self.would_be


@dataclass(frozen=True)
class Preview:
    """How much of it counts, why, and what that does to the figures; `more`: periods that are not worked out."""

    allotment: Allotment
    arithmetic: Sequence[str]
    changes: Sequence[Change]
    more: int


def drafted(agreement: Agreement, *, category: str, kpis: Collection[str], at: datetime, **fields: Any):
    """The exclusion that would be asked for, its targets, and how much of it would count; nothing is written.

    Raises Declined when the signed terms know no such category for these KPIs, or when nothing of it could count.
    """
    version = _version(agreement, fields["starts_at"])
    if fields["notice_at"] is not None and fields["notice_at"] > at:
        raise Declined("notice_at", _("This lies in the future."))
    targets = _targets(version, kpis, category)
    exclusion = Exclusion(agreement=agreement, version=version, category=category, **fields)
    return exclusion, targets, counted(exclusion)


def counted(exclusion: Exclusion) -> Allotment:
    """How much of an exclusion would count now. Raises Declined when it is nothing, or when its rule can't be read."""
    try:
        found = exclusions.allotment(exclusion)
    except Unreadable as error:
        raise Declined("rule" if exclusion.rule else "ends_at", str(error)) from error
    if not found.counted:
        raise Declined(*_nothing(found))
    return found


def preview(exclusion: Exclusion, targets: Iterable[Target], found: Allotment, now: datetime) -> Preview:
    """What the exclusion would do to each period that it touches, from all that is known now."""
    touched = [
        period
        for target in targets
        for period in _periods(target, now)
        if any(piece.start < period.hi and piece.counted_until > period.lo for piece in found.pieces)
    ]
    effect = exclusions.term_of(exclusion)["effect"]
    changes = [_change(period, effect, found, now) for period in touched[:MOST]]
    return Preview(found, claims.arithmetic(found.to_dict()), changes, len(touched) - len(changes))


def _periods(target: Target, now: datetime) -> list[Period]:
    begun = Period.objects.filter(target=target, lo__lte=now).order_by("-lo")
    return list(begun.select_related("target__indicator", "target__version", "target__agreement"))


def _change(period: Period, effect: str, found: Allotment, now: datetime) -> Change:
    target, spec = period.target, period.target.spec
    before = exclusions.spans(spec, exclusions.counting(target, period.lo, period.hi))
    more = [formulas.Excluded(each.start, each.counted_until, effect) for each in found.pieces if each.counted]
    frame = formulas.Frame(period.lo, period.hi, min(now, period.hi))
    without, with_it = (
        periods.evaluate(Question(spec, target.indicator_id, frame, excluded=excluded, rolled=True)).to_dict()
        for excluded in (before, [*before, *more])
    )
    reading = Reading(period, without, None, now)
    rows = claims.difference(without, with_it, reading)
    closed = period.state == Period.State.CLOSED
    return Change(reading, rows, without["verdict"], with_it["verdict"], closed)


def _version(agreement: Agreement, at: datetime) -> Version:
    found = Version.objects.in_force(at).filter(agreement=agreement).first()
    if found is None:
        raise Declined("starts_at", _("No signed version is in force then."))
    return found


def _targets(version: Version, kpis: Collection[str], category: str) -> list[Target]:
    if category not in [term["key"] for term in version.terms["exclusions"]]:
        raise Declined("category", _("%s has no such category.") % version.label)
    targets = list(Target.objects.filter(version=version, key__in=kpis).select_related("agreement"))
    if not targets or len(targets) != len(set(kpis)):
        raise Declined("kpis", _("Name KPIs of %s.") % version.label)
    for target in targets:
        if not exclusions.takes(target, category):
            said = _("The terms of %(kpi)s take no time out by this category.")
            raise Declined("kpis", said % {"kpi": target})
    return targets


def _nothing(found: Allotment) -> tuple[str, str]:
    if not found.pieces:
        return "starts_at", _("No signed version is in force then.")
    if any(piece.why == "notice" for piece in found.pieces):
        said = _("Nothing of it would count: the terms ask for notice %d hours before the start.")
        return "notice_at", said % found.notice_hours
    said = _("Nothing of it would count: the %d minutes a year that the terms allow are used up.")
    return "category", said % found.cap_minutes
