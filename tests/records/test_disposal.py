"""The one way out of the vault: the database refuses every other, whoever asks."""

from datetime import datetime

import pytest
from django.db import IntegrityError, connection, transaction

from records import vault
from records.models import Disposal, Document, Hold, Tombstone
from records.retention import kept_until
from tests.agreements.retaining import ENDED, FREE, agreed, disposed, ended_world, proposed

pytestmark = pytest.mark.django_db


def refused(table, act):
    with pytest.raises(IntegrityError, match=f"refused: {table} keeps its history"), transaction.atomic():
        act()


def raw(statement, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def test_a_document_alive_keeps_its_words():
    ended_world()
    for act in (lambda: Document.objects.update(text=""), lambda: Document.objects.update(text="x")):
        refused("records_document", act)


@pytest.mark.parametrize(
    "change",
    [{"text": "x"}, {"title": "x"}, {"sha256": "0" * 64}, {"scope": "SLA-1"}, {"size": 1}, {"text": "", "kind": "data"},
     {"stored_at": FREE}, {"stored_by": None, "number": "1"}, {"filename": "x"}, {"media_type": "x"}],
    ids=str,
)
def test_a_buried_document_loses_its_words_and_nothing_else(change):
    who = ended_world()
    agreed(who)
    mine = Document.objects.filter(pk=who.files[0].pk)
    refused("records_document", lambda: mine.update(**change))
    assert mine.update(text="") == 1


def test_no_row_of_it_is_ever_deleted():
    who = ended_world()
    disposed(who)
    for model in (Document, Tombstone, Disposal):
        table = model._meta.db_table
        refused(table, lambda table=table: raw(f"DELETE FROM {table}"))
    hold = Hold.objects.create(
        scope="x", party="client", state="asked", reason="x", asked_by=who.client, asked_at=FREE
    )
    refused("records_hold", lambda: raw("DELETE FROM records_hold"))
    refused("records_hold", lambda: Hold.objects.filter(pk=hold.pk).update(reason="y"))
    refused("records_tombstone", lambda: Tombstone.objects.update(disposal=None))


def test_a_tombstone_needs_a_disposal_of_its_own_scope_that_two_agreed_on():
    who, other = ended_world(), ended_world()
    disposal = proposed(who)
    refused("records_tombstone", lambda: Tombstone.objects.create(document=who.files[0], disposal=disposal))
    done = agreed(other)
    refused("records_tombstone", lambda: Tombstone.objects.create(document=who.files[0], disposal=done))


def test_a_disposal_begins_as_a_proposal_and_stays_what_was_proposed():
    who = ended_world()
    fields = {"scope": "x", "party": "client", "rule": "x", "kept_until": ENDED, "proposed_by": who.manager,
              "proposed_at": FREE, "answered_by": who.client, "answered_at": FREE}
    refused("records_disposal", lambda: Disposal.objects.create(state="agreed", **fields))
    disposal = Disposal.objects.filter(pk=proposed(who).pk)
    for change in ({"rule": "y"}, {"scope": "y"}, {"kept_until": ENDED}, {"proposed_by": who.client}, {"party": "x"}):
        refused("records_disposal", lambda change=change: disposal.update(**change))
    disposed_ = ended_world()
    done = Disposal.objects.filter(pk=disposed(disposed_).pk)
    refused("records_disposal", lambda: done.update(**{"state": "proposed"}))


def test_a_file_without_a_tombstone_is_never_removed():
    who = ended_world()
    proposed(who)
    with pytest.raises(vault.Damaged, match="has no tombstone"):
        vault.remove(who.files[0])
    assert vault.read(who.files[0].sha256)


@pytest.mark.parametrize(
    "last, zone, until",
    [
        ("2010-07-01T00:00+00:00", "UTC", "2021-01-01T00:00+00:00"),
        ("2010-12-31T23:59+00:00", "UTC", "2021-01-01T00:00+00:00"),
        ("2010-12-31T23:59+00:00", "Europe/Berlin", "2021-12-31T23:00+00:00"),  # there it is 2011 already
        ("2011-01-01T04:00+00:00", "America/New_York", "2021-01-01T05:00+00:00"),  # there still 2010
    ],
)
def test_the_term_counts_whole_local_years(last, zone, until):
    assert kept_until(datetime.fromisoformat(last), years=10, timezone=zone) == datetime.fromisoformat(until)
