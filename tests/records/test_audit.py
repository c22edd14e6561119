import pytest
from django.db import DatabaseError, connection, transaction

from records import audit
from records.models import AuditEntry, ChainLink
from tests.factories import NOON, make_user
from tests.flush import triggers_off
from tests.race import race

pytestmark = pytest.mark.django_db


def entries(count=3):
    user = make_user()
    return [audit.record("user.seen", user, actor=user, at=NOON, number=n, words="ß €") for n in range(count)]


def test_link_numbers_entries_and_chains_them():
    first, second, third = entries()

    assert audit.link() == 3

    links = list(ChainLink.objects.all())
    assert [(link.seq, link.entry_id) for link in links] == [(1, first.pk), (2, second.pk), (3, third.pk)]
    assert links[0].previous == audit.GENESIS
    assert [link.previous for link in links[1:]] == [link.hash for link in links[:2]]


def test_link_goes_on_where_it_was():
    entries(3)
    audit.link()
    entries(2)

    assert audit.link(batch=1) == 2

    assert list(audit.broken_links()) == []
    assert ChainLink.objects.count() == 5


def test_an_entry_hashes_the_same_after_the_database():
    (entry,) = entries(1)
    assert audit.canonical(AuditEntry.objects.get()) == audit.canonical(entry)


@pytest.mark.parametrize(
    "statement, where",
    [
        ("UPDATE records_auditentry SET verb = 'user.lied' WHERE id = %s", "entry {id} (user.lied) was changed"),
        ("UPDATE records_auditentry SET data = '{}' WHERE id = %s", "entry {id} (user.seen) was changed"),
        ("UPDATE records_chainlink SET hash = 'f' WHERE entry_id = %s", "entry {id} (user.seen) was changed"),
        ("DELETE FROM records_chainlink WHERE entry_id = %s", "link 2 is missing"),
    ],
)
def test_a_change_behind_its_back_is_found_and_named(statement, where):
    second = entries()[1]
    audit.link()
    with triggers_off(connection), connection.cursor() as cursor:
        cursor.execute(statement, [second.pk])

    assert next(audit.broken_links()) == f"chain: {where.format(id=second.pk)}"


@pytest.mark.parametrize("table", ["records_auditentry", "records_chainlink"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
def test_the_database_refuses_to_change_history(table, statement):
    entries()
    audit.link()
    column = "id" if table == "records_auditentry" else "seq"

    refused = pytest.raises(DatabaseError, match="keeps its history")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table, column, column))


@pytest.mark.postgres
def test_truncate_is_refused():
    refused = pytest.raises(DatabaseError, match="keeps its history")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE records_auditentry CASCADE")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_writers_at_once_make_one_chain():
    entries(20)

    linked = race(audit.link)

    assert sum(linked) == 20
    assert ChainLink.objects.count() == 20
    assert list(audit.broken_links()) == []
