"""How a person is told: quiet hours, the daily mail, and what may never wait for either."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.urls import reverse
from django_fsm import TransitionNotAllowed

from accounts import actions, digest, notifications, outbox
from accounts.models import Message, Notice, Role
from accounts.notifications import Telling, notify
from tests import mailbox as mailboxes
from tests.factories import make_member, make_organisation, make_user

pytestmark = pytest.mark.django_db
NIGHT = datetime(2026, 1, 5, 23, tzinfo=UTC)
MORNING = datetime(2026, 1, 6, 7, tzinfo=UTC)
EIGHT = datetime(2026, 1, 6, 8, tzinfo=UTC)


@pytest.fixture
def mailbox(settings):
    yield from mailboxes.served(settings)


def sleeper(**kwargs):
    fields = {"timezone": "Europe/London", "quiet_from": time(22), "quiet_until": time(7)}
    return make_user(**fields | kwargs)


def tell(person, key="k", at=NIGHT, **kwargs):
    return notify([person], key=key, title="A report is shared", text="Read it.", url="/r/", at=at, **kwargs)


def test_a_mail_waits_for_the_end_of_quiet_hours(mailbox):
    tell(sleeper())
    assert (Message.objects.get().state, Message.objects.get().next_try_at) == ("held", MORNING)
    assert Notice.objects.count() == 1  # the inbox does not wait
    assert outbox.deliver(now=MORNING - timedelta(seconds=1)) == 0
    assert outbox.deliver(now=MORNING) == 1


def test_a_critical_mail_does_not_wait(mailbox):
    tell(sleeper(digest_at=time(8)), critical=True)
    assert outbox.deliver(now=NIGHT) == 1


def test_what_waits_can_still_be_stopped(mailbox):
    tell(sleeper(), group="run:1")
    assert outbox.cancel("run:1") == 1
    assert outbox.deliver(now=MORNING) == 0


def test_routine_messages_come_as_one_mail_a_day(mailbox):
    person = make_user(timezone="Europe/London", digest_at=time(8))
    for key in ("a", "b", "c"):
        tell(person, key)
    assert (Message.objects.count(), outbox.deliver(now=EIGHT - timedelta(seconds=1))) == (0, 0)

    assert [outbox.deliver(now=EIGHT), outbox.deliver(now=EIGHT)] == [1, 0]

    (mail,) = mailbox.mails
    assert mail["Subject"] == "3 messages of SLA Portal"
    assert mail.get_payload().count("/r/") == 3


def test_what_was_read_meanwhile_is_not_in_the_daily_mail(mailbox):
    person = make_user(digest_at=time(8))
    tell(person)
    Notice.objects.update(read_at=NIGHT)
    assert outbox.deliver(now=EIGHT) == 0


def test_what_an_escalation_says_never_waits_for_the_daily_mail(mailbox):
    person = make_user(digest_at=time(8))
    notifications.tell([Telling(person, "run:1:0:1", "t", "t", "/b/", daily=False)], at=NIGHT)
    assert outbox.deliver(now=NIGHT) == 1


def test_a_daily_mail_is_written_once_by_two_engines():
    tell(make_user(digest_at=time(8)))
    assert [digest.gather(now=EIGHT), digest.gather(now=EIGHT)] == [1, 0]


def test_who_gives_the_daily_mail_up_gets_the_last_one_now(mailbox):
    person = make_user(digest_at=time(8))
    tell(person)
    actions.choose_telling(person, quiet_from=None, quiet_until=None, digest_at=None, actor=person, at=NIGHT)
    assert outbox.deliver(now=NIGHT) == 1


@pytest.mark.parametrize("begin, end", [("22:00", ""), ("", "07:00"), ("22:00", "22:00")])
def test_quiet_hours_have_two_ends(client, begin, end):
    person = make_user()
    client.force_login(person)
    url = reverse("accounts:telling")
    assert client.post(url, {"quiet_from": begin, "quiet_until": end, "digest_at": ""}).status_code == 422
    assert client.post(url, {"quiet_from": "22:00", "quiet_until": "7:00", "digest_at": ""}).status_code == 302
    person.refresh_from_db()
    assert (person.quiet_from, person.quiet_until, person.digest_at) == (time(22), time(7), None)


# In doubt


def doubtful(**kwargs):
    organisation = make_organisation()
    admin = make_member(organisation, Role.ADMIN)
    tell(make_member(organisation, Role.CLIENT))
    Message.objects.update(**{"state": "unknown"} | kwargs)
    return admin, Message.objects.get()


def test_a_message_in_doubt_is_sent_again_by_its_administrator(client, mailbox):
    admin, message = doubtful()
    client.force_login(admin)
    assert message.subject in client.get(reverse("accounts:doubtful")).content.decode()
    client.post(reverse("accounts:send_again", args=[message.pk]))
    Message.objects.update(next_try_at=NIGHT)
    assert outbox.deliver(now=NIGHT) == 1
    assert mailbox.mails[0]["Subject"] == "A report is shared (possible repeat)"
    assert "A report is shared" not in client.get(reverse("accounts:doubtful")).content.decode()
    with pytest.raises(TransitionNotAllowed):
        actions.send_again(message, actor=admin, at=NIGHT)


def test_what_failed_for_certain_is_no_repeat(mailbox):
    admin, message = doubtful(state="failed")
    actions.send_again(message, actor=admin, at=NIGHT)
    outbox.deliver(now=NIGHT)
    assert mailbox.mails[0]["Subject"] == "A report is shared"


def test_a_message_in_doubt_may_rest(client):
    admin, message = doubtful()
    client.force_login(admin)
    client.post(reverse("accounts:let_rest", args=[message.pk]))
    assert not Message.objects.in_doubt().exists()
    with pytest.raises(actions.Refused, match="faster"):
        actions.let_rest(message, actor=admin, at=NIGHT)


def test_others_messages_are_not_seen(client):
    _admin, message = doubtful()
    client.force_login(make_member(make_organisation(), Role.ADMIN))
    assert message.subject not in client.get(reverse("accounts:doubtful")).content.decode()
    assert client.post(reverse("accounts:send_again", args=[message.pk])).status_code == 404
