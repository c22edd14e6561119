"""Against a real SMTP server that also fails, refuses and dies."""

from datetime import timedelta

import pytest
from django.core.mail import get_connection
from django_fsm import TransitionNotAllowed

from accounts import outbox
from accounts.channels import Undelivered
from accounts.models import Message, Notice
from accounts.notifications import notify
from records import clock
from tests import mailbox as mailboxes
from tests.factories import NOON, make_user
from tests.race import race

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(minutes=10)


@pytest.fixture
def mailbox(settings):
    yield from mailboxes.served(settings)


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


@pytest.mark.parametrize("critical, copies", [(True, 2), (False, 1)])
def test_a_server_that_keeps_the_mail_and_hangs(mailbox, settings, critical, copies):
    """The answer got lost, not the mail: a routine one must not come twice, a critical one says that it may."""
    settings.EMAIL_TIMEOUT = 0.3
    mailbox.mood = "keeps and hangs"
    tell(critical=critical)
    outbox.deliver(now=NOON)
    mailbox.mood = "takes"
    outbox.deliver(now=LATER)
    assert len(mailbox.mails) == copies
    assert states() == (["sent"] if critical else ["unknown"])
    assert [mail["Subject"] for mail in mailbox.mails[1:]] == ["Availability missed (possible repeat)"] * (copies - 1)
    assert len({mail["Message-ID"] for mail in mailbox.mails}) == 1


def test_a_late_answer_is_an_answer(mailbox):
    mailbox.mood, mailbox.delay = "late", 0.3
    tell()
    assert outbox.deliver(now=NOON) == 1
    assert states() == ["sent"]


def test_an_answer_after_the_lease_still_counts(mailbox):
    """The reaper took the sender for dead; it comes back and says that the mail went."""
    tell()
    ((pk, token),) = outbox.claim(now=NOON, batch=1)
    outbox._start(pk, token, NOON)
    outbox.reap(now=LATER)
    assert states() == ["unknown"]
    outbox._settle(pk, token, None, LATER)
    assert states() == ["sent"]


def test_what_is_stopped_while_it_is_sent_is_not_tried_again(mailbox):
    tell(group="run:1", critical=True)
    ((pk, token),) = outbox.claim(now=NOON, batch=1)
    outbox._start(pk, token, NOON)
    assert outbox.cancel("run:1") == 0
    outbox._settle(pk, token, Undelivered("451 later", doubtful=False), NOON)
    assert states() == ["cancelled"]
    assert outbox.deliver(now=LATER) == 0


def test_critical_mails_go_first(mailbox):
    tell(make_user(), key="routine")
    tell(make_user(), key="critical", critical=True)
    ((pk, _token),) = outbox.claim(now=LATER, batch=1)
    assert Message.objects.get(pk=pk).critical


def test_a_mail_that_cannot_be_written_holds_none_back(mailbox):
    tell(make_user(), key="broken", critical=True)
    Message.objects.update(address="nobody@example.org\nBcc: all@example.org")
    tell(make_user(), key="whole")
    assert outbox.deliver(now=NOON) == 1
    now = NOON
    for _ in range(outbox.MOST_TRIES):
        now += timedelta(hours=1)
        outbox.deliver(now=now)
    assert sorted(states()) == ["failed", "sent"]


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
