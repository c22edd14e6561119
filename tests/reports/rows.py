"""A measured month by the acts of the layers below: delivered, closed, breaches logged, people told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from accounts.models import Role
from incidents import actions as incident_actions
from incidents import escalation
from kpis import actions as kpi_actions
from kpis.models import Indicator
from reports import actions, facts, spans
from reports.models import Report
from tests.factories import hold_position, make_agreement, make_member, make_terms, make_version
from tests.kpis.build import case, deliver, observed, outage, sample

DELIVERED = datetime(2026, 6, 1, 8, tzinfo=UTC)
CLOSED = datetime(2026, 6, 3, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
JULY = datetime(2026, 7, 3, 9, tzinfo=UTC)
PEOPLE = {
    "client": ("client", Role.CLIENT, "Amara Lindqvist"),
    "provider": ("provider", Role.PROVIDER, "Daniel Osei"),
    "head": ("provider", Role.ESCALATION, "Priya Raman"),
}


def make_agreed(**kwargs):
    """An agreement in force since 1 May 2026 with holders of its positions; returns it and its people."""
    agreement = make_agreement(state="active")
    make_version(agreement, state="executed", terms=make_terms(**kwargs))
    kpi_actions.bind_executed(now=DELIVERED)
    people = {
        name: make_member(getattr(agreement, side), role, name=said) for name, (side, role, said) in PEOPLE.items()
    }
    for position, name in (("p-desk", "provider"), ("p-head", "head"), ("c-head", "client")):
        hold_position(agreement, position, people[name])
    return agreement, people | {"manager": agreement.owner}


def deliver_may(agreement, by, *, at=DELIVERED, down="2026-05-07T20:50:59"):
    """May: 6 h 10 min 44 s down, two of three cases in time, one answer."""
    for key, rows in {
        "canvas-lms": [outage(down), observed(until="2026-06-01T00:00")],
        "desk-cases": [
            case("INC-1", "2026-05-04T15:00", "2026-05-05T16:00"),
            case("INC-2", "2026-05-05T15:00", "2026-05-06T16:00"),
            case("INC-3", "2026-05-05T16:00", "2026-05-29T16:00"),
            case("INC-4", "2026-05-06T15:00", "2026-05-07T16:00", 1, resolved="2026-05-07T15:00"),
        ],
        "satisfaction": [sample()],
    }.items():
        stream = Indicator.objects.get(organisation=agreement.provider, key=key)
        deliver(stream, rows, by, at=at)


def settle(now=CLOSED):
    """What the engine does before reports: close, log breaches, tell the first level."""
    kpi_actions.bind_executed(now=now)
    kpi_actions.close_due(now=now)
    incident_actions.log_breaches(now=now)
    escalation.tick(now=now)


def make_report(**kwargs):
    """The report of May, made by the sweep; returns it and its people."""
    agreement, people = make_agreed(**kwargs)
    deliver_may(agreement, people["provider"])
    settle()
    actions.compile_due(now=CLOSED)
    return Report.objects.get(agreement=agreement), people


def put_report(label="2026-05", agreed=None):
    """The same without typesetting, which takes a second: its PDF is a placeholder in the vault."""
    agreement, people = agreed or make_agreed()
    if not agreement.targets.filter(periods__state="closed").exists():
        deliver_may(agreement, people["provider"])
        settle()
    span = next(each for each in spans.ended(agreement, CLOSED) if each.label == "2026-05")
    number = f"RPT-{label}-{agreement.reference.rsplit('-', 1)[-1]}"
    known = facts.gather(agreement, span, number=number, at=CLOSED) | {"label": label}
    apart = replace(span, label=label, lo=span.lo - timedelta(days=30 * (5 - int(label[5:7]))))
    pdf = f"%PDF-1.7 {number}".encode()
    return actions.share(actions._store(agreement, apart, known, pdf, actor=None, at=CLOSED), actor=None, at=CLOSED)
