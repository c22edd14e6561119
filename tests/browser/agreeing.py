"""From the first invitation to the sealed agreement, by hand in the browser."""

import io
import re

from django.core.management import call_command
from playwright.sync_api import expect

from tests.browser.portal import PASSWORD

PEOPLE = {
    "manager": ("Ingrid Solheim", "ingrid@northgate.example", "Northgate Hosting", "manager"),
    "desk": ("Daniel Osei", "daniel@northgate.example", "Northgate Hosting", "provider"),
    "head": ("Priya Raman", "priya@northgate.example", "Northgate Hosting", "escalation"),
    "director": ("Helen Marsh", "helen@northgate.example", "Northgate Hosting", "manager"),
    "client": ("Amara Lindqvist", "amara@fennmarket.example", "Fennmarket", "client"),
}


def join(portal):
    """The first administrator comes by a link that a command prints, the others by mail."""
    said = io.StringIO()
    words = ["ada@northgate.example", "Ada Moor", "Northgate Hosting"]
    portal.apart(lambda: call_command("first_admin", *words, stdout=said))
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
    for key in ("director", "client"):
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

    client = pages["client"]
    client.goto(portal.link(PEOPLE["client"][1], "/requirements/"))
    client.get_by_label("What do you need?").fill("Courses can be reached at any hour")
    client.get_by_label("Why does it matter?").fill("Students hand in at night")
    client.get_by_label("How much does it weigh?").select_option("must")
    client.get_by_role("button", name="Send your answer").click()
    expect(client.get_by_text("Thank you. Your answer is on its way.")).to_be_visible()

    manager.get_by_role("link", name=re.compile("Not answered|Courses can be")).click()
    manager.get_by_role("button", name="Accept", exact=True).click()
    expect(manager.get_by_text("is accepted; agreements about the service take it in.")).to_be_visible()


def draft(portal, page):
    """Start from the template and fill in the editor's parts; the template's text stays."""
    page.get_by_role("link", name="Learning platform").first.click()
    page.get_by_role("link", name="New agreement").click()
    page.get_by_label("Title").fill("Learning platform")
    page.get_by_label("The other party").select_option("Fennmarket")
    page.get_by_label("Learning platform", exact=True).check()
    page.get_by_role("button", name="Start the draft").click()
    for side, who in (("Provider", "Ingrid Solheim, SLA manager"), ("Client", "Amara Lindqvist, Head of IT")):
        page.get_by_role("region", name=side, exact=True).get_by_label("Represented by").fill(who)
    page.get_by_label("Takes effect").fill("2026-05-01")
    page.get_by_label("Last day").fill("2027-04-30")
    next_part(page, "Requirements")
    expect(page.get_by_label(re.compile("Courses can be reached"))).to_be_checked()
    next_part(page, "KPIs and targets")
    targets(page)
    next_part(page, "Service hours and exclusions")
    next_part(page, "Escalation and reports")
    next_part(page, "Clauses")
    next_part(page, "Review and check")
    expect(page.get_by_text("from 1 May 2026 to 30 April 2027")).to_be_visible()


def next_part(page, title):
    page.get_by_role("button", name="Save and continue").click()
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()


def targets(page):
    """Availability and satisfaction stay, with a figure of one's own and its credits; the others go."""
    for kpi in ("K2", "K3"):
        row = kpi_row(page, kpi)
        row.get_by_label("Remove").check()
    row = kpi_row(page, "K1")
    row.get_by_label("Name", exact=True).fill("Availability of the learning platform")
    row.get_by_label("Target").fill("99.3")
    row.get_by_label("Name of the data").fill("canvas-lms")
    row.get_by_label("Where the data come from").fill("Public status page")
    row.get_by_label(re.compile("Courses can be reached")).check()
    page.get_by_label("Share of the fee").fill("99 to 99.3: 5 %\n98 to 99: 10 %\n0 to 98: 15 %")


def kpi_row(page, key):
    row = page.get_by_role("region", name="KPIs").locator("details").filter(has_text=re.compile(rf"{key} "))
    row.locator("summary").click()
    return row


def name_holders(page):
    """Who holds the positions of the escalation matrix."""
    page.get_by_role("navigation", name="Breadcrumb").get_by_role("link", name="Learning platform").click()
    page.get_by_role("navigation", name="Agreement").get_by_role("link", name="People").click()
    holders = {
        "Service desk lead": "desk", "Head of operations": "head", "Managing director": "director",
        "Service owner": "client", "Head of department": "client",
    }  # fmt: skip
    for position, key in holders.items():
        page.get_by_role("link", name=f"Name a person {position}").click()
        page.get_by_label("Held by").select_option(f"{PEOPLE[key][0]} ({PEOPLE[key][1]})")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("row", name=position).get_by_text(PEOPLE[key][0])).to_be_visible()


def submit(page):
    page.goto("/agreements/SLA-2026-001/v1.0/edit/check/")
    expect(page.get_by_text("to settle before the review")).to_have_count(0)
    page.get_by_role("group", name="Must approve, for the provider").get_by_label("Priya Raman").check()
    page.get_by_role("group", name="Must approve, for the client").get_by_label("Amara Lindqvist").check()
    page.get_by_role("button", name="Send draft 1 to review").click()
    expect(page.get_by_text("Draft 1 is with its reviewers.")).to_be_visible()


def discuss(portal, manager, client):
    """A comment that must be settled, an answer, and the commenter settles it."""
    client.goto(portal.link(PEOPLE["client"][1], "/review/"))
    client.locator("summary", has_text="Comment Service levels").click()
    client.get_by_label("Comment on Service levels").fill("Is 99.3 % over the month or over the year?")
    open_form = client.locator("details[open]", has_text="Comment Service levels")
    open_form.get_by_label("Must be settled before I approve").check()
    open_form.get_by_role("button", name="Comment").click()
    expect(client.get_by_text("open, must be settled")).to_be_visible()
    portal.work()

    # What is said comes in one mail some minutes later; who looks meanwhile finds it.
    manager.goto("/agreements/SLA-2026-001/v1.0/review/")
    manager.get_by_label("Reply").fill("Over each calendar month.")
    manager.get_by_role("button", name="Reply").click()
    expect(manager.get_by_text("Over each calendar month.")).to_be_visible()

    client.reload()
    client.get_by_role("button", name="Settle").click()
    expect(client.get_by_text("settled by Amara Lindqvist")).to_be_visible()


def approve(portal, *pages):
    for page in pages:
        page.goto("/agreements/SLA-2026-001/v1.0/review/")
        page.locator("summary", has_text="Finish your review").click()
        page.get_by_role("button", name="Finish", exact=True).click()
        expect(page.get_by_text("You approved the text as it stands.")).to_be_visible()


def send(portal, page):
    page.goto(portal.link(PEOPLE["manager"][1], "/send/"))
    page.get_by_label("Managing director, for Northgate Hosting").select_option(label_of("director"))
    page.get_by_label("Head of department, for Fennmarket").select_option(label_of("client"))
    page.get_by_label("Last day to sign").fill("2026-04-28")
    page.get_by_role("button", name="Lock the text and send").click()
    expect(page.get_by_text("The text is locked.")).to_be_visible()


def label_of(key):
    name, address, _house, _role = PEOPLE[key]
    return f"{name} ({address})"


def sign(portal, page, key):
    name, address, _house, _role = PEOPLE[key]
    page.goto(portal.link(address, "/sign/"))
    page.get_by_label("I have read the agreement").check()
    page.get_by_label("Type your name").fill(name)
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Sign the agreement").click()
    expect(page.get_by_role("button", name="Sign the agreement")).to_have_count(0)
