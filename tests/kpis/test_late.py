"""Late data: reminded of once, then a question for whoever escalates."""

from datetime import timedelta

import pytest

from accounts.models import Notice
from kpis import actions, late
from kpis.models import LateData
from records.models import AuditEntry
from tests.factories import make_member
from tests.kpis.build import deliver, make_bound, observed, stream, utc
from tests.race import race

pytestmark = pytest.mark.django_db
DUE = utc("2026-06-03T00:00")  # two days after May, as the terms say
HOUR = timedelta(hours=1)


@pytest.fixture
def bound():
    return make_bound(now=DUE)


def late_keys():
    return sorted(LateData.objects.values_list("indicator__key", "label"))


def test_nobody_is_reminded_before_the_due_time(bound):
    assert actions.remind_late(now=DUE - HOUR) == 0
    assert not Notice.objects.exists()


def test_each_is_reminded_of_once(bound):
    _agreement, person = bound

    assert actions.remind_late(now=DUE) == 2
    assert actions.remind_late(now=DUE + HOUR) == 0

    assert late_keys() == [("canvas-lms", "2026-05"), ("desk-cases", "2026-05")]
    assert Notice.objects.filter(recipient=person).count() == 2
    assert AuditEntry.objects.filter(verb="data.reminded").count() == 2


def test_an_owner_is_asked_alone(bound):
    agreement, person = bound
    owner = make_member(agreement.provider, "provider")
    log = stream(agreement, "canvas-lms")
    log.owner = owner
    log.save(update_fields=["owner"])

    actions.remind_late(now=DUE)

    assert Notice.objects.filter(recipient=owner, key=f"late:{log.late.get().pk}").exists()
    assert not Notice.objects.filter(recipient=person, key=f"late:{log.late.get().pk}").exists()


def test_what_a_reminder_does_not_bring_within_a_day_is_to_be_escalated(bound):
    agreement, _person = bound
    actions.remind_late(now=DUE)

    assert list(late.to_escalate(DUE + timedelta(hours=23))) == []
    found = list(late.to_escalate(DUE + timedelta(days=1)))

    assert [(each.late.indicator.key, each.agreement) for each in found] == [
        ("canvas-lms", agreement), ("desk-cases", agreement),
    ]
    assert found[0].title == "Data of canvas-lms for May 2026 are late"


def test_what_came_is_noted_and_not_escalated(bound):
    agreement, person = bound
    actions.remind_late(now=DUE)
    deliver(stream(agreement, "canvas-lms"), [observed(until="2026-06-01T00:00")], person, at=DUE + HOUR)

    assert actions.remind_late(now=DUE + 2 * HOUR) == 1

    assert [each.late.indicator.key for each in late.to_escalate(DUE + timedelta(days=1))] == ["desk-cases"]
    assert LateData.objects.get(indicator__key="canvas-lms").came_at == DUE + 2 * HOUR
    assert AuditEntry.objects.filter(verb="data.came_late").count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_sweeps_at_once_remind_once():
    make_bound(now=DUE)

    found = race(lambda: actions.remind_late(now=DUE))

    assert [each for each in found if isinstance(each, Exception)] == []
    assert sum(found) == 2
    assert Notice.objects.count() == 2
