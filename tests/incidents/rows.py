"""Rows of the layer below that incidents start from: closed periods that missed their target."""

from datetime import UTC, datetime, timedelta
from itertools import count

from agreements import terms as t
from incidents import actions
from kpis import periods, standings
from kpis.models import Delivery, Indicator, ObservedSpan, Outage, Period, PeriodResult, Standing, Target
from kpis.spec import spec_of, stream_kind
from tests.factories import MAY, hold_position, make_agreement, make_terms, make_user, make_version

JUNE = datetime(2026, 6, 1, tzinfo=UTC)
CLOSED = datetime(2026, 6, 3, 8, tzinfo=UTC)  # when May is closed and the breach is seen
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
_serial = count(1)

# Three levels: told at once, after 4 hours, after 24 more.
MATRIX = t.Escalation(
    [
        t.Position("p-desk", "provider", "Service desk lead"),
        t.Position("p-head", "provider", "Head of operations"),
        t.Position("c-head", "client", "Head of IT"),
        t.Position("p-board", "provider", "Managing director"),
    ],
    [
        t.Level(0, "Initial contact", 0, ["p-desk"], critical=False),
        t.Level(1, "Management", 4 * 3600, ["p-head", "c-head"], ack_seconds=3 * 86400),
        t.Level(2, "Board", 24 * 3600, ["p-board"], ack_seconds=86400),
    ],
)


def make_target(version, key="K1"):
    kpi = version.read_terms().kpi(key)
    kind = {"name": kpi.name, "kind": stream_kind(kpi)}
    indicator, _ = Indicator.objects.get_or_create(
        organisation=version.agreement.provider, key=kpi.indicator, defaults=kind
    )
    return Target.objects.get_or_create(
        version=version,
        key=key,
        defaults={
            "agreement": version.agreement,
            "indicator": indicator,
            "name": kpi.name,
            "spec": spec_of(
                version.read_terms(), kpi, version=version.label, terms_sha256=version.terms_sha256
            ),
            "effective_from": MAY,
        },
    )[0]


def make_period(version, key="K1", lo=MAY, hi=JUNE, **kwargs):
    fields = {"label": f"{lo:%Y-%m}", "grace_until": hi + 2 * DAY, "state": "closed", "closed_at": CLOSED}
    fields |= kwargs
    return Period.objects.create(target=make_target(version, key), lo=lo, hi=hi, **fields)


def make_outage(period, start, end, watched):
    """Delivered: down from `start` to `end`, watched from the period's start to `watched`."""
    indicator = period.target.indicator
    delivery = Delivery.objects.create(
        indicator=indicator, door="upload", source="log", by=period.target.agreement.owner, at=watched
    )
    row = {"indicator_id": indicator.pk, "source": "log", "delivery_id": delivery.pk}
    Outage.objects.create(at=start, until=end, external_id="o1", **row)
    ObservedSpan.objects.create(at=period.lo, until=watched, external_id="s1", **row)


def stand(period, now):
    """What the rollup sweep keeps: how the period stands."""
    standings.refresh(now=now)
    return Standing.objects.get(period=period)


def make_result(period, verdict="breached", **kwargs):
    outcome = periods.compute(period.target, period.lo, period.hi, known_at=period.hi).to_dict()
    fields = {
        "outcome": outcome | {"verdict": verdict}, "inputs": {}, "sha256": "ab" * 32, "created_at": CLOSED,
    } | kwargs
    return PeriodResult.objects.create(period=period, verdict=verdict, **fields)


def make_ladder(matrix=MATRIX, **kwargs):
    """A signed agreement with this matrix and a holder of each position; returns version and holders."""
    agreement = make_agreement(state="active", **kwargs)
    terms = make_terms(escalation=matrix)
    version = make_version(agreement, state="executed", terms=terms, concluded_at=MAY, executed_at=MAY)
    people = {position.key: make_user(name=position.title) for position in matrix.positions}
    for position, user in people.items():
        hold_position(agreement, position, user)
    return version, people


def make_breach(version, key="K1", at=CLOSED, **kwargs):
    """A missed period and the breach that the sweep logs for it."""
    period = make_period(version, key, **kwargs)
    make_result(period)
    actions.log_breaches(now=at)
    return period.breaches.get()
