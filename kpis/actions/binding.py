"""Executed versions become targets with their periods: what was signed is what is measured."""

from datetime import datetime, timedelta

from django.db import transaction

from agreements.models import Version
from agreements.terms import Kpi
from kpis import rollups
from kpis.actions.rolling import mark_all
from kpis.models import Indicator, Period, Target
from kpis.spec import VALUES, spec_of, stream_kind
from kpis.windows import Cycle, windows
from records import audit


class KindConflict(Exception):
    """Two signed KPIs want one stream to be of two kinds; somebody must name another stream."""


def bind_executed(*, now: datetime) -> int:
    """Make targets of executed versions that have none yet, and every period begun by `now`.

    Returns how many targets and periods are new. A version that can't be bound stops no other; the first
    KindConflict is raised at the end, so that the sweep's heartbeat shows it.
    """
    conflicts, made = [], 0
    for version in Version.objects.executed().filter(targets=None).order_by("pk"):
        try:
            made += _bind(version, now)
        except KindConflict as conflict:
            conflicts.append(conflict)
    made += ensure_periods(now=now)
    if conflicts:
        raise conflicts[0]
    return made


def ensure_periods(*, now: datetime) -> int:
    """Give every target the periods begun by `now`, cut where the next version takes over."""
    targets = Target.objects.select_related("version", "agreement").prefetch_related("periods")
    return sum(_periods_of(target, now) for target in targets.order_by("pk"))


@transaction.atomic
def _bind(version: Version, now: datetime) -> int:
    version = Version.objects.select_for_update().get(pk=version.pk)
    if version.targets.exists():
        return 0
    terms, agreement = version.read_terms(), version.agreement
    for kpi in terms.kpis:
        indicator = _indicator(agreement.keeper_id, kpi)
        if terms.agreement.timezone not in rollups.zones(indicator):
            mark_all([indicator], now=now)  # its days are kept by zone
        target = Target.objects.create(
            agreement=agreement,
            version=version,
            indicator=indicator,
            key=kpi.key,
            name=kpi.name,
            spec=spec_of(terms, kpi, version=version.label, terms_sha256=version.terms_sha256),
            effective_from=version.measured_from,
        )
        audit.record(
            "target.bound", target, actor=None, at=now, scope=agreement.reference, key=kpi.key,
            version=version.label, indicator=kpi.indicator,
        )
    return len(terms.kpis)


def _indicator(organisation_id: int, kpi: Kpi) -> Indicator:
    kind = stream_kind(kpi)
    indicator, _created = Indicator.objects.get_or_create(
        organisation_id=organisation_id,
        key=kpi.indicator,
        defaults={
            "name": kpi.indicator,
            "kind": kind,
            "unit": kpi.unit if kind == VALUES else "",
            "source": kpi.source[:200],
        },
    )
    if indicator.kind != kind:
        raise KindConflict(f"{kpi.key}: the stream {kpi.indicator} holds {indicator.kind}, not {kind}")
    return indicator


def _periods_of(target: Target, now: datetime) -> int:
    spec, known = target.spec, {period.label: period for period in target.periods.all()}
    made = 0
    for window in windows(Cycle.from_spec(spec), target.effective_from, target.version.holds_until, now):
        grace_until = window.hi + timedelta(days=spec["grace_days"])
        period = known.get(window.label)
        if period is None:
            made += _open(target, window, grace_until, now)
        elif period.hi != window.hi and period.state != Period.State.CLOSED:
            _cut(period, window, grace_until, now)
    return made


@transaction.atomic
def _open(target, window, grace_until, now):
    period, created = Period.objects.get_or_create(
        target=target,
        label=window.label,
        defaults={"lo": window.lo, "hi": window.hi, "grace_until": grace_until},
    )
    if created:
        audit.record(
            "period.opened", period, actor=None, at=now, scope=target.agreement.reference, key=target.key,
            label=window.label,
        )
    return int(created)


@transaction.atomic
def _cut(period, window, grace_until, now):
    """A successor takes over within the period: it ends there, and the successor's begins."""
    period = Period.objects.select_for_update().get(pk=period.pk)
    if period.state == Period.State.CLOSED:
        return
    # A trailing period ends earlier with as many days as before.
    period.lo, period.hi, period.grace_until = window.lo, window.hi, grace_until
    period.save(update_fields=["lo", "hi", "grace_until"])
    audit.record(
        "period.cut", period, actor=None, at=now, scope=period.target.agreement.reference,
        hi=window.hi.isoformat(),
    )
