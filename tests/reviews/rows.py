"""Reviews in each state, made by the acts; `scene` has agreement, manager, client and now."""

from datetime import timedelta
from types import SimpleNamespace

from accounts.models import Role
from kpis import actions as kpi_actions
from reviews import actions
from tests.factories import make_member, make_signed
from tests.kpis.build import utc

JULY = utc("2026-07-01T10:00")
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def make_scene(*, bound=True, now=JULY, **kwargs):
    """An agreement in force since May 2026, reviewed every six months, with a person of each side."""
    agreement, version = make_signed(**kwargs)
    if bound:
        kpi_actions.bind_executed(now=now)
    client = make_member(agreement.client, Role.CLIENT)
    return SimpleNamespace(agreement=agreement, version=version, manager=agreement.owner, client=client, now=now)


def plan(scene, *, at=None):
    return actions.plan_meeting(
        scene.agreement, planned_for=at or scene.now + HOUR, place="Room 2", actor=scene.manager, at=scene.now
    )


def held_meeting(scene):
    meeting = plan(scene)
    return actions.hold(
        meeting, attendees=[scene.manager.name, scene.client.name], actor=scene.manager, at=scene.now + HOUR
    )


def make_action(scene, meeting, *, owner=None):
    day = (scene.now + 30 * DAY).date()
    return actions.add_action(
        meeting, text="A second person on duty", owner=owner or scene.manager, due_on=day,
        actor=scene.manager, at=scene.now + HOUR,
    )


def agree(scene, meeting, *, part="kpis", text="Availability of 99.9 %", why="Exams"):
    return actions.agree_change(
        meeting, part=part, text=text, why=why, actor=scene.manager, at=scene.now + HOUR
    )


def written_meeting(scene):
    meeting = held_meeting(scene)
    agree(scene, meeting)
    texts = [f"Said to item {place}" for place, _item in enumerate(meeting.agenda, 1)]
    return actions.save_minutes(meeting, minutes=texts, actor=scene.manager, at=scene.now + 2 * HOUR)


def shared_meeting(scene):
    return actions.share_minutes(written_meeting(scene), actor=scene.manager, at=scene.now + 2 * HOUR)


def approved_meeting(scene):
    meeting = shared_meeting(scene)
    for actor in (scene.manager, scene.client):
        meeting = actions.approve_minutes(meeting, actor=actor, at=scene.now + 3 * HOUR)
    return meeting
