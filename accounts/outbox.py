"""The outbox: claim, send, settle. Each step commits alone, so that a crash leaves a row that says where it was.

Routine messages go out at most once: one found in SENDING after its lease may have been sent, so it becomes
UNKNOWN and a person decides. Critical ones go out at least once: sent again, marked as a possible repeat.
"""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic

from django.db import connection, transaction
from django.db.models import QuerySet

from accounts import channels, digest
from accounts.channels import Undelivered
from accounts.models import Message

LEASE = timedelta(seconds=60)
MOST_TRIES = 8


def deliver(*, now: datetime, batch: int = 20) -> int:
    """Send everything due at `now`; returns how many were sent. Safe to run twice, or twice at once."""
    reap(now=now)
    digest.gather(now=now)
    begun, sent = monotonic(), 0
    while ids := claim(now=now, batch=batch):
        # A batch takes its time: what follows an answer counts from the answer.
        sent += sum(_send(pk, token, lambda: now + timedelta(seconds=monotonic() - begun)) for pk, token in ids)
    return sent


def claim(*, now: datetime, batch: int) -> list[tuple[int, str]]:
    """Take up to `batch` messages that are due, critical ones first: one statement, so nobody takes the same.

    Returns their ids with the token of this claim.
    """
    token = secrets.token_hex(16)
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM[connection.vendor], [now, batch, now + LEASE, token])
        return [(pk, token) for (pk,) in cursor.fetchall()]


# The ORM has no UPDATE ... RETURNING. SQLite has one writer at a time, so it needs no row locks.
_DUE = """WITH due AS MATERIALIZED (
    SELECT id FROM accounts_message WHERE state IN ('pending', 'held') AND next_try_at <= %s
    ORDER BY critical DESC, next_try_at, id LIMIT %s {lock})
UPDATE accounts_message SET state = 'claimed', lease_until = %s, lease_token = %s
WHERE id IN (SELECT id FROM due) AND state IN ('pending', 'held') RETURNING id"""
_CLAIM = {
    "postgresql": _DUE.format(lock="FOR UPDATE SKIP LOCKED"),
    "sqlite": _DUE.format(lock=""),
}


@transaction.atomic
def reap(*, now: datetime) -> None:
    """Put back what was claimed but never started; settle what may or may not have been sent."""
    lapsed = Message.objects.filter(lease_until__lt=now, state__in=[Message.State.CLAIMED, Message.State.SENDING])
    for message in lapsed.select_for_update(skip_locked=connection.vendor == "postgresql"):
        if message.state == Message.State.CLAIMED:
            message.retry(at=now, error="the sender stopped before it began")
            _save(message)
        else:
            _not_sent(message, Undelivered("the sender stopped while it sent", doubtful=True), now, wait=timedelta())


def _send(pk: int, token: str, clock: Callable[[], datetime]) -> bool:
    message = _start(pk, token, clock())
    if message is None:
        return False
    try:
        channels.send(message)
    except Undelivered as error:
        _settle(pk, token, error, clock())
        return False
    _settle(pk, token, None, clock())
    return True


@transaction.atomic
def _start(pk: int, token: str, now: datetime) -> Message | None:
    message = Message.objects.select_for_update(of=("self",)).select_related("webhook").get(pk=pk)
    # An acknowledgement may have cancelled it, or another engine taken it over, since we claimed it.
    if message.state != Message.State.CLAIMED or message.lease_token != token:
        return None
    # The lease counts from here: those before it in the batch may have taken their time.
    message.start(until=now + LEASE)
    message.save(update_fields=["state", "attempts", "lease_until"])
    return message


@transaction.atomic
def _settle(pk: int, token: str, error: Undelivered | None, now: datetime) -> None:
    message = Message.objects.select_for_update().get(pk=pk)
    late = message.state == Message.State.UNKNOWN and error is None
    if message.lease_token != token or not (late or message.state == Message.State.SENDING):
        return
    if error is None:
        message.sent(at=now)
        _save(message)
    else:
        _not_sent(message, error, now, wait=timedelta(seconds=min(300, 10 * 2**message.attempts)))


def _not_sent(message: Message, error: Undelivered, now: datetime, *, wait: timedelta) -> None:
    """Settle a locked message that is being sent and did not go, or perhaps did."""
    if error.doubtful and not message.critical:
        message.lose(error=str(error))
    elif message.stopped:
        message.cancel()
    elif message.attempts >= MOST_TRIES:
        message.give_up(error=str(error))
    else:
        message.repeated = message.repeated or error.doubtful
        message.retry(at=now + wait, error=str(error))
    _save(message)


def _save(message: Message) -> None:
    message.save(update_fields=["state", "repeated", "sent_at", "next_try_at", "lease_until", "last_error"])


def cancel(group: str) -> int:
    """Cancel the group's messages that are not being sent; call it inside the act that makes them pointless.

    One that is being sent is not tried again if it does not go. Returns how many are cancelled at once.
    """
    return cancel_all(Message.objects.filter(group=group))


@transaction.atomic
def cancel_all(messages: QuerySet[Message]) -> int:
    """`cancel` for any messages: those that wait or are being sent."""
    moving = [Message.State.PENDING, Message.State.CLAIMED, Message.State.HELD, Message.State.SENDING]
    cancelled = 0
    for message in messages.select_for_update().filter(state__in=moving).order_by("pk"):
        message.stopped = message.state == Message.State.SENDING
        if not message.stopped:
            message.cancel()
            cancelled += 1
        message.save(update_fields=["state", "lease_until", "stopped"])
    return cancelled
