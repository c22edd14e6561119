"""The ways out: an e-mail by SMTP, a signed post to a webhook. What comes back says whether it may have arrived."""

import json
from contextlib import suppress
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException

from django.core.mail import EmailMessage, get_connection
from django.utils.translation import gettext as _

from accounts import posting
from accounts.models import Message
from accounts.notifications import TOKEN_MARK
from accounts.tokens import link_token


class Undelivered(Exception):
    """It did not go; `doubtful`: or perhaps it did, and only the answer got lost."""

    def __init__(self, reason: str, *, doubtful: bool):
        super().__init__(reason[:500])
        self.doubtful = doubtful


def send(message: Message) -> None:
    """Send one message now. Raises Undelivered, whatever the reason."""
    try:
        (_post if message.channel == Message.Channel.WEBHOOK else _mail)(message)
    except Undelivered:
        raise
    except Exception as error:
        # A message that cannot even be written down must not stop those behind it.
        raise Undelivered(f"{type(error).__name__}: {error}", doubtful=True) from error


def _mail(message: Message) -> None:
    mail = _written(message)
    server = get_connection()
    try:
        server.open()
    except OSError as error:
        raise Undelivered(str(error), doubtful=False) from error
    try:
        server.send_messages([mail])
    except (SMTPResponseException, SMTPRecipientsRefused) as error:
        raise Undelivered(str(error), doubtful=False) from error
    except (OSError, SMTPException) as error:
        # It hung or hung up: whether it kept what it had read, nobody knows.
        raise Undelivered(str(error) or type(error).__name__, doubtful=True) from error
    finally:
        with suppress(OSError):  # it has taken the mail, however it says goodbye
            server.close()


def _written(message: Message) -> EmailMessage:
    subject, body = " ".join(message.subject.split()), message.body.replace(TOKEN_MARK, link_token(message.key))
    if message.repeated:
        subject = _("%(subject)s (possible repeat)") % {"subject": subject}
        body = _("You may have this mail already: it was not certain that it arrived.") + f"\n\n{body}"
    # Stable, so that a repeat is seen as one by mailboxes that look.
    headers = {"Message-ID": f"<{message.key.replace(':', '.')}@slaportal>"}
    answers = [message.reply_to] if message.reply_to else []
    return EmailMessage(subject=subject, body=body, to=[message.address], reply_to=answers, headers=headers)


def _post(message: Message) -> None:
    try:
        posting.post(message.webhook, key=message.key, payload=json.loads(message.body), repeated=message.repeated)
    except posting.NotTaken as error:
        raise Undelivered(str(error), doubtful=error.doubtful) from error
