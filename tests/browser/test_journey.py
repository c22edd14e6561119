"""The whole road in Chromium, from an empty database: everybody joins by invitation and acts by hand."""

import pytest

from agreements.models import Agreement, Version
from tests.browser import agreeing

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    # What the migrations publish (the standard template) outlives the flush of another test.
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]


def test_a_promise_from_the_first_invitation_to_its_amendment(portal):
    portal.time(16, 3)
    pages = agreeing.join(portal)
    agree(portal, pages)


def agree(portal, pages):
    manager, client = pages["manager"], pages["client"]
    portal.time(17, 3)
    agreeing.ask_what_is_needed(portal, pages)
    portal.time(24, 3)
    agreeing.draft(portal, manager)
    agreeing.name_holders(manager)
    portal.time(1, 4)
    agreeing.submit(manager)
    portal.work()
    agreeing.discuss(portal, manager, client)
    agreeing.approve(portal, pages["head"], client)
    portal.time(14, 4)
    agreeing.send(portal, manager)
    portal.time(15, 4)
    agreeing.sign(portal, pages["director"], "director")
    portal.time(16, 4)
    agreeing.sign(portal, client, "client")
    portal.work()
    assert portal.apart(lambda: Version.objects.get().state) == Version.State.EXECUTED
    assert portal.apart(lambda: Agreement.objects.get().state) == Agreement.State.ACTIVE
