import pytest

from agreements.grants import load
from kpis import needs
from kpis.due import due
from kpis.models import Indicator
from tests.kpis.build import case, deliver, make_bound, observed, stream, utc

pytestmark = pytest.mark.django_db
JUNE_2 = utc("2026-06-02T10:00")


def owed(agreement, now):
    streams = Indicator.objects.filter(organisation=agreement.provider)
    names = {each.pk: each.key for each in streams}
    return {(names[one.indicator_id], one.label) for one in due(streams, now)}


def test_an_ended_period_asks_for_its_data():
    agreement, _person = make_bound(now=JUNE_2)

    assert owed(agreement, utc("2026-05-31T23:59:59")) == set()
    assert owed(agreement, JUNE_2) == {("canvas-lms", "2026-05"), ("desk-cases", "2026-05")}


def test_an_outage_log_has_come_when_it_watched_to_the_end():
    agreement, person = make_bound(now=JUNE_2)
    log = stream(agreement, "canvas-lms")

    deliver(log, [observed(until="2026-05-31T23:59:59")], person, at=JUNE_2)
    assert ("canvas-lms", "2026-05") in owed(agreement, JUNE_2)
    deliver(log, [observed(until="2026-06-01T00:00")], person, at=JUNE_2)
    assert ("canvas-lms", "2026-05") not in owed(agreement, JUNE_2)


def test_another_stream_has_come_when_it_was_delivered_after_the_end():
    agreement, person = make_bound(now=JUNE_2)
    desk = stream(agreement, "desk-cases")

    deliver(desk, [case()], person, at=utc("2026-05-31T23:00"))
    assert ("desk-cases", "2026-05") in owed(agreement, JUNE_2)
    deliver(desk, [case("INC-2")], person, at=utc("2026-06-01T00:00"))
    assert ("desk-cases", "2026-05") not in owed(agreement, JUNE_2)


def asked(person, now):
    return [(need.title, need.due, need.tone) for need in needs.for_user(person, load(person, now), now)]


def test_the_providers_people_are_asked_and_told_when_it_is_late():
    agreement, person = make_bound(now=JUNE_2)

    assert asked(person, JUNE_2) == [
        ("canvas-lms for May 2026", utc("2026-06-03T00:00"), "warn"),
        ("desk-cases for May 2026", utc("2026-06-03T00:00"), "warn"),
    ]
    assert {tone for _title, _due, tone in asked(person, utc("2026-06-03T00:00"))} == {"bad"}
    assert asked(agreement.owner, JUNE_2) == []


def test_a_streams_owner_is_asked_alone():
    agreement, person = make_bound(now=JUNE_2)
    desk = stream(agreement, "desk-cases")
    desk.owner = agreement.owner
    desk.save(update_fields=["owner"])

    assert [title for title, *_rest in asked(agreement.owner, JUNE_2)] == ["desk-cases for May 2026"]
    assert [title for title, *_rest in asked(person, JUNE_2)] == ["canvas-lms for May 2026"]
