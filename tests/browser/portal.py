"""The portal as people meet it: pages in Chromium, links in mails, and a clock that the test moves."""

import email
import email.policy
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from django.db import connections

from records import clock
from slaportal import engine
from slaportal.timetable import TIMETABLE

PASSWORD = "copper-tulip-91"
SEPARATOR = b"-" * 79
LINK = re.compile(r"https?://\S+")


class Portal:
    """A running portal: people open pages in it, the engine runs when the test says so."""

    def __init__(self, browser, base, mailbox):
        self.browser, self.base, self.mailbox = browser, base, Path(mailbox)
        self.problems = []
        self.contexts = []

    def visitor(self, **options):
        """A fresh browser profile; whatever its pages complain about goes to `problems`."""
        context = self.browser.new_context(base_url=self.base, reduced_motion="reduce", **options)
        context.set_default_timeout(15_000)
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: said.type == "error" and self._blame(page, f"console: {said.text}"))
        page.on("pageerror", lambda error: self._blame(page, f"script: {error}"))
        page.on("response", lambda got: got.status >= 400 and self._blame(page, f"{got.status} {got.url}"))
        return page

    def _blame(self, page, text):
        self.problems.append(f"{page.url}: {text}")

    def sign_in(self, address, *, password=PASSWORD, **options):
        page = self.visitor(**options)
        page.goto("/accounts/login/")
        page.get_by_label("E-mail").fill(address)
        page.get_by_label("Password", exact=True).fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{self.base}/")
        return page

    def time(self, day, month, hour=9, minute=0, year=2026):
        """Go to a moment (UTC); the engine has done what was due until then."""
        self.apart(lambda: clock.shift(datetime(year, month, day, hour, minute, tzinfo=UTC) - clock.real_now()))
        self.work()

    def work(self):
        """What the engine does in the next minute: every sweep, until one's effect is done by the next."""
        self.apart(lambda: [engine.sweep(name) for name in [*TIMETABLE, *TIMETABLE]])

    @staticmethod
    def apart(act):
        """Run what needs the database in a thread: Playwright's event loop is in this one."""

        def run():
            try:
                return act()
            finally:
                connections.close_all()

        with ThreadPoolExecutor(1) as pool:
            return pool.submit(run).result()

    def mails(self, address):
        """(subject, text) of each mail to an address, oldest first."""
        found = []
        for file in sorted(self.mailbox.glob("*.log"), key=lambda each: each.stat().st_mtime_ns):
            for raw in file.read_bytes().split(SEPARATOR):
                mail = email.message_from_bytes(raw.lstrip(), policy=email.policy.default)
                if mail["to"] == address:
                    found.append((mail["subject"], mail.get_content()))
        return found

    def link(self, address, part):
        """The newest link with `part` in it that was mailed to an address."""
        links = [link for _subject, text in self.mails(address) for link in LINK.findall(text) if part in link]
        assert links, f"no mail to {address} holds a link with {part}: {self.mails(address)}"
        return links[-1]
