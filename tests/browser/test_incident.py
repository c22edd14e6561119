"""An incident by hand in Chromium: logged by the client, sent up, taken over, resolved and confirmed."""

import pytest
from allauth.account.models import EmailAddress
from playwright.sync_api import expect

from accounts.models import Role
from agreements.models import Version
from incidents.models import Incident
from tests.factories import PASSWORD, make_member
from tests.incidents.rows import make_breach, make_ladder

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def people(portal):
    def make():
        version, holders = make_ladder()
        agreement = version.agreement
        who = {
            "client": make_member(agreement.client, Role.CLIENT, name="Amara Lindqvist"),
            "head": holders["p-head"],
            "desk": make_member(agreement.provider, Role.PROVIDER, name="Daniel Osei"),
        }
        for person in who.values():
            EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
        return {key: person.email for key, person in who.items()}

    return portal.apart(make)


def test_logged_sent_up_taken_over_resolved_and_confirmed(portal, people):
    portal.time(6, 5, 10)
    client = portal.sign_in(people["client"], password=PASSWORD)
    client.get_by_role("navigation", name="Main").get_by_role("link", name="Incidents").click()
    client.get_by_role("link", name="Log an incident").first.click()
    client.get_by_label("What is wrong").fill("Nobody can log in")
    client.get_by_label("What you saw").fill("Every login ends with an error page.")
    client.get_by_label("Priority").select_option("P3 Normal")
    client.get_by_role("button", name="Log the incident").click()
    expect(client.get_by_text("INC-0001 is logged.")).to_be_visible()
    portal.time(6, 5, 10, 5)  # the initial contact is told, and does not answer

    client.reload()
    client.locator("summary", has_text="Escalate…").click()
    client.get_by_label("Reason").fill("Two courses have their hand-in today.")
    client.get_by_role("button", name="Escalate now").click()
    expect(client.get_by_text("INC-0001 went up: the next level is told.")).to_be_visible()
    portal.time(6, 5, 10, 10)

    head = portal.sign_in(people["head"], password=PASSWORD)
    head.goto(portal.link(people["head"], "/incidents/INC-"))
    head.get_by_role("button", name="Acknowledge").locator("visible=true").click()
    expect(head.get_by_text("You acknowledged INC-0001.")).to_be_visible()

    desk = portal.sign_in(people["desk"], password=PASSWORD)
    desk.goto("/incidents/INC-0001/")
    desk.get_by_role("button", name="Begin the work").locator("visible=true").click()
    desk.get_by_label("Remark").fill("The certificate has run out.")
    desk.get_by_label("Who reads it").select_option(index=1)
    desk.get_by_role("button", name="Add the remark").click()
    desk.get_by_label("What was done").fill("The certificate was renewed.")
    desk.get_by_role("button", name="Resolve the incident").click()
    expect(desk.get_by_text("INC-0001 is resolved.")).to_be_visible()

    client.goto("/")
    client.get_by_role("link", name="Is it over? Nobody can log in").first.click()
    expect(client.get_by_text("The certificate has run out.")).to_have_count(0)
    client.get_by_role("button", name="Confirm and close").locator("visible=true").click()
    expect(client.get_by_text("INC-0001 is closed.")).to_be_visible()
    assert portal.apart(lambda: Incident.objects.get().state) == "closed"


def test_the_queue_by_keys(portal, people):
    """j goes to a row, x ticks it, a acknowledges; ? says which keys there are."""
    desk = portal.sign_in(people["desk"], password=PASSWORD)
    portal.apart(_two_breaches)
    desk.goto("/breaches/")
    desk.keyboard.press("j")
    desk.keyboard.press("j")
    desk.keyboard.press("x")
    expect(desk.locator("#breaches input:checked")).to_have_count(1)
    desk.keyboard.press("?")
    expect(desk.get_by_text("Tick the row you are at, or take the tick away")).to_be_visible()
    desk.keyboard.press("a")
    expect(desk.get_by_text("Acknowledged: BR-000")).to_be_visible()


def _two_breaches():
    version = Version.objects.latest("pk")
    for key in ("K1", "K2"):
        make_breach(version, key)
