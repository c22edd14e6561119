"""An agreement whose K1 may be excluded from, with what a claim needs; what people do, they do by the acts."""

from datetime import timedelta

from kpis import actions
from tests.factories import make_member, make_terms
from tests.kpis.build import deliver, make_executed, observed, outage, stream, utc

JUNE_2, JUNE_3 = utc("2026-06-02T09:00"), utc("2026-06-03T00:00")
MAY_20 = utc("2026-05-20T12:00")
NIGHT = utc("2026-05-10T02:00")


def excluding_terms(*, cap=600, notice=48, effect="drop"):
    terms = make_terms()
    terms.kpis[0].exclusions = ["maintenance"]
    term = terms.exclusions[0]
    term.yearly_cap_minutes, term.notice_hours, term.effect = cap, notice, effect
    return terms


def make_excluding(*, now=MAY_20, **kwargs):
    """In force since 1 May, with two of the provider's people and one of the client's."""
    agreement, asker = make_executed(excluding_terms(**kwargs), now=now)
    return agreement, asker, make_member(agreement.provider, "provider"), make_member(agreement.client, "client")


def may_outages(agreement, person, *, at=JUNE_2):
    """Down from 02:00 to 06:30 on 10 May, watched the whole month: 99.395 % without an exclusion."""
    rows = [observed(until="2026-06-01T00:00"), outage("2026-05-10T02:00", "2026-05-10T06:30")]
    return deliver(stream(agreement, "canvas-lms"), rows, person, at=at)


def propose(agreement, asker, *, start=NIGHT, minutes=120, at=MAY_20, **kwargs):
    fields = {
        "category": "maintenance", "kpis": ["K1"], "reason": "New database", "notice_at": utc("2026-05-05T09:00"),
        "clause": "6.3",
    } | kwargs
    return actions.propose_exclusion(
        agreement, starts_at=start, ends_at=start + timedelta(minutes=minutes), actor=asker, at=at, **fields
    )


def approved(agreement, asker, other, *, at=MAY_20, **kwargs):
    return actions.approve_exclusion(propose(agreement, asker, at=at, **kwargs), actor=other, at=at)
