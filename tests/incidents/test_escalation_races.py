"""Ticks, senders and acknowledgements at once."""

from itertools import count

import pytest

from accounts import outbox
from accounts.models import Message, Notice
from incidents import actions, escalation
from incidents.models import Step
from tests.incidents.rows import CLOSED, DAY, make_breach, make_ladder
from tests.race import race

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_eight_ticks_at_once_fire_each_step_once():
    for _ in range(3):
        version, _people = make_ladder()
        make_breach(version)

    assert sum(race(lambda: escalation.tick(now=CLOSED))) == 3

    assert Notice.objects.count() == Message.objects.count() == 3
    assert sorted(Step.objects.values_list("state", flat=True)) == ["fired"] * 3 + ["pending"] * 3
    # None was tried by a second one, to be stopped by the unique keys behind.
    assert Step.objects.filter(attempts__gt=0).count() == 0


def test_nothing_is_claimed_after_the_acknowledgement_committed():
    """Ticks, senders and an acknowledgement at once: whatever was claimed was claimed before it committed."""
    for _ in range(12):
        version, people = make_ladder()
        breach = make_breach(version)

        outcomes = race(_one_of_each(breach, people["p-desk"]))

        assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
        # It cancelled whatever was claimed before, and nothing was written or claimed after it.
        mails = Message.objects.filter(group=f"run:{breach.run.pk}")
        assert set(mails.values_list("state", flat=True)) <= {"cancelled"}
        assert breach.run.steps.filter(state="pending", kind="notify").count() == 0


def _one_of_each(breach, person):
    turn = count()

    def act():
        number = next(turn)
        if number == 3:
            actions.acknowledge(breach, actor=person, at=CLOSED + 30 * DAY)
        elif number % 2:
            escalation.tick(now=CLOSED + 30 * DAY)
        else:
            outbox.claim(now=CLOSED + 40 * DAY, batch=50)

    return act
