"""A database restored from an old backup is found out, stands still, and goes on with its gap written down."""

import base64
import json
from datetime import timedelta

import pytest
import rfc8785
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse

from accounts.models import Message, Notice, Role
from agreements import actions
from records import audit, heads, pki, sweeps
from records.models import AuditEntry, ChainLink
from slaportal import watchdog
from tests.agreements.endings import signed_world
from tests.factories import NOON, make_member, make_user
from tests.flush import triggers_off

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def chained(count=1):
    user = make_user()
    for _ in range(count):
        audit.record("person.changed", user, actor=None, at=NOON)
    audit.link()
    return ChainLink.objects.last()


def restored():
    """The last link and its entry are gone, as in a database from before they were written."""
    last = ChainLink.objects.last()
    with triggers_off(connection):
        entry = last.entry_id
        ChainLink.objects.filter(pk=last.pk)._raw_delete("default")
        AuditEntry.objects.filter(pk=entry)._raw_delete("default")
    heads.alarm.cache_clear()


def test_a_head_is_sealed_once_a_day_when_there_is_something_new(settings):
    assert heads.publish(at=NOON) is None
    link = chained()
    head = heads.publish(at=NOON)
    assert (head.seq, head.hash) == (link.seq, link.hash)
    said = json.loads(next(settings.HEADS_DIR.glob("*/*.json")).read_text())
    seal = base64.b64decode(said.pop("seal"))
    pki.platform().certificate.public_key().verify(seal, rfc8785.dumps(said), ec.ECDSA(hashes.SHA256()))
    chained()
    assert heads.publish(at=NOON + DAY - timedelta(seconds=1)) is None
    assert heads.publish(at=NOON + DAY).seq == link.seq + 1
    assert heads.publish(at=NOON + 3 * DAY) is None


def test_both_parties_get_it_by_mail():
    who = signed_world()
    auditor = make_member(who.agreement.client, Role.AUDITOR)
    link = chained()
    assert actions.publish_head(now=NOON) == 2
    told = Notice.objects.filter(key=f"head:{link.seq}")
    assert {each.recipient for each in told} == {who.manager, auditor}
    assert Message.objects.filter(body__contains=f"{link.seq} {link.hash}").count() == 2
    assert actions.publish_head(now=NOON) == 0


def test_a_chain_that_holds_the_head_is_no_alarm():
    chained(2)
    heads.publish(at=NOON)
    chained()
    assert heads.missing() is None and heads.alarm() is None


def test_another_database_beside_the_same_files_is_no_old_backup():
    chained(2)
    heads.publish(at=NOON)
    with triggers_off(connection):
        ChainLink.objects.all()._raw_delete("default")
        AuditEntry.objects.all()._raw_delete("default")
    assert heads.missing() is None
    chained()
    assert heads.missing() is None and heads.publish(at=NOON).seq == 1


@pytest.fixture
def behind(db):
    chained(3)
    head = heads.publish(at=NOON)
    restored()
    return head


def test_a_restored_database_is_found_and_stands_still(behind):
    assert heads.missing() == behind
    entries = AuditEntry.objects.count()
    with pytest.raises(heads.Behind):
        audit.record("person.changed", make_user(), actor=None, at=NOON)
    ran = []
    assert sweeps.run("accounts.deliver", lambda: ran.append(1)) == 0
    assert (ran, AuditEntry.objects.count()) == ([], entries)
    assert watchdog.counts(now=NOON)["chain behind the head told to the parties"] == 1


def test_another_entry_in_its_place_does_not_hide_it(behind, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(heads, "alarm", lambda: None)
        chained()
    assert ChainLink.objects.last().seq == behind.seq
    assert heads.missing() == behind


def test_pages_are_read_and_acts_refused(client, behind):
    person = make_user()
    client.force_login(person)
    home = client.get(reverse("home"))
    assert home.status_code == 200 and "Read-only" in home.content.decode()
    answer = client.post(reverse("accounts:profile"), {"name": "Else", "timezone": "UTC"})
    assert answer.status_code == 503 and "restored from a backup" in answer.content.decode()
    person.refresh_from_db()
    assert person.name != "Else"


def test_it_goes_on_when_somebody_accepts_it_and_says_so_in_the_chain(behind, capsys):
    call_command("accept_restore", "The disk failed; the newest dump is of Monday")
    assert behind.words in capsys.readouterr().out
    entry = AuditEntry.objects.get(verb="chain.restored")
    assert entry.data["lost"] == [behind.words]
    assert heads.missing() is None
    audit.record("person.changed", make_user(), actor=None, at=NOON)
    with pytest.raises(CommandError, match="nothing to accept"):
        call_command("accept_restore", "x")
