"""The core acts without script, and the portal by keyboard alone."""

import pytest
from allauth.account.models import EmailAddress
from playwright.sync_api import expect

from agreements.models import Version
from incidents import escalation
from incidents.models import Breach
from tests.agreements.drafts import in_review
from tests.factories import PASSWORD, hold_position, make_signed
from tests.incidents.rows import CLOSED, make_breach

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def small_world():
    """A draft in review, and a signed agreement with an open breach."""
    who = in_review()
    agreement, version = make_signed(
        provider=who.provider, client=who.client, owner=who.manager, title="Backups", reference="SLA-2026-099"
    )
    hold_position(agreement, "p-desk", who.engineer)
    who.breach = make_breach(version, "K1")
    escalation.tick(now=CLOSED)
    for person in (who.manager, who.engineer, who.head):
        EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return who


@pytest.fixture
def who(portal):
    return portal.apart(small_world)


def place(version, tail):
    return f"/agreements/{version.agreement.reference}/{version.label}/{tail}"


def test_the_core_acts_need_no_script(portal, who):
    client = portal.sign_in(who.head.email, password=PASSWORD, java_script_enabled=False)
    client.goto(place(who.version, "review/whole/"))
    client.locator("summary", has_text="Comment Service levels").click()
    client.get_by_label("Comment on Service levels").fill("Each month?")
    client.locator("details[open]", has_text="Comment Service levels").get_by_role("button", name="Comment").click()
    expect(client.get_by_text("Each month?")).to_be_visible()

    manager = portal.sign_in(who.manager.email, password=PASSWORD, java_script_enabled=False)
    manager.goto(place(who.version, "edit/parties/"))
    manager.get_by_label("Title").fill("Learning platform and its mail")
    expect(manager.get_by_text("Change draft 1?")).to_be_visible()
    manager.get_by_role("button", name="Save as the next draft").click()
    expect(manager.get_by_text("Draft 2 is begun.")).to_be_visible()
    terms = portal.apart(lambda: Version.objects.get(pk=who.version.pk).terms)
    assert terms["agreement"]["title"] == "Learning platform and its mail"

    desk = portal.sign_in(who.engineer.email, password=PASSWORD, java_script_enabled=False)
    desk.goto(who.breach.get_absolute_url())
    desk.get_by_role("button", name="Acknowledge").locator("visible=true").click()
    expect(desk.get_by_text("Daniel Osei acknowledged it")).to_be_visible()
    assert portal.apart(lambda: Breach.objects.get().state) == Breach.State.ACKNOWLEDGED


def test_the_keyboard_signs_in_and_walks_the_list(portal, who):
    page = portal.visitor()
    page.goto("/accounts/login/?next=/agreements/")
    page.get_by_label("E-mail").focus()
    page.keyboard.type(who.manager.email)
    tab_to(page, page.get_by_label("Password", exact=True))
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    rows = page.locator("[data-keys] a.sp-ttl")
    expect(rows).to_have_count(2)
    for key, row in (("j", 0), ("j", 1), ("k", 0)):
        page.keyboard.press(key)
        expect(rows.nth(row)).to_be_focused()
    title = rows.nth(0).inner_text()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()


def tab_to(page, target, *, most=5):
    """Press Tab until `target` has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if target.evaluate("field => field === document.activeElement"):
            return
    raise AssertionError(f"{target} is not within {most} presses of Tab")
