"""Exclusions that several people act on at once."""

from datetime import timedelta
from threading import Event, Thread

import pytest
from django.db import connection, transaction
from django_fsm import TransitionNotAllowed

from kpis import actions, results
from kpis.actions import Declined
from kpis.models import Exclusion, ExclusionSpan, PeriodResult
from tests.kpis.claims import JUNE_3, MAY_20, NIGHT, make_excluding, may_outages, propose
from tests.kpis.test_exclusions import period_of
from tests.race import race

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_eight_approvals_approve_once():
    agreement, asker, other, _client = make_excluding()
    exclusion = propose(agreement, asker)

    found = race(lambda: actions.approve_exclusion(exclusion, actor=other, at=MAY_20))

    assert sum(isinstance(each, Exclusion) for each in found) == 1
    assert {type(each) for each in found} == {Exclusion, TransitionNotAllowed}
    assert ExclusionSpan.objects.count() == 1


def test_eight_approvals_of_one_category_keep_its_cap():
    """Red without the agreement's lock: each would find the whole cap free."""
    agreement, asker, other, _client = make_excluding(cap=300)
    waiting = [propose(agreement, asker, start=NIGHT + timedelta(days=day)) for day in range(8)]

    found = race(lambda: actions.approve_exclusion(waiting.pop(), actor=other, at=MAY_20))

    granted = [each.arithmetic["counted"] for each in found if isinstance(each, Exclusion)]
    assert sorted(granted) == [3600, 7200, 7200]
    assert all(isinstance(each, Exclusion | Declined) for each in found)


def test_approval_against_withdrawal_ends_in_one_state():
    agreement, asker, other, _client = make_excluding()
    exclusion, acts = propose(agreement, asker), [0, 1] * 4

    def act():
        if acts.pop():
            return actions.approve_exclusion(exclusion, actor=other, at=MAY_20)
        return actions.withdraw_exclusion(exclusion, reason="Not needed", actor=asker, at=MAY_20)

    found = race(act)

    # Whatever came first, the withdrawal comes last: what is approved may still be withdrawn.
    assert Exclusion.objects.get().state == "withdrawn"
    assert sum(isinstance(each, Exclusion) and each.state == "withdrawn" for each in found) == 1
    assert ExclusionSpan.objects.count() == sum(
        isinstance(each, Exclusion) and each.state == "approved" for each in found
    )


def test_an_approval_not_yet_committed_holds_the_closing_up():
    """Red without the stream's lock in the approval: the result would not know an exclusion that came before it."""
    agreement, asker, other, _client = make_excluding()
    may_outages(agreement, asker)
    exclusion = propose(agreement, asker)
    approved_, closed_meanwhile = Event(), Event()

    def slow_approval():
        try:
            with transaction.atomic():
                actions.approve_exclusion(exclusion, actor=other, at=JUNE_3)
                approved_.set()
                closed_meanwhile.wait(1)
        finally:
            connection.close()

    thread = Thread(target=slow_approval)
    thread.start()
    approved_.wait(5)
    actions.close_due(now=JUNE_3)
    closed_meanwhile.set()
    thread.join()

    result = PeriodResult.objects.get(period=period_of(agreement))
    assert result.inputs["exclusions"] == list(ExclusionSpan.objects.values_list("pk", flat=True))
    assert results.recompute(result) == result.sha256
