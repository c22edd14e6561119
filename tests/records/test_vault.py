import os

import pytest
from django.db import DatabaseError, transaction

from records import vault
from records.models import AuditEntry, Document
from tests.factories import NOON, make_user

pytestmark = pytest.mark.django_db


def store(content=b"%PDF", **kwargs):
    fields = {"kind": "report", "title": "May", "filename": "may.pdf", "actor": make_user(), "at": NOON} | kwargs
    return vault.store(content, **fields)


def test_store_and_read():
    document = store(b"content", scope="SLA-2026-001")

    assert (vault.read(document.sha256), document.size) == (b"content", 7)
    assert list(AuditEntry.objects.values_list("verb", "scope")) == [("document.stored", "SLA-2026-001")]


def test_a_file_is_stored_as_its_content_is(tmp_path):
    (tmp_path / "file").write_bytes(b"content")
    document = store(tmp_path / "file")
    assert (vault.read(document.sha256), document.size) == (b"content", 7)


def test_the_same_content_is_one_document():
    assert store().pk == store(title="Another name").pk
    assert AuditEntry.objects.count() == 1


def test_a_changed_file_is_found():
    document = store()
    place = vault.path(document.sha256)
    os.chmod(place, 0o644)
    place.write_bytes(b"%PDX")

    with pytest.raises(vault.Damaged, match=f"{document.sha256} was changed"):
        vault.read(document.sha256)


def test_a_missing_file_is_found():
    document = store()
    vault.path(document.sha256).unlink()

    with pytest.raises(vault.Damaged, match="is missing"):
        vault.read(document.sha256)


def test_the_file_cannot_be_written_again():
    assert vault.path(store().sha256).stat().st_mode & 0o777 == 0o444


@pytest.mark.parametrize(
    "change", [lambda: Document.objects.update(title="x"), lambda: Document.objects.all().delete()]
)
def test_the_database_refuses_to_change_a_document(change):
    store()
    with pytest.raises(DatabaseError, match="keeps its history"), transaction.atomic():
        change()


def test_a_rolled_back_act_names_no_document():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        store()
        raise ZeroDivisionError
    assert Document.objects.count() == 0
