"""Rows of the access table for the list: saved views, exports, new owners, terms on a date."""

from agreements import actions
from tests.access import Row
from tests.factories import NOON

# anonymous, stranger, client, provider, manager, escalation, auditor, admin
EVERYBODY = (302, 200, 200, 200, 200, 200, 200, 200)
READ = (302, 404, 200, 200, 200, 200, 200, 404)
MINE = (302, 404, 404, 404, 200, 404, 404, 404)
MINE_POST = (302, 404, 404, 404, 302, 404, 404, 404)
# Who does not see the agreement chose nothing.
HAND_OVER_POST = (302, 302, 403, 403, 302, 403, 403, 302)


def view(world):
    """The manager's own view."""
    if not hasattr(world, "saved_view"):
        world.saved_view = actions.save_view(
            name="Ends soon", query="state=expiring", organisation=None, actor=world.manager, at=NOON
        )
    return [world.saved_view.pk]


def ref(world):
    return [world.agreement.reference]


ROWS = [
    Row("agreements:export", "GET", EVERYBODY, query="?state=in_force&ref=%00&ref=SLA-2026-001"),
    Row("agreements:hand_over", "GET", EVERYBODY, query="?ref=%00"),
    Row(
        "agreements:hand_over", "POST", HAND_OVER_POST,
        data=lambda w: {"ref": w.agreement.reference, "owner": w.manager.pk}, free=("ref",),
    ),
    Row("agreements:save_view", "GET", EVERYBODY, query="?state=in_force&owner=x"),
    Row(
        "agreements:save_view", "POST", (302,) * 8, query="?state=in_force", free=("name",),
        data=lambda w: {"name": "In force", "organisation": ""},
    ),
    Row("agreements:change_view", "GET", MINE, args=view),
    Row(
        "agreements:change_view", "POST", MINE_POST, args=view, free=("name",),
        data=lambda w: {"name": "Ends this year", "organisation": w.provider_org.pk},
    ),
    Row("agreements:delete_view", "POST", MINE_POST, args=view),
    Row("agreements:choose_day", "GET", READ, args=ref),
    Row("agreements:on", "GET", READ, args=lambda w: [w.agreement.reference, "2026-06-01"]),
]
