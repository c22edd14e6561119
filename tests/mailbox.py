"""A real SMTP server that takes mails, and also refuses, hangs, hangs up after taking one, or answers late."""

import asyncio
import socket
from email import message_from_bytes

from aiosmtpd.controller import Controller


class Mailbox:
    """An SMTP server's handler that keeps what it takes and answers what it is told to.

    `mood`: "takes"; "hangs" (reads the mail and never answers); "keeps and hangs" (keeps it first);
    "late" (keeps it, answers after `delay` seconds).
    """

    def __init__(self):
        self.mails, self.answer, self.mood, self.delay = [], "250 OK", "takes", 0.0

    async def handle_DATA(self, server, session, envelope):
        if self.mood == "hangs":
            await asyncio.sleep(self.delay or 3600)
        if self.answer.startswith("250"):
            self.mails.append(message_from_bytes(envelope.content))
        if self.mood == "keeps and hangs":
            await asyncio.sleep(3600)
        if self.mood == "late":
            await asyncio.sleep(self.delay)
        return self.answer


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def served(settings):
    """A started server that Django's settings point to; yields its handler. For a fixture."""
    handler = Mailbox()
    server = Controller(handler, hostname="127.0.0.1", port=free_port())
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = server.port
    settings.EMAIL_TIMEOUT = 5
    handler.port = server.port
    yield handler
    server.stop()
