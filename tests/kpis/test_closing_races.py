"""Periods that several close at once, or while data come in."""

from threading import Event, Thread

import pytest
from django.db import connection, transaction

from kpis import actions, results
from kpis.models import Delivery, PeriodResult
from tests.kpis.build import (
    case,
    deliver,
    make_bound,
    stream,
    utc,
)
from tests.kpis.test_closing import JUNE_3, deliver_may, result_of
from tests.race import race

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_eight_closers_close_once():
    """Red without the locks on stream and period: two results of one edition."""
    agreement, person = make_bound(now=JUNE_3)
    deliver_may(agreement, person)

    found = race(lambda: actions.close_due(now=JUNE_3))

    assert [each for each in found if isinstance(each, Exception)] == []
    assert sum(found) == 4
    assert PeriodResult.objects.count() == 4


def test_nothing_below_the_mark_commits_after_the_closing():
    """A delivery that has its number but has not committed holds the closing up.

    Red without the stream's lock in the closing: the result would cite a mark it has not seen.
    """
    agreement, person = make_bound(now=JUNE_3)
    desk = stream(agreement, "desk-cases")
    numbered, closed_meanwhile = Event(), Event()

    def slow_delivery():
        try:
            with transaction.atomic():
                deliver(desk, [case(closed="2026-05-06T15:00")], person, at=utc("2026-06-02T00:00"))
                numbered.set()
                # The closing waits for this transaction's lock; without one it would be through in time.
                closed_meanwhile.wait(1)
        finally:
            connection.close()

    thread = Thread(target=slow_delivery)
    thread.start()
    numbered.wait(5)
    actions.close_due(now=JUNE_3)
    closed_meanwhile.set()
    thread.join()

    result = result_of(agreement, "K2")
    assert result.inputs["highest_delivery"] == Delivery.objects.get().pk
    assert result.outcome["figures"]["total"] == 1
    assert results.recompute(result) == result.sha256
