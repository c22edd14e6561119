"""Rows of the access table for holds and disposals. Things are made when first asked for."""

from agreements import actions
from tests.access import Row
from tests.agreements.retaining import FREE, ended_world

# anonymous, stranger, client, provider, manager, escalation, auditor, admin
READ = (302, 404, 200, 200, 200, 200, 200, 404)
OFFICERS = (302, 404, 302, 403, 302, 403, 403, 404)
MANAGER_POST = (302, 404, 403, 403, 302, 403, 403, 404)


def ended(world):
    if not hasattr(world, "ended"):
        world.ended = ended_world(world.provider_org, world.client_org, manager=world.manager, head=world.client)
    return [world.ended.agreement.reference]


def standing(world):
    ended(world)
    if not hasattr(world, "standing_hold"):
        world.standing_hold = actions.set_hold(world.ended.agreement, reason="A case", actor=world.manager, at=FREE)
    return [world.standing_hold.pk]


def asked(world):
    ended(world)
    if not hasattr(world, "asked_hold"):
        world.asked_hold = actions.ask_hold(
            world.ended.agreement, party="provider", reason="Audit", actor=world.auditor, at=FREE
        )
    return [world.asked_hold.pk]


def proposed(world):
    """Of another agreement: the holds above would stand against it."""
    if not hasattr(world, "disposal"):
        old = ended_world(world.provider_org, world.client_org, manager=world.manager, head=world.client)
        world.disposal = actions.propose_disposal(old.agreement, actor=world.manager, at=FREE)
    return [world.disposal.pk]


def a_reason(world):
    return {"reason": "A case"}


ROWS = [
    Row("agreements:files", "GET", READ, args=ended),
    Row("agreements:propose_disposal", "POST", OFFICERS, args=ended),
    # Officers set it, auditors ask for it.
    Row(
        "agreements:set_hold", "POST", (302, 404, 302, 403, 302, 403, 302, 404), args=ended, data=a_reason,
        free=("reason",),
    ),
    Row("agreements:grant_hold", "POST", MANAGER_POST, args=asked),
    Row("agreements:refuse_hold", "POST", MANAGER_POST, args=asked, data=a_reason, free=("reason",)),
    Row("agreements:lift_hold", "POST", MANAGER_POST, args=standing, data=a_reason, free=("reason",)),
    # Who proposed it is told that the other party agrees.
    Row("agreements:agree_disposal", "POST", OFFICERS, args=proposed),
    Row("agreements:refuse_disposal", "POST", OFFICERS, args=proposed, data=a_reason, free=("reason",)),
]
