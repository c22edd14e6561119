from datetime import timedelta
from types import SimpleNamespace

from kpis import actions as kpi_actions
from records import clock
from reviews import actions
from tests.factories import make_signed
from tests.reviews.rows import approved_meeting, held_meeting, make_action, plan, shared_meeting


def extend(world):
    """One meeting in each state that somebody must act on; `meeting` is planned, `unplanned` has none."""
    now = clock.now()
    kpi_actions.bind_executed(now=now)
    world.feedback_about = f"{world.agreement.reference}:{now:%Y-%m}"
    scene = SimpleNamespace(
        agreement=world.agreement, manager=world.manager, client=world.client, now=now - timedelta(hours=6)
    )
    world.approved_meeting = approved_meeting(scene)
    world.change = world.approved_meeting.changes.get()
    world.shared_meeting = shared_meeting(scene)
    world.held_meeting = held_meeting(scene)
    world.action = make_action(scene, world.held_meeting, owner=world.provider)
    world.meeting = plan(scene, at=now + timedelta(days=2))
    world.unplanned, _version = make_signed(
        provider=world.provider_org, client=world.client_org, owner=world.manager
    )
    world.complaint, world.answered_complaint = (
        actions.complain(world.agreement, title=title, text="Nobody calls back.", actor=world.client, at=now)
        for title in ("No answer", "Slow answers")
    )
    actions.answer_complaint(world.answered_complaint, answer="We call within the day.", actor=world.manager, at=now)
