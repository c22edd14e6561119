import pytest

from agreements.grants import load
from kpis import actions, needs
from kpis.models import Credit
from tests.factories import make_member
from tests.kpis.build import deliver, make_bound, observed, outage, stream, utc

pytestmark = pytest.mark.django_db
JUNE_3 = utc("2026-06-03T00:00")


@pytest.fixture
def agreement():
    agreement, person = make_bound(now=JUNE_3)
    rows = [observed(until="2026-06-01T00:00"), outage()]
    deliver(stream(agreement, "canvas-lms"), rows, person, at=utc("2026-06-02T00:00"))
    actions.close_due(now=JUNE_3)
    return agreement


def asked(person):
    return needs.for_user(person, load(person, JUNE_3), JUNE_3)


def test_the_client_is_asked_about_a_credit_until_it_is_decided(agreement):
    person = make_member(agreement.client, "client")

    (need,) = asked(person)
    assert need.title == "Credit of 5 % for Availability, May 2026"
    assert need.due == utc("2026-07-03T00:00")
    assert need.url.endswith("/K1/?period=2026-05")

    actions.agree_credit(Credit.objects.get(), actor=person, at=JUNE_3)
    assert asked(person) == []


@pytest.mark.parametrize("role", ["provider", "manager", "auditor", "admin"])
def test_nobody_else_is(agreement, role):
    assert asked(make_member(agreement.provider, role)) == []


def test_a_stranger_is_asked_nothing(agreement, django_assert_max_num_queries):
    other, _person = make_bound(now=JUNE_3)
    person = make_member(other.client, "client")

    with django_assert_max_num_queries(8):
        assert asked(person) == []
