"""A draft that saves by itself: take the save back, and settle what two people wrote at once."""

import re

import pytest
from allauth.account.models import EmailAddress
from playwright.sync_api import expect

from accounts.models import Role
from agreements.models import Version
from tests.agreements.drafts import complete
from tests.factories import PASSWORD, make_member

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def drafting():
    who = complete()
    who.second = make_member(who.provider, Role.MANAGER, name="Helen Marsh")
    for person in (who.manager, who.second):
        EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return who


def opened(portal, who, person):
    page = portal.sign_in(person.email, password=PASSWORD)
    page.goto(f"/agreements/{who.version.agreement.reference}/{who.version.label}/edit/parties/")
    return page


def title_of(portal, who):
    return portal.apart(lambda: Version.objects.get(pk=who.version.pk).terms["agreement"]["title"])


def type_title(page, text):
    """As a person does: the keys, and no press of Save."""
    field = page.get_by_label("Title")
    field.clear()
    field.press_sequentially(text)


def test_what_is_typed_is_kept_and_can_be_taken_back(portal):
    who = portal.apart(drafting)
    before = title_of(portal, who)
    page = opened(portal, who, who.second)
    expect(page.get_by_role("button", name="Undo last change")).to_have_count(0)  # the last save is another's
    type_title(page, "Courses and mail")
    expect(page.locator("#save-state")).to_contain_text("Saved")
    expect(page.get_by_label("Title")).to_be_focused()
    page.reload()
    expect(page.get_by_label("Title")).to_have_value("Courses and mail")
    page.get_by_role("button", name="Undo last change").click()
    expect(page.get_by_text("The change is taken back.")).to_be_visible()
    expect(page.get_by_label("Title")).to_have_value(before)


def _title_now(page, who):
    page.goto(f"/agreements/{who.version.agreement.reference}/{who.version.label}/edit/parties/")
    return page.get_by_label("Title").input_value()


def test_what_is_typed_last_goes_out_with_the_page(portal):
    who = portal.apart(drafting)
    page = opened(portal, who, who.manager)
    type_title(page, "Left in a hurry")
    page.get_by_role("link", name="History of this draft").click()
    expect(page).to_have_url(re.compile("/edit/history/"))
    # The browser sends it while it already asks for the next page: whichever the server takes first.
    titles = (_title_now(page, who) for _ in range(20))
    assert "Left in a hurry" in titles


def test_two_who_write_the_same_place_choose(portal):
    who = portal.apart(drafting)
    first, second = opened(portal, who, who.second), opened(portal, who, who.manager)
    type_title(first, "Of Helen")
    expect(first.locator("#save-state")).to_contain_text("Saved")
    type_title(second, "Of Ines")
    card = second.get_by_role("alert").filter(has_text="Somebody else changed it")
    expect(card).to_contain_text("Of Helen")
    assert title_of(portal, who) == "Of Helen"
    card.get_by_label("Keep mine").check()
    card.get_by_role("button", name="Save with these choices").click()
    expect(card).to_have_count(0)
    assert title_of(portal, who) == "Of Ines"
    assert all("422" in each for each in portal.problems), portal.problems  # the clash, as the console words it
    portal.problems.clear()


def test_hours_and_holidays_are_filled_in_without_script(portal):
    who = portal.apart(drafting)
    page = portal.sign_in(who.manager.email, password=PASSWORD, java_script_enabled=False)
    page.goto(f"/agreements/{who.version.agreement.reference}/{who.version.label}/edit/hours/")
    first = page.locator("#calendars details").first
    first.locator("summary").click()
    first.get_by_role("button", name="Business hours").click()
    expect(first.get_by_role("textbox", name="Monday")).to_have_value("09:00-17:00")
    expect(first.get_by_role("textbox", name="Sunday")).to_have_value("")
    expect(first.get_by_role("textbox", name="Sunday")).to_be_visible()  # the calendar is open again

    first.get_by_label("Public holidays of").select_option(label="Germany")
    first.get_by_role("button", name="Propose holidays").click()  # now its parts are known
    first.get_by_label("Part of the country").select_option("BY")
    first.get_by_role("button", name="Propose holidays").click()
    epiphany = first.get_by_label("Epiphany")
    expect(epiphany).to_be_checked()
    epiphany.uncheck()
    page.get_by_role("button", name="Save", exact=True).last.click()
    terms = portal.apart(lambda: Version.objects.get(pk=who.version.pk).terms)
    closed = terms["calendars"][0]["holidays"]
    assert any(day.endswith("-10-03") for day in closed)
    assert not any(day.endswith("-01-06") for day in closed)


def test_a_clause_moves_by_keyboard_and_the_focus_goes_with_it(portal):
    who = portal.apart(drafting)
    page = portal.sign_in(who.manager.email, password=PASSWORD, java_script_enabled=False)
    page.goto(f"/agreements/{who.version.agreement.reference}/{who.version.label}/edit/clauses/")
    before = [each["id"] for each in portal.apart(lambda: Version.objects.get(pk=who.version.pk).terms["clauses"])]
    page.locator("#clauses details").first.locator("> summary").click()
    page.locator("#clauses-0-down").press("Enter")
    expect(page.locator("#clauses-1-down")).to_be_focused()
    after = [each["id"] for each in portal.apart(lambda: Version.objects.get(pk=who.version.pk).terms["clauses"])]
    assert after[:2] == [before[1], before[0]]
