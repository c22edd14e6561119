"""From the sealed agreement to its first amendment: a month is measured, missed, answered for and reviewed."""

import re

from playwright.sync_api import expect

from tests.browser.agreeing import PEOPLE

# Six hours and nine minutes of the 744 hours of May: 99.17 %, below the 99.3 % that were promised.
OUTAGES = b"down_at,up_at\n2026-05-07T20:50:59Z,2026-05-08T02:59:59Z\n"


def rate(portal, client):
    client.goto("/feedback/")
    client.get_by_label("About").select_option("Learning platform, May 2026")
    client.get_by_label("4", exact=True).check()
    client.get_by_label("What should change?").fill("Six hours without the platform, in the week of hand-ins.")
    client.get_by_role("button", name="Send feedback").click()
    expect(client.get_by_text("Thank you.")).to_be_visible()


def deliver(desk):
    desk.goto("/")
    desk.get_by_role("navigation", name="Main").get_by_role("link", name="Deliver data").click()
    desk.get_by_role("link", name="Deliver canvas-lms").click()
    desk.get_by_label("File", exact=False).first.set_input_files(
        {"name": "outages-2026-05.csv", "mimeType": "text/csv", "buffer": OUTAGES}
    )
    desk.get_by_label("Watched from").fill("2026-05-01T00:00")
    desk.get_by_label("Watched until").fill("2026-06-01T00:00")
    desk.get_by_role("button", name="Check the file").click()
    expect(desk.get_by_text("Every row can be taken in")).to_be_visible()
    # The outage, and the span in which silence means up.
    desk.get_by_role("button", name="Take in 2 rows").click()
    expect(desk.get_by_role("heading", level=1)).to_contain_text(re.compile("outages|taken|Delivery"))


def see_the_miss(client):
    client.goto("/")
    client.get_by_role("navigation", name="Main").get_by_role("link", name="Performance").click()
    client.get_by_role("link", name="Learning platform").click()
    client.goto("/performance/SLA-2026-001/?month=2026-05")
    expect(client.get_by_role("row", name="Availability of the learning platform").first).to_contain_text("99.17")
    client.get_by_role("link", name="Availability of the learning platform").first.click()
    expect(client.get_by_role("heading", level=1)).to_contain_text("Availability of the learning platform")


def acknowledge_breach(portal, head):
    head.goto(portal.link(PEOPLE["head"][1], "/breaches/BR-"))
    head.get_by_role("button", name="Acknowledge").locator("visible=true").click()
    expect(head.get_by_text("Acknowledged").first).to_be_visible()
    head.get_by_label("Cause", exact=True).fill("The supplier's platform was down for six hours.")
    head.get_by_label("What was done").fill("Hand-in dates of that week were moved.")
    head.get_by_label("Kind of cause").select_option("A supplier")
    head.get_by_role("button", name="Save outcome").click()
    expect(head.get_by_text("Hand-in dates of that week were moved.")).to_be_visible()


def close_breach(portal, client):
    client.goto(portal.link(PEOPLE["client"][1], "/breaches/BR-"))
    client.get_by_role("button", name="Confirm and close").locator("visible=true").click()
    expect(client.get_by_text("Confirmed and closed")).to_be_visible()


def acknowledge_report(portal, client):
    client.goto(portal.link(PEOPLE["client"][1], "/reports/"))
    expect(client.get_by_role("heading", name="Report May 2026")).to_be_visible()
    client.get_by_label("Remark").fill("Received.")
    client.get_by_role("button", name="Confirm this report").click()
    expect(client.get_by_text("Confirmed. The provider sees it.")).to_be_visible()


def plan_review(manager):
    manager.goto("/agreements/SLA-2026-001/")
    manager.get_by_role("navigation", name="Agreement").get_by_role("link", name="Reviews").click()
    manager.get_by_label("When").fill("2026-06-12T10:00")
    manager.get_by_label("Where").fill("Video call")
    manager.get_by_role("button", name="Plan it").click()
    expect(manager.get_by_role("heading", name="Review of Learning platform")).to_be_visible()


def hold_review(manager):
    """Open the meeting, agree a change, write the minutes and share them."""
    manager.reload()
    there = manager.get_by_role("group", name="Who is there")
    for key in ("manager", "head", "client"):
        there.get_by_label(PEOPLE[key][0]).check()
    manager.get_by_role("button", name="Open and write minutes").click()
    manager.locator("summary", has_text="Add a change").click()
    manager.get_by_label("What shall change").fill("Raise the availability target from 99.3 % to 99.5 %")
    manager.get_by_role("button", name="Add the change").click()
    expect(manager.get_by_role("row", name="Raise the availability target")).to_be_visible()
    for box in manager.locator("#minutes textarea").all():
        if not box.input_value():
            box.fill("Looked at together, no objection.")
    manager.get_by_role("button", name="Save and share with both sides").click()
    expect(manager.get_by_text("The minutes are shared.")).to_be_visible()


def approve_minutes(portal, manager, client):
    manager.get_by_role("button", name="Approve the minutes").click()
    expect(manager.get_by_text("Ingrid Solheim approved for Northgate Hosting")).to_be_visible()
    client.goto(portal.link(PEOPLE["client"][1], "/reviews/REV-"))
    client.get_by_role("button", name="Approve the minutes").click()
    expect(client.get_by_text("Amara Lindqvist approved for Fennmarket")).to_be_visible()


def start_amendment(manager):
    manager.reload()
    manager.get_by_role("button", name="Start the amendment").click()
    expect(manager.get_by_text("v1.1, draft 1").first).to_be_visible()
    expect(manager.get_by_role("heading", name="Parties and service", level=1)).to_be_visible()
