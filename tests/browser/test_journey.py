"""The whole road in Chromium, from an empty database: everybody joins by invitation and acts by hand."""

import io
import re

import pytest
from django.core.management import call_command
from playwright.sync_api import expect

from tests.browser.portal import PASSWORD

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    # What the migrations publish (the standard template) outlives the flush of another test.
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]

PEOPLE = {
    "manager": ("Ingrid Solheim", "ingrid@northgate.example", "Northgate Hosting", "manager"),
    "desk": ("Daniel Osei", "daniel@northgate.example", "Northgate Hosting", "provider"),
    "head": ("Priya Raman", "priya@northgate.example", "Northgate Hosting", "escalation"),
    "director": ("Helen Marsh", "helen@northgate.example", "Northgate Hosting", "manager"),
    "it_head": ("Amara Lindqvist", "amara@fennmarket.example", "Fennmarket", "client"),
}


def test_a_promise_from_the_first_invitation_to_its_amendment(portal):
    portal.time(16, 3)
    pages = join(portal)
    portal.time(17, 3)
    ask_what_is_needed(portal, pages)


def join(portal):
    """The first administrator comes by a link that a command prints, the others by mail."""
    said = io.StringIO()
    call_command("first_admin", "ada@northgate.example", "Ada Moor", "Northgate Hosting", stdout=said)
    admin = portal.visitor()
    accept(admin, said.getvalue().strip())
    admin.get_by_role("link", name="People", exact=True).click()
    admin.get_by_role("link", name="Organisations").click()
    admin.get_by_label("Name", exact=True).fill("Fennmarket")
    admin.get_by_label("Address").fill("3 Granary Row, Cambridge")
    admin.get_by_role("button", name="Add the organisation").click()
    expect(admin.get_by_role("row", name="Fennmarket")).to_be_visible()
    for person in PEOPLE.values():
        invite(admin, *person)
    portal.work()
    pages = {key: joined(portal, address) for key, (_name, address, _house, _role) in PEOPLE.items()}
    for key in ("director", "it_head"):
        authorise(admin, PEOPLE[key][0], PEOPLE[key][2])
    return pages


def accept(page, link):
    page.goto(link)
    page.get_by_label("Choose a password").fill(PASSWORD)
    page.get_by_role("button", name="Accept the invitation").click()
    expect(page.get_by_role("heading", name="What needs you now")).to_be_visible()


def invite(admin, name, address, house, role):
    admin.goto("/setup/people/invite/")
    admin.get_by_label("Name").fill(name)
    admin.get_by_label("E-mail").fill(address)
    admin.get_by_label("Organisation").select_option(house)
    admin.get_by_label("Role").select_option(role)
    admin.get_by_role("button", name="Send the invitation").click()
    expect(admin.get_by_text(f"The invitation is on its way to {address}.")).to_be_visible()


def joined(portal, address):
    page = portal.visitor()
    accept(page, portal.link(address, "/invitation/"))
    return page


def authorise(admin, name, house):
    admin.goto("/setup/people/")
    admin.get_by_role("link", name=name).click()
    admin.get_by_role("link", name=f"Record an authority for {house}").click()
    admin.get_by_label("May sign").fill("service level agreements")
    admin.get_by_label("By which source").fill("Extract from the company register, 2 March 2026")
    admin.get_by_label("Valid from").fill("2026-03-01")
    admin.get_by_role("button", name="Record the authority").click()
    expect(admin.get_by_text("Extract from the company register")).to_be_visible()


def ask_what_is_needed(portal, pages):
    manager = pages["manager"]
    manager.get_by_role("link", name="Services").click()
    manager.get_by_role("link", name="Add a service").first.click()
    manager.get_by_label("Name", exact=True).fill("Learning platform")
    manager.get_by_label("Short name").fill("canvas")
    manager.get_by_label("What it does").fill("Courses, assignments and grades for all students.")
    manager.get_by_label("Criticality").select_option("High")
    manager.get_by_label("Owner").select_option(label=PEOPLE["manager"][0])
    manager.get_by_role("button", name="Add the service").click()
    manager.get_by_role("link", name="Ask a stakeholder").click()
    manager.get_by_label("Who is asked").select_option("Amara Lindqvist, Fennmarket")
    manager.get_by_role("button", name="Send the question").click()
    expect(manager.get_by_text("Amara Lindqvist was asked")).to_be_visible()
    portal.work()

    client = pages["it_head"]
    client.goto(portal.link(PEOPLE["it_head"][1], "/requirements/"))
    client.get_by_label("What do you need?").fill("Courses can be reached at any hour")
    client.get_by_label("Why does it matter?").fill("Students hand in at night")
    client.get_by_label("How much does it weigh?").select_option("must")
    client.get_by_role("button", name="Send your answer").click()
    expect(client.get_by_text("Thank you. Your answer is on its way.")).to_be_visible()

    manager.get_by_role("link", name=re.compile("Not answered|Courses can be")).click()
    manager.get_by_role("button", name="Accept", exact=True).click()
    expect(manager.get_by_text("is accepted; agreements about the service take it in.")).to_be_visible()
