"""The outbox: claim, send, settle. Each step commits alone, so that a crash leaves a row that says where it was.

Routine mail goes out at most once: a row found in SENDING after its lease may have been sent, so it
becomes UNKNOWN and a person decides. Critical mail goes out at least once: it is sent again, marked.
"""

import secrets
from datetime import datetime, timedelta
from smtplib import SMTPException

from django.core.mail import EmailMessage
from django.db import connection, transaction

from accounts.models import Message
from records import clock

LEASE = timedelta(seconds=60)
MOST_TRIES = 8


def deliver(*, now: datetime, batch: int = 50) -> int:
    """Send everything due at `now`; returns how many were sent. Safe to run twice, or twice at once."""
    reap(now=now)
    sent = 0
    while ids := claim(now=now, batch=batch):
        sent += sum(_send(pk, token) for pk, token in ids)
    return sent


@transaction.atomic
def claim(*, now: datetime, batch: int) -> list[tuple[int, str]]:
    due = Message.objects.due(now)
    if connection.vendor == "postgresql":
        due = due.select_for_update(skip_locked=True)
    claimed = []
    for message in due[:batch]:
        message.claim(until=now + LEASE, token=secrets.token_hex(16))
        message.save(update_fields=["state", "lease_until", "lease_token"])
        claimed.append((message.pk, message.lease_token))
    return claimed


@transaction.atomic
def reap(*, now: datetime) -> None:
    """Put back what was claimed but never started; settle what may or may not have been sent."""
    for message in Message.objects.select_for_update().filter(lease_until__lt=now):
        if message.state == Message.State.CLAIMED or message.critical:
            message.retry(at=now, error="the sender stopped; possible repeat")
        else:
            message.lose()
        message.save(update_fields=["state", "next_try_at", "lease_until", "last_error"])


def _send(pk: int, token: str) -> bool:
    message = _start(pk, token)
    if message is None:
        return False
    mail = EmailMessage(
        subject=message.subject,
        body=message.body,
        to=[message.address],
        # Stable, so that a repeat is seen as one by mailboxes that look.
        headers={"Message-ID": f"<{message.key.replace(':', '.')}@slaportal>"},
    )
    try:
        mail.send()
    except (OSError, SMTPException) as error:
        _settle(pk, token, error=error)
        return False
    _settle(pk, token, error=None)
    return True


@transaction.atomic
def _start(pk: int, token: str) -> Message | None:
    message = Message.objects.select_for_update().get(pk=pk)
    # An acknowledgement may have cancelled it, or another engine taken it over, since we claimed it.
    if message.state != Message.State.CLAIMED or message.lease_token != token:
        return None
    message.start()
    message.save(update_fields=["state", "attempts"])
    return message


@transaction.atomic
def _settle(pk: int, token: str, *, error: Exception | None) -> None:
    message = Message.objects.select_for_update().get(pk=pk)
    if message.state != Message.State.SENDING or message.lease_token != token:
        return
    now = clock.now()
    if error is None:
        message.sent(at=now)
    elif message.attempts >= MOST_TRIES:
        message.give_up(error=str(error))
    else:
        wait = timedelta(seconds=min(300, 10 * 2**message.attempts))
        message.retry(at=now + wait, error=str(error))
    message.save(update_fields=["state", "sent_at", "next_try_at", "lease_until", "last_error"])


@transaction.atomic
def cancel(group: str) -> int:
    """Cancel the group's messages that are not being sent; call it inside the act that makes them pointless."""
    stoppable = [Message.State.PENDING, Message.State.CLAIMED, Message.State.HELD]
    rows = list(Message.objects.select_for_update().filter(group=group, state__in=stoppable))
    for message in rows:
        message.cancel()
        message.save(update_fields=["state", "lease_until"])
    return len(rows)
