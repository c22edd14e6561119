import pytest
from django.db import connection
from django.urls import reverse

from records import clock
from reviews import actions
from reviews.models import Feedback, Meeting
from tests.factories import make_signed
from tests.kpis.build import utc
from tests.reviews.rows import HOUR, approved_meeting, held_meeting, make_action, make_scene, plan, shared_meeting

pytestmark = pytest.mark.django_db


# PostgreSQL tells the time by a query.
CLOCK = 1 if connection.vendor == "postgresql" else 0


@pytest.fixture
def move():
    """Set the portal's clock, on either database; it ticks on from there."""
    yield lambda at: clock.shift(at - clock.real_now())
    clock.shift(None)


@pytest.fixture
def scene(move):
    scene = make_scene()
    move(scene.now + 4 * HOUR)
    return scene


def page(client, user, name, *args, query=""):
    client.force_login(user)
    return client.get(reverse(f"reviews:{name}", args=args) + query)


def post(client, user, name, *args, **data):
    client.force_login(user)
    return client.post(reverse(f"reviews:{name}", args=args), data)


def text(response):
    return " ".join(response.content.decode().split())


def test_the_list_says_what_is_overdue_planned_and_held(client, scene):
    shared_meeting(scene)
    other, _version = make_signed(provider=scene.agreement.provider, client=scene.agreement.client, owner=scene.manager)
    planned = plan(scene, at=scene.now + 24 * HOUR)
    shown = text(page(client, scene.manager, "index"))
    assert "Minutes shared" in shown and planned.number in shown and other.reference in shown
    assert "Overdue" not in shown


def test_an_overdue_review_is_shown(client, scene, move):
    move(utc("2026-11-02T01:00"))
    assert "Overdue" in text(page(client, scene.manager, "index"))
    assert "Overdue" in text(page(client, scene.manager, "agreement", scene.agreement.reference))


@pytest.mark.parametrize("count", [1, 3])
def test_query_count_of_the_list(client, scene, count, django_assert_num_queries):
    parties = {"provider": scene.agreement.provider, "client": scene.agreement.client, "owner": scene.manager}
    for _ in range(count):
        shared_meeting(scene)
        make_signed(**parties)
        agreement, _version = make_signed(**parties)
        actions.plan_meeting(
            agreement, planned_for=scene.now + 9 * HOUR, place="", actor=scene.manager, at=scene.now
        )
    client.force_login(scene.manager)
    client.get(reverse("reviews:index"))
    with django_assert_num_queries(9 + CLOCK):
        client.get(reverse("reviews:index"))


@pytest.mark.parametrize("count", [1, 3])
def test_query_count_of_the_feedback(client, scene, count, django_assert_num_queries):
    for label in ("2026-05", "2026-06", "2026-07")[:count]:
        actions.give_feedback(
            scene.agreement, period=label, score=1, text="", actor=scene.client, at=scene.now
        )
    client.force_login(scene.manager)
    client.get(reverse("reviews:feedback"))
    with django_assert_num_queries(12 + CLOCK):
        client.get(reverse("reviews:feedback"))


@pytest.mark.parametrize("count", [1, 3])
def test_query_count_of_the_feedback_form(client, scene, count, django_assert_num_queries):
    for _ in range(count):
        make_signed(provider=scene.agreement.provider, client=scene.agreement.client, owner=scene.manager)
    client.force_login(scene.client)
    client.get(reverse("reviews:feedback"))
    with django_assert_num_queries(10 + CLOCK):
        client.get(reverse("reviews:feedback"))


def test_plan_from_the_tab(client, scene):
    response = post(client, scene.manager, "agreement", scene.agreement.reference,
                    planned_for="2026-07-20T14:00", place="Room 2")
    meeting = Meeting.objects.get()
    assert response.url == meeting.get_absolute_url()
    assert "Open the meeting" in text(page(client, scene.manager, "meeting", meeting.number))


def test_a_refused_day_stands_beside_its_field(client, scene):
    response = post(client, scene.manager, "agreement", scene.agreement.reference, planned_for="2027-07-20T14:00")
    assert response.status_code == 422
    assert "take a day until then" in text(response)


def test_the_minutes_are_prefilled_from_the_facts_and_shared_at_once(client, scene):
    meeting = held_meeting(scene)
    shown = text(page(client, scene.manager, "meeting", meeting.number))
    assert "No target was missed.</textarea>" in shown
    texts = {f"item_{place}": f"Said {place}" for place in range(1, 8)}
    post(client, scene.manager, "minutes", meeting.number, **texts, share="1")
    meeting = Meeting.objects.get()
    assert (meeting.state, meeting.agenda[6]["minutes"]) == ("minutes_shared", "Said 7")


