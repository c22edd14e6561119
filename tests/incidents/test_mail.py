"""E-mail in: what a message says (no database), and what becomes of it."""

import sys
from io import BytesIO, StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

from accounts import outbox
from accounts.models import Message
from agreements.models import Agreement
from incidents import actions, escalation, mailbox, reply_to
from incidents.models import Incident, Remark
from tests.factories import NOON
from tests.incidents.desk import log, make_scene, told
from tests.incidents.rows import CLOSED, HOUR, make_breach
from tests.mailbox import served

MAILS = Path(__file__).parent / "mails"


def raw(name):
    return (MAILS / f"{name}.eml").read_bytes()


# What a message says


def test_a_new_one_names_its_agreement_and_priority():
    mail = mailbox.read(raw("new"))
    assert (mail.sender, mail.reference, mail.priority, mail.number) == (
        "amara@fennmarket.example", "SLA-2026-777", 3, ""
    )
    assert mailbox.title(mail) == "Nobody can log in – since ten"
    assert mail.text == "Since ten o'clock every login ends with “forbidden”.\n\nRegards\nAmara"


def test_a_reply_is_its_new_words():
    mail = mailbox.read(raw("reply"))
    assert (mail.number, mail.subject) == ("INC-0001", "[INC-0001] Nobody can log in")
    assert mail.text == "We restart the gateway; ten minutes."


def test_html_alone_becomes_text():
    mail = mailbox.read(raw("thread"))
    assert mail.text == "It works again & everybody is in.\nThank you!"
    assert mail.answers[0] == "<PR3P193MB0042@northgate.example>"


@pytest.mark.parametrize("message, why", [
    (raw("away"), "machine"),
    (b"From: a@example.org\nMessage-ID: <1@x>\nPrecedence: bulk\n\nHello", "machine"),
    (b"From: a@example.org\n\nHello", "sender or an id"),
    (b"Message-ID: <1@x>\n\nHello", "sender or an id"),
    (b"From: a@example.org\nMessage-ID: <1@x>\n\n> all quoted", "words"),
    (b"", "sender or an id"),
    (b"\xff\xfe\x00", "sender or an id"),
])
def test_what_nobody_wrote_is_left_aside(message, why):
    with pytest.raises(mailbox.Unreadable, match=why):
        mailbox.read(message)


def test_an_unknown_charset_is_no_accident():
    message = b"From: a@example.org\nMessage-ID: <1@x>\nContent-Type: text/plain; charset=klingon\n\nHello"
    assert mailbox.read(message).text == "Hello"


def test_an_address_belongs_to_its_number_and_cannot_be_made_up(settings):
    assert reply_to.reply_address("INC-0042") == ""
    settings.MAIL_IN_ADDRESS = "desk@northgate.example"
    address = reply_to.reply_address("INC-0042")
    assert address.startswith("desk+inc-0042-") and reply_to.number_of(address) == "INC-0042"
    assert reply_to.number_of(address.replace("0042", "0043")) == reply_to.number_of("desk@northgate.example") == ""


# What becomes of it


@pytest.fixture
def scene(db):
    scene = make_scene()
    Agreement.objects.filter(pk=scene.pk).update(reference="SLA-2026-777")
    for person, address in ((scene.guest, "amara@fennmarket.example"), (scene.staff, "daniel@northgate.example")):
        person.email = address
        person.save(update_fields=["email"])
    return scene


def take(name):
    message = raw(name) if isinstance(name, str) else name
    return actions.take_mail(message, at=NOON)


def test_a_thread_from_the_first_mail_to_the_last(scene):
    incident = take("new")
    assert (incident.number, incident.door, incident.party) == ("INC-0001", "mail", "client")
    take("reply")
    take("thread")
    for name in ("new", "reply", "thread"):  # delivered again
        take(name)
    assert [(each.by, each.side) for each in incident.remarks.all()] == [(scene.staff, ""), (scene.guest, "")]
    assert Incident.objects.count() == 1


