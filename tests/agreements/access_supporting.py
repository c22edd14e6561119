"""Rows of the access table for what stands behind an agreement: never the client's."""

from agreements import actions
from tests.access import Row
from tests.agreements.suppliers import make_supplier
from tests.factories import NOON

# anonymous, stranger, client, provider, manager, escalation, auditor, admin
READ = (302, 404, 403, 200, 200, 200, 200, 404)
ACT = (302, 404, 403, 403, 302, 403, 403, 404)


def contract(world):
    if not hasattr(world, "contract"):
        world.contract = make_supplier(world.provider_org)
    return {"by": world.contract.pk, "part": "kpi:K1"}


def behind(world):
    contract(world)
    return [world.agreement.reference]


def linked(world):
    contract(world)
    if not hasattr(world, "support"):
        world.support = actions.link_support(world.agreement, by=world.contract, actor=world.manager, at=NOON)
    return [world.agreement.reference, world.support.pk]


ROWS = [
    Row("agreements:support", "GET", READ, args=lambda w: [w.agreement.reference]),
    Row("agreements:support", "POST", ACT, args=behind, data=contract),
    Row("agreements:unlink_support", "POST", ACT, args=linked),
    Row("agreements:feasible", "GET", READ, args=lambda w: [w.agreement.reference, w.version.label]),
]
