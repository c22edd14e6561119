"""The whole road in Chromium, from an empty database: everybody joins by invitation and acts by hand."""

import pytest

from agreements.models import Agreement, Version
from incidents.models import Breach
from reports.models import Report
from reviews.models import Meeting
from tests.browser import agreeing, keeping

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    # What the migrations publish (the standard template) outlives the flush of another test.
    pytest.mark.django_db(transaction=True),
]


def test_a_promise_from_the_first_invitation_to_its_amendment(portal):
    portal.time(16, 3)
    pages = agreeing.join(portal)
    agree(portal, pages)
    keep(portal, pages)
    assert portal.apart(states) == {
        "versions": [("v1.0", "executed"), ("v1.1", "draft")],
        "agreement": ["active"],
        "breaches": ["closed"],
        "reports": ["acknowledged"],
        "meeting": ["approved"],
    }


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


def keep(portal, pages):
    manager, client, head = pages["manager"], pages["client"], pages["head"]
    portal.time(1, 6, 10)
    keeping.rate(portal, client)
    portal.time(2, 6)
    keeping.deliver(pages["desk"])
    portal.time(3, 6, 0, 5)
    keeping.see_the_miss(client)
    portal.time(3, 6, 5)  # nobody acknowledged within four hours: the next level was told
    keeping.acknowledge_breach(portal, head)
    portal.work()
    keeping.close_breach(portal, client)
    keeping.acknowledge_report(portal, client)
    portal.time(10, 6)
    keeping.plan_review(manager)
    portal.time(12, 6, 10)
    keeping.hold_review(manager)
    portal.work()
    keeping.approve_minutes(portal, manager, client)
    portal.work()
    keeping.start_amendment(manager)


def states():
    return {
        "versions": [(each.label, each.state) for each in Version.objects.order_by("pk")],
        "agreement": list(Agreement.objects.values_list("state", flat=True)),
        "breaches": list(Breach.objects.values_list("state", flat=True)),
        "reports": list(Report.objects.values_list("state", flat=True)),
        "meeting": list(Meeting.objects.values_list("state", flat=True)),
    }
