import pytest

from agreements.grants import load
from kpis import actions as kpi_actions
from reviews import actions, needs
from tests.factories import make_signed, make_user
from tests.kpis.build import utc
from tests.reviews.rows import DAY, HOUR, held_meeting, make_action, make_scene, plan, shared_meeting

pytestmark = pytest.mark.django_db


def keys(user, now):
    return [need.key for need in needs.for_user(user, load(user, now), now)]


def test_the_client_is_asked_for_the_period_that_ended():
    scene = make_scene()
    wanted = f"feedback:{scene.agreement.pk}:2026-06"
    assert keys(scene.client, scene.now) == [wanted]
    assert keys(scene.manager, scene.now) == keys(make_user(), scene.now) == []
    (need,) = needs.for_user(scene.client, load(scene.client, scene.now), scene.now)
    assert need.url == f"/feedback/?about={scene.agreement.reference}:2026-06"
    actions.give_feedback(
        scene.agreement, period="2026-06", score=4, text="", actor=scene.client, at=scene.now
    )
    assert keys(scene.client, scene.now) == [f"feedback:{scene.agreement.pk}:2026-05"]
    kpi_actions.close_due(now=scene.now + 5 * DAY)
    assert keys(scene.client, scene.now + 5 * DAY) == []


def test_the_meeting_asks_step_by_step_and_each_need_goes_after_its_act():
    scene = make_scene(bound=False)
    meeting = plan(scene)
    assert keys(scene.manager, scene.now) == []
    assert keys(scene.manager, scene.now + HOUR) == [f"minutes:{meeting.pk}:scheduled:0"]
    actions.hold(meeting, attendees=["Ines"], actor=scene.manager, at=scene.now + HOUR)
    assert keys(scene.manager, scene.now + HOUR) == [f"minutes:{meeting.pk}:held:0"]
    actions.save_minutes(meeting, minutes=["x"] * 7, actor=scene.manager, at=scene.now)
    actions.share_minutes(meeting, actor=scene.manager, at=scene.now + HOUR)
    approve = [f"approve:{meeting.pk}:1"]
    assert keys(scene.manager, scene.now) == keys(scene.client, scene.now) == approve
    actions.approve_minutes(meeting, actor=scene.manager, at=scene.now)
    assert (keys(scene.manager, scene.now), keys(scene.client, scene.now)) == ([], approve)
    actions.approve_minutes(meeting, actor=scene.client, at=scene.now)
    assert keys(scene.client, scene.now) == []


def test_an_action_waits_for_its_owner():
    scene = make_scene(bound=False)
    action = make_action(scene, held_meeting(scene), owner=scene.client)
    (need,) = needs.for_user(scene.client, load(scene.client, scene.now), scene.now)
    assert (need.key, need.tone) == (f"action:{action.pk}", "info")
    late = scene.now + 40 * DAY
    assert needs.for_user(scene.client, load(scene.client, late), late)[0].tone == "bad"
    actions.finish_action(action, actor=scene.client, at=late)
    assert keys(scene.client, late) == []


def test_a_review_is_to_be_planned_a_month_ahead():
    scene = make_scene(bound=False)
    due, early = utc("2026-10-03T00:00"), utc("2026-10-02T23:00")
    assert keys(scene.manager, early) == []
    assert keys(scene.manager, due) == [f"review:{scene.agreement.pk}:2026-11-01"]
    assert keys(scene.client, due) == []
    scene.now = due
    plan(scene)
    assert keys(scene.manager, due) == []


@pytest.mark.parametrize("count", [1, 3])
def test_query_count(django_assert_num_queries, count):
    scene = make_scene(bound=False)
    client = scene.client
    for _ in range(count - 1):
        make_signed(provider=scene.agreement.provider, client=scene.agreement.client, owner=scene.manager)
    for _ in range(count):
        make_action(scene, held_meeting(scene), owner=client)
        shared_meeting(scene)
    kpi_actions.bind_executed(now=scene.now)
    grants = load(client, scene.now)
    with django_assert_num_queries(4):
        assert len(needs.for_user(client, grants, scene.now)) == 3 * count
