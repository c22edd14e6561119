"""How far a signatory's screen showed the text: counted by script, kept for later, and part of the evidence."""

import pytest
from allauth.account.models import EmailAddress
from playwright.sync_api import expect

from agreements.models import Slot
from tests.agreements.rounds import prepared, slot
from tests.factories import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FEW = {"width": 1280, "height": 700}


def asked():
    who = prepared()
    EmailAddress.objects.create(user=who.director, email=who.director.email, verified=True, primary=True)
    who.seat = slot(who)
    return who


@pytest.fixture
def who(portal):
    portal.time(6, 5, 12)
    return portal.apart(asked)


def opened(portal, who):
    page = portal.sign_in(who.director.email, password=PASSWORD, viewport=FEW)
    page.goto(who.seat.get_absolute_url())
    return page


def told(page):
    """What the page says, and what the form carries: numbers of sections."""
    bar = page.locator("[data-reading] progress")
    return int(bar.get_attribute("value")), int(bar.get_attribute("max")), page.locator("#id_seen").input_value()


def read_on(page, heads):
    """Bring every section to the screen, its beginning and its end."""
    for head in heads:
        head.scroll_into_view_if_needed()
    page.locator(".sp-paper > *").last.scroll_into_view_if_needed()


def test_what_was_on_the_screen_is_counted_kept_and_signed(portal, who):
    page = opened(portal, who)
    heads = page.locator(".sp-paper > h2[id]").all()
    names = [head.get_attribute("id") for head in heads]
    words = page.locator("#reading")
    expect(words).to_contain_text(f"of {len(names)} sections")
    first, every, value = told(page)
    assert 0 < first < every == len(names) and value == " ".join(["top", *names[:first]])

    page.reload()  # finished later: what was seen is not forgotten, and nothing is added
    expect(words).to_have_text(f"You have seen {first} of {every} sections")
    read_on(page, heads)
    expect(words).to_have_text(f"You have seen all {every} sections")
    assert told(page) == (every, every, " ".join(["top", *names]))

    page.get_by_label("I have read the agreement").check()
    page.get_by_label("Type your name").fill(who.director.name)
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Sign the agreement").click()
    expect(page.get_by_role("button", name="Sign the agreement")).to_have_count(0)
    reading = portal.apart(lambda: Slot.objects.get(pk=who.seat.pk)).evidence["reading"]
    assert reading == {"sections": every, "seen": every, "unseen": []}


def test_a_jump_to_the_end_sees_the_end_alone(portal, who):
    page = opened(portal, who)
    heads = page.locator(".sp-paper > h2[id]").all()
    page.locator(".sp-paper > *").last.scroll_into_view_if_needed()
    heads[-1].scroll_into_view_if_needed()
    last = heads[-1].get_attribute("id")
    page.wait_for_function("id => document.querySelector('#id_seen').value.split(' ').includes(id)", arg=last)
    seen, every, value = told(page)
    assert seen < every and heads[len(heads) // 2].get_attribute("id") not in value.split()


def test_a_browser_that_keeps_nothing_still_counts(portal, who):
    page = portal.visitor(viewport=FEW)
    page.add_init_script("Object.defineProperty(window, 'localStorage', {get() { throw new Error('refused') }})")
    page.goto("/accounts/login/")
    page.get_by_label("E-mail").fill(who.director.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{portal.base}/")
    page.goto(who.seat.get_absolute_url())
    expect(page.locator("#reading")).to_contain_text("You have seen")
    assert told(page)[0] > 0
