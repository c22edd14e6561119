import pytest
from playwright.sync_api import expect, sync_playwright

from records import clock
from tests.browser.portal import Portal

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars",
]  # fmt: skip


WAIT = 15_000  # milliseconds; only a busy machine needs them
expect.set_options(timeout=WAIT)


@pytest.fixture
def chromium(live_server):
    """A browser for one test. Playwright's event loop must end before the flush, which is of this thread too."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", headless=True, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def portal(chromium, live_server, settings):
    """The portal on a port of its own; the test fails when a page complained of anything."""
    settings.SITE_URL = live_server.url
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    portal = Portal(chromium, live_server.url, settings.EMAIL_FILE_PATH)
    yield portal
    for context in portal.contexts:
        context.close()
    clock.shift(None)
    assert portal.problems == []
