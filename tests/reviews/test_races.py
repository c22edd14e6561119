"""Eight people at once, on PostgreSQL: one winner."""

import pytest
from django_fsm import TransitionNotAllowed

from agreements.models import Version
from agreements.signing import Refused
from kpis.models import Sample
from reviews import actions
from reviews.models import AgreedChange, Feedback, Meeting, MinutesApproval
from tests.race import race
from tests.reviews.rows import DAY, approved_meeting, make_scene, shared_meeting

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def won(results):
    return [each for each in results if not isinstance(each, Exception)]


def lost(results, kind):
    return [each for each in results if isinstance(each, kind)]


def test_eight_start_one_amendment():
    scene = make_scene(bound=False)
    change = approved_meeting(scene).changes.get()
    results = race(lambda: actions.start_amendment(change, actor=scene.manager, at=scene.now + DAY))
    assert (len(won(results)), len(lost(results, TransitionNotAllowed))) == (1, 7), results
    assert Version.objects.count() == 2
    assert AgreedChange.objects.get().amendment == "v1.1"


def test_both_sides_approve_at_once_and_the_minutes_are_final():
    scene = make_scene(bound=False)
    meeting = shared_meeting(scene)
    turns = [scene.manager, scene.client] * 4

    results = race(lambda: actions.approve_minutes(meeting, actor=turns.pop(), at=scene.now))

    assert (len(won(results)), len(lost(results, TransitionNotAllowed))) == (2, 6), results
    assert Meeting.objects.get().state == "approved"
    assert MinutesApproval.objects.count() == 2


def test_eight_plans_make_one_meeting():
    scene = make_scene(bound=False)
    results = race(
        lambda: actions.plan_meeting(
            scene.agreement, planned_for=scene.now + DAY, place="", actor=scene.manager, at=scene.now
        )
    )
    assert (len(won(results)), len(lost(results, Refused))) == (1, 7), results
    assert Meeting.objects.get().number == "REV-2026-01"


def test_eight_clicks_give_one_feedback():
    scene = make_scene()
    results = race(
        lambda: actions.give_feedback(
            scene.agreement, period="2026-06", score=4, text="", actor=scene.client, at=scene.now
        )
    )
    assert (len(won(results)), len(lost(results, Refused))) == (1, 7), results
    assert (Feedback.objects.count(), Sample.objects.count()) == (1, 1)


def test_two_shares_make_one_edition():
    scene = make_scene(bound=False)
    meeting = shared_meeting(scene)
    actions.dispute_minutes(meeting, reason="No", actor=scene.client, at=scene.now)
    results = race(lambda: actions.share_minutes(meeting, actor=scene.manager, at=scene.now))
    assert (len(won(results)), len(lost(results, TransitionNotAllowed))) == (1, 7), results
    assert Meeting.objects.get().edition == 2
