"""Rows of the access table for duty rosters: read by who sees an agreement they serve, changed by their house."""

from datetime import time, timedelta

from agreements import actions
from tests.access import Row
from tests.factories import NOON

# anonymous, stranger, client, provider, manager, escalation, auditor, admin
READ = (302, 404, 200, 200, 200, 200, 200, 200)
EVERYBODY = (302, 200, 200, 200, 200, 200, 200, 200)
PLANNERS = (302, 404, 403, 403, 302, 302, 403, 403)
STAND_IN = (302, 404, 403, 302, 302, 302, 403, 403)
DAY = timedelta(days=1)


def roster(world):
    if not hasattr(world, "roster"):
        who = {"actor": world.manager, "at": NOON}
        world.roster = actions.create_roster(world.provider_org, name="Desk on call", timezone="UTC", **who)
        world.rotation = rotate(world)
        world.duty = actions.take_over(
            world.roster, user=world.provider, starts_at=NOON + 9000 * DAY, ends_at=NOON + 9001 * DAY, note="", **who
        )
        world.absence = actions.note_absence(
            world.manager, first_day=NOON.date() + 9000 * DAY, last_day=NOON.date() + 9001 * DAY, **who
        )
        actions.hold_position(world.agreement, position="p-head", roster=world.roster, **who)
    return [world.roster.pk]


def rotate(world):
    return actions.add_rotation(
        world.roster, people_in_order=[world.escalation, world.provider, world.manager], days=1,
        starts_on=NOON.date(), handover=time(9), schedule={}, replaces=None, actor=world.manager, at=NOON,
    )


def rotation(world):
    return [*roster(world), world.rotation.pk]


def given(world):
    roster(world)
    return {
        "rotation-person_1": world.provider.pk, "rotation-starts_on": "2027-01-04", "rotation-handover": "09:00",
        "rotation-days": "7", "rotation-weekdays": ["mon"], "rotation-opens": "08:00", "rotation-closes": "18:00",
    }


ROWS = [
    Row("agreements:duty", "GET", EVERYBODY),
    Row("agreements:new_roster", "GET", (302, 200, 200, 403, 200, 200, 403, 403)),
    Row(
        "agreements:new_roster", "POST", (302, 422, 422, 403, 302, 302, 403, 403), free=("name",),
        data=lambda w: {"organisation": w.provider_org.pk, "name": "Nights", "timezone": "UTC"},
    ),
    # Noted for somebody whose duties one does not plan: no such person.
    Row(
        "agreements:away", "POST", (302, 422, 422, 422, 302, 302, 422, 422),
        data=lambda w: {"user": w.manager.pk, "first_day": "2098-01-01", "last_day": "2098-01-02"},
    ),
    Row(
        "agreements:back_again", "POST", (302, 404, 404, 404, 302, 302, 404, 404),
        args=lambda w: roster(w) and [w.absence.pk],
    ),
    Row("agreements:roster", "GET", READ, args=roster),
    Row("agreements:add_rotation", "POST", PLANNERS, args=roster, data=given,
        free=("rotation-weekdays", "rotation-opens", "rotation-closes")),
    Row("agreements:end_rotation", "POST", PLANNERS, args=rotation),
    Row(
        "agreements:take_over", "POST", (302, 404, 403, 422, 302, 302, 403, 403), args=roster, free=("take-note",),
        data=lambda w: {
            "take-user": w.manager.pk, "take-starts_at": "2098-01-01T09:00", "take-ends_at": "2098-01-02T09:00",
            "take-note": "",
        },
    ),
    # The turns are named by their ends, which the page knows; another moment is refused with 422.
    Row("agreements:swap_turns", "POST", (302, 404, 403, 422, 422, 422, 403, 403), args=roster,
        data=lambda w: {"swap-first": f"{NOON.isoformat()}/1", "swap-second": f"{NOON.isoformat()}/2"}),
    Row("agreements:take_back_duty", "POST", (302, 404, 403, 302, 302, 302, 403, 403),
        args=lambda w: [*roster(w), w.duty.pk]),
    Row("agreements:end_roster", "POST", PLANNERS, args=roster),
]