def test_minutes_are_saved_half_done_but_shared_whole(client, scene):
    meeting = held_meeting(scene)
    texts = {f"item_{place}": f"Said {place}" for place in range(1, 7)}
    shared = post(client, scene.manager, "minutes", meeting.number, **texts, item_7="", share="1")
    assert shared.status_code == 422
    assert 'href="#minutes_item_7"' in text(shared)
    assert post(client, scene.manager, "minutes", meeting.number, **texts, item_7="").status_code == 302
    meeting = Meeting.objects.get()
    assert (meeting.state, meeting.agenda[0]["minutes"], meeting.agenda[6]["minutes"]) == ("held", "Said 1", "")


def test_the_client_reads_and_approves(client, scene):
    meeting = shared_meeting(scene)
    shown = text(page(client, scene.client, "meeting", meeting.number))
    assert f'name="shown" value="{meeting.minutes_sha256}"' in shown
    assert "Start the amendment" not in shown
    post(client, scene.client, "approve", meeting.number, shown=meeting.minutes_sha256)
    assert meeting.approvals.get().by == scene.client
    assert "Approve the minutes" not in text(page(client, scene.client, "meeting", meeting.number))


def test_what_was_not_shown_is_not_approved(client, scene):
    meeting = shared_meeting(scene)
    post(client, scene.client, "approve", meeting.number, shown="ab" * 32)
    assert not meeting.approvals.exists()


def test_the_manager_starts_the_amendment(client, scene):
    meeting = approved_meeting(scene)
    assert "Start the amendment" in text(page(client, scene.manager, "meeting", meeting.number))
    response = post(client, scene.manager, "amend", meeting.number, 1)
    assert response.url == f"/agreements/{scene.agreement.reference}/v1.1/edit/parties/"
    again = post(client, scene.manager, "amend", meeting.number, 1)
    assert again.url == meeting.get_absolute_url()


def test_a_late_action_says_how_late(client, scene, move):
    meeting = held_meeting(scene)
    action = make_action(scene, meeting)
    move(utc(f"{action.due_on}T23:00"))
    assert "late" not in text(page(client, scene.manager, "meeting", meeting.number)).split("Actions</h2>")[1]
    move(utc("2026-08-02T09:00"))
    assert "2 days late" in text(page(client, scene.manager, "meeting", meeting.number))


def test_dropping_without_a_reason_opens_its_own_form(client, scene):
    meeting = held_meeting(scene)
    first, second = make_action(scene, meeting), make_action(scene, meeting)
    response = post(client, scene.manager, "drop_action", meeting.number, second.pk, reason="")
    assert response.status_code == 422
    assert f'href="#drop_{second.pk}_reason"' in text(response)
    assert f'href="#drop_{first.pk}_reason"' not in text(response)


def test_the_client_gives_feedback_and_the_manager_reads_it(client, scene):
    about = f"{scene.agreement.reference}:2026-06"
    form = text(page(client, scene.client, "feedback", query=f"?about={about}"))
    assert f'<option value="{about}" selected>Learning platform, June 2026' in form
    assert post(client, scene.client, "feedback", about=about, score="2", text="Slow").status_code == 302
    assert Feedback.objects.get().score == 2
    assert about not in text(page(client, scene.client, "feedback"))
    shown = text(page(client, scene.manager, "feedback"))
    assert "Slow" in shown and "Send feedback" not in shown


def test_a_watermelon_is_flagged_to_the_manager_on_the_tab(client, scene):
    actions.give_feedback(
        scene.agreement, period="2026-06", score=2, text="", actor=scene.client, at=scene.now
    )
    for target in scene.agreement.targets.exclude(key="K4"):
        target.periods.get(label="2026-06").results.create(
            verdict="met", outcome={}, inputs={}, sha256="ab" * 32, created_at=scene.now
        )
    said = "the figures are green and the client is unhappy"
    assert said in text(page(client, scene.manager, "agreement", scene.agreement.reference))
    assert "Green, but unhappy" in text(page(client, scene.manager, "feedback"))
    for name, args in (("agreement", [scene.agreement.reference]), ("feedback", [])):
        shown = text(page(client, scene.client, name, *args))
        assert said not in shown and "Green, but unhappy" not in shown