def test_the_address_leads_whatever_the_subject_says(scene, settings):
    settings.MAIL_IN_ADDRESS = "desk@northgate.example"
    take("new")
    message = (
        f"From: amara@fennmarket.example\nTo: {reply_to.reply_address('INC-0001')}\nSubject: hello\n"
        "Message-ID: <9@x>\n\nAny news?"
    )
    assert take(message.encode()).incident.number == "INC-0001"


@pytest.fixture
def mails(settings):
    yield from served(settings)


def answered(mail, sender):
    """What a person writes back to where the mail asks for it, above a quotation that no sign marks."""
    body = mail.get_payload(decode=True).decode()
    return (
        f"From: {sender}\nTo: {mail['Reply-To']}\nSubject: Re: something\nMessage-ID: <1@home>\n\n"
        f"We are on it.\n\n{body}"
    ).encode()


def test_an_answer_to_a_level_told_lands_beside_its_incident(scene, settings, mails):
    settings.MAIL_IN_ADDRESS = "desk@northgate.example"
    incident = log(scene)
    escalation.tick(now=NOON)
    outbox.deliver(now=NOON)
    (mail,) = [each for each in mails.mails if "INC-0001" in each["Subject"]]
    assert reply_to.number_of(mail["Reply-To"]) == incident.number

    remark = take(answered(mail, "daniel@northgate.example"))
    assert (remark.incident, remark.text.splitlines()[0]) == (incident, "We are on it.")
    # The one-use link that the mail brought is nobody else's to read.
    assert "/acknowledge/…" in remark.text and "/acknowledge/" not in remark.text.replace("/acknowledge/…", "")


def test_acts_on_incidents_and_breaches_say_where_to_answer(scene, settings):
    settings.MAIL_IN_ADDRESS = "desk@northgate.example"
    incident = log(scene)
    incident = actions.assign_incident(incident, to=scene.staff, actor=scene.owner, at=NOON)
    actions.remark_on(incident, text="Any news?", side="", actor=scene.guest, at=NOON)
    said = Message.objects.filter(recipient=scene.staff).values_list("reply_to", flat=True)
    assert [reply_to.number_of(address) for address in said] == [incident.number] * 2
    breach = make_breach(scene.version)
    actions.acknowledge(breach, actor=scene.staff, at=CLOSED)
    actions.hand_on(breach, to=scene.owner, note="", actor=scene.staff, at=CLOSED)
    handed = Message.objects.filter(recipient=scene.owner).latest("pk")
    assert reply_to.number_of(handed.reply_to) == breach.number


def test_without_the_door_answers_go_to_the_sender(scene, mails):
    log(scene)
    escalation.tick(now=NOON)
    outbox.deliver(now=NOON)
    assert [mail["Reply-To"] for mail in mails.mails] == [None] * len(mails.mails) != []


def test_strangers_get_nothing_not_even_an_answer(scene):
    take("new")
    other = make_scene()
    message = f"From: {other.staff.email}\nSubject: INC-0001\nMessage-ID: <9@x>\n\nLet me in"
    unknown = "From: nobody@example.org\nSubject: INC-0001\nMessage-ID: <8@x>\n\nLet me in"
    nowhere = "From: amara@fennmarket.example\nSubject: hello\nMessage-ID: <7@x>\n\nAnybody?"
    assert [take(each.encode()) for each in (message, unknown, nowhere)] == [None, None, None]
    assert not Remark.objects.exists() and told(other.staff) == []


def test_without_a_priority_the_sender_is_told_what_is_missing(scene):
    assert take(raw("new").replace(b"=5BP3=5D", b"=5BP9=5D")) is None
    assert not Incident.objects.exists()
    assert told(scene.guest)[0].startswith("Your e-mail was not taken in: SLA-2026-777")


def test_the_command_reads_standard_input(scene, monkeypatch):
    monkeypatch.setattr("records.clock.now", lambda: NOON + HOUR)
    said = StringIO()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=BytesIO(raw("new"))))
    call_command("take_mail", stdout=said)
    assert "Taken in: incident" in said.getvalue()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=BytesIO(raw("away"))))
    with pytest.raises(CommandError, match="machine"):
        call_command("take_mail")
