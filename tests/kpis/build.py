"""Rows and streams for the tests of figures; what comes in, comes in by the act."""

from datetime import UTC, datetime
from decimal import Decimal

from kpis import actions
from kpis.intake import rows as r
from kpis.models import Indicator
from tests.factories import make_agreement, make_member, make_signed, make_version


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


JULY = utc("2026-07-03T12:00")


def make_bound(*, now=JULY, **kwargs):
    """An agreement in force since 1 May 2026 with targets, streams and periods, and who delivers its data."""
    agreement, version = make_signed(**kwargs)
    actions.bind_executed(now=now)
    return agreement, make_member(agreement.provider, "provider")


def stream(agreement, key):
    return Indicator.objects.get(organisation=agreement.provider, key=key)


def deliver(indicator, rows, by, *, at=JULY, source="log", door="upload", **kwargs):
    return actions.take_in(indicator, rows=rows, source=source, door=door, by=by, at=at, **kwargs)


def case(number="INC-1", opened="2026-05-04T15:00", closed=None, priority=3, **kwargs):
    resolved = kwargs.pop("resolved", None)
    return r.Case(
        number, utc(opened), priority, utc(resolved) if resolved else None, utc(closed) if closed else None,
        **kwargs,
    )


def outage(down="2026-05-07T20:50:59", up="2026-05-08T03:01:43", **kwargs):
    return r.Outage(utc(down), utc(up) if up else None, **kwargs)


def observed(since="2026-05-01T00:00", until="2026-07-01T00:00"):
    return r.Observed(utc(since), utc(until))


def sample(at="2026-05-31T23:59:59", value="4", who="7", **kwargs):
    return r.Sample(utc(at), Decimal(value), who, **kwargs)



def make_executed(terms, *, now=JULY):
    """The same for terms of one's own."""
    agreement = make_agreement(state="active")
    make_version(agreement, state="executed", terms=terms)
    actions.bind_executed(now=now)
    return agreement, make_member(agreement.provider, "provider")
