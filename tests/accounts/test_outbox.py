"""Against a real SMTP server that also fails, refuses and dies."""

import socket
from datetime import timedelta
from email import message_from_bytes

import pytest
from aiosmtpd.controller import Controller
from django.core.mail import get_connection
from django_fsm import TransitionNotAllowed

from accounts import outbox
from accounts.models import Message, Notice
from accounts.notifications import notify
from records import clock
from tests.factories import NOON, make_user
from tests.race import race

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(minutes=10)


class Mailbox:
    """An SMTP server's handler that keeps what it takes and answers what it is told to."""

    def __init__(self):
        self.mails, self.answer = [], "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.answer.startswith("250"):
            self.mails.append(message_from_bytes(envelope.content))
        return self.answer


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def mailbox(settings):
    handler = Mailbox()
    server = Controller(handler, hostname="127.0.0.1", port=free_port())
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = server.port
    settings.EMAIL_TIMEOUT = 5
    yield handler
    server.stop()


def tell(person=None, **kwargs):
    fields = {"key": "breach:1:level:0", "title": "Availability missed", "text": "39 min too long.", "url": "/b/"}
    return notify([person or make_user()], at=NOON, **(fields | kwargs))


def states():
    return list(Message.objects.values_list("state", flat=True))


def test_a_mail_goes_out_once_with_one_link(mailbox, settings):
    person = make_user(email="amara@example.org", name="Amara")
    tell(person)

    assert outbox.deliver(now=NOON) == 1
    assert outbox.deliver(now=NOON) == 0

    (mail,) = mailbox.mails
    assert (mail["To"], mail["Subject"]) == ("amara@example.org", "Availability missed")
    assert f"{settings.SITE_URL}/b/" in mail.get_payload()
    assert states() == ["sent"]


def test_a_person_is_told_once_per_cause():
    person = make_user()
    assert [tell(person), tell(person), tell(person, key="another")] == [1, 0, 1]
    assert (Notice.objects.count(), Message.objects.count()) == (2, 2)


def test_somebody_who_left_is_told_nothing():
    assert tell(make_user(is_active=False)) == 0
    assert Message.objects.count() == 0


def test_a_refusal_is_tried_again_later(mailbox):
    tell()
    mailbox.answer = "451 Try later"
    assert outbox.deliver(now=NOON) == 0
    assert states() == ["pending"]
    assert outbox.deliver(now=NOON) == 0  # not before its time

    mailbox.answer = "250 OK"
    assert outbox.deliver(now=clock.now() + timedelta(hours=1)) == 1
    assert len(mailbox.mails) == 1


def test_a_server_that_is_away_loses_nothing(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    tell()
    assert outbox.deliver(now=NOON) == 0
    assert (states(), Message.objects.get().attempts) == (["pending"], 1)


def test_a_mail_that_never_goes_is_given_up_visibly(mailbox):
    tell()
    mailbox.answer = "554 No"
    now = clock.now()
    for _ in range(outbox.MOST_TRIES):
        now += timedelta(hours=1)
        outbox.deliver(now=now)
    assert (states(), Message.objects.get().attempts) == (["failed"], outbox.MOST_TRIES)
    assert "554" in Message.objects.get().last_error


@pytest.mark.parametrize("critical, then", [(True, "sent"), (False, "unknown")])
def test_a_sender_killed_while_sending(mailbox, critical, then):
    """Nobody knows whether it went: critical goes again, routine is left to a person."""
    tell(critical=critical)
    ((pk, token),) = outbox.claim(now=NOON, batch=1)
    outbox._start(pk, token, NOON)

    outbox.deliver(now=LATER)

    assert states() == [then]


def test_a_sender_killed_before_sending_costs_nothing(mailbox):
    tell()
    outbox.claim(now=NOON, batch=1)
    assert outbox.deliver(now=NOON + timedelta(seconds=30)) == 0
    assert outbox.deliver(now=LATER) == 1


def test_an_act_cancels_what_is_not_on_its_way(mailbox):
    tell(group="run:1")
    claimed = outbox.claim(now=NOON, batch=1)

    assert outbox.cancel("run:1") == 1

    assert [outbox._send(pk, token, lambda: NOON) for pk, token in claimed] == [False]
    assert (states(), mailbox.mails) == (["cancelled"], [])


def test_a_sent_mail_cannot_be_cancelled(mailbox):
    tell(group="run:1")
    outbox.deliver(now=NOON)
    assert outbox.cancel("run:1") == 0
    with pytest.raises(TransitionNotAllowed):
        Message.objects.get().cancel()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_engines_send_each_mail_once(mailbox):
    for number in range(40):
        tell(make_user(), key=f"k{number}")

    sent = race(lambda: outbox.deliver(now=NOON, batch=3))

    assert sum(sent) == len(mailbox.mails) == 40
    assert len({mail["Message-ID"] for mail in mailbox.mails}) == 40


def test_mail_is_a_file_when_embedded(settings):
    tell()
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    get_connection().close()
    assert outbox.deliver(now=NOON) == 1
    assert len(list(settings.EMAIL_FILE_PATH.iterdir())) == 1
