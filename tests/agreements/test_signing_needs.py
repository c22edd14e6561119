from datetime import timedelta

import pytest

from agreements import actions, ending_needs, grants, signing_needs, tasks
from agreements.models import Round, Version
from records import clock
from records.models import Sweep
from tests.agreements.rounds import DEADLINE, make_ready, open_round, opened, prepared, sign, slot
from tests.factories import NOON

pytestmark = pytest.mark.django_db


def needs(person, at=NOON):
    return [(need.title, need.due) for need in asked(person, grants.load(person, at), at)]


def asked(person, held, at):
    return [*signing_needs.for_user(person, held, at), *ending_needs.for_user(person, held, at)]


def test_each_is_asked_in_turn_and_no_more_after_the_act():
    who = prepared()
    duty = ("Sign Learning platform", DEADLINE)
    assert (needs(who.director), needs(who.head)) == ([duty], [])
    opened(who)
    assert needs(who.director) == [duty]
    sign(who)
    assert (needs(who.director), needs(who.head)) == ([], [duty])
    assert needs(who.head, DEADLINE) == []


def test_a_ready_version_waits_for_its_manager():
    who = make_ready()
    assert needs(who.manager) == [("Send Learning platform for signature", None)]
    assert needs(who.director) == []
    open_round(who)
    assert needs(who.manager) == []


def test_a_document_that_cannot_be_made_is_the_managers_matter():
    who = open_round()
    Version.objects.update(seal_error="No fonts")
    assert [title for title, _due in needs(who.manager)] == [
        f"The document of {who.agreement.reference} v1.0 could not be made yet"
    ]


@pytest.mark.parametrize("leave", [
    lambda who: type(who.director).objects.filter(pk=who.director.pk).update(is_active=False),
    lambda who: who.director.authorities.update(until=NOON),
    lambda who: who.director.authorities.update(organisation=who.client),
])
def test_a_seat_whose_person_cannot_sign_any_more_is_the_managers_matter(leave):
    who = prepared()
    assert needs(who.manager) == []
    leave(who)
    name = f"Helen Marsh cannot sign {who.agreement.reference} v1.0 any more"
    assert needs(who.manager) == [(name, DEADLINE)]
    assert needs(who.head) == []
    # The same round goes on with somebody else.
    actions.reassign(slot(who), person=who.manager, actor=who.manager, at=NOON)
    assert needs(who.manager) == [("Sign Learning platform", DEADLINE)]
    opened(who)
    assert sign(who).round.number == 1


def test_a_seat_in_a_later_step_is_noticed_before_its_turn():
    who = prepared()
    who.head.authorities.all().delete()
    assert needs(who.manager) == [(f"Amara Lindqvist cannot sign {who.agreement.reference} v1.0 any more", DEADLINE)]


def test_two_queries_whoever_asks(django_assert_num_queries):
    who = prepared()
    held = grants.load(who.manager, NOON)
    with django_assert_num_queries(2):
        asked(who.manager, held, NOON)


def test_the_sweeps_find_their_work():
    who = open_round()
    clock.shift(DEADLINE - clock.real_now() - timedelta(hours=1))
    try:
        tasks.seal()
        assert Round.objects.get().document is not None
        clock.shift(DEADLINE - clock.real_now() + timedelta(hours=1))
        tasks.remind_signers()
        tasks.lapse_rounds()
    finally:
        clock.shift(None)
    assert Round.objects.get(pk=who.round.pk).state == "lapsed"
    assert set(Sweep.objects.values_list("name", flat=True)) == {
        "agreements.seal", "agreements.remind_signers", "agreements.lapse_rounds",
    }
