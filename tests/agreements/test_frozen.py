"""What was frozen to be signed cannot change through any path. The database itself refuses, whoever asks."""

from copy import copy, deepcopy

import pytest
from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import F

from agreements.models import Slot, Template, Version
from tests.agreements import rounds
from tests.agreements.drafts import make_template

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

TABLE = Version._meta.db_table
STATES = ("signing", "sealing", "executed")


@pytest.fixture(scope="module")
def frozen(module_db):
    """One version in each state of those whose text is locked, as the acts made them."""
    # In this order: the sweep that seals the first would seal the last, too.
    made = {"executed": rounds.executed(), "signing": rounds.prepared(), "sealing": rounds.signed_by_all()}
    return {state: who.version.pk for state, who in made.items()}


@pytest.fixture
def version(frozen, state):
    version = Version.objects.get(pk=frozen[state])
    assert version.state == state
    return version


def spoilt(version):
    """The same version with one word of its terms changed."""
    other = copy(version)
    other.terms = deepcopy(version.terms)
    other.terms["agreement"]["title"] = "Something else"
    return other


def raw(statement, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def refused(table, act, *args):
    with pytest.raises(IntegrityError, match=f"refused: {table} keeps its history"), transaction.atomic():
        act(*args)


def row(model, pk):
    return model.objects.filter(pk=pk).values().get()


PATHS = {
    "save": lambda v: spoilt(v).save(),
    "save-one-field": lambda v: spoilt(v).save(update_fields=["terms"]),
    "update": lambda v: Version.objects.filter(pk=v.pk).update(terms=spoilt(v).terms),
    "update-the-hash": lambda v: Version.objects.filter(pk=v.pk).update(terms_sha256="0" * 64),
    "update-the-number": lambda v: Version.objects.filter(pk=v.pk).update(minor=F("minor") + 1),
    "bulk-update": lambda v: Version.objects.bulk_update([spoilt(v)], ["terms"]),
    "upsert": lambda v: Version.objects.bulk_create(
        [spoilt(v)], update_conflicts=True, unique_fields=["id"], update_fields=["terms"]
    ),
    "raw-terms": lambda v: raw(f"UPDATE {TABLE} SET terms = '{{}}' WHERE id = %s", v.pk),
    "raw-hash": lambda v: raw(f"UPDATE {TABLE} SET terms_sha256 = '' WHERE id = %s", v.pk),
    "raw-first-day": lambda v: raw(
        f"UPDATE {TABLE} SET effective_from = '2020-01-01 00:00:00' WHERE id = %s", v.pk
    ),
    "raw-thawed-at-once": lambda v: raw(f"UPDATE {TABLE} SET state = 'draft', terms = '{{}}' WHERE id = %s", v.pk),
    "delete": lambda v: Version.objects.filter(pk=v.pk)._raw_delete("default"),
    "raw-delete": lambda v: raw(f"DELETE FROM {TABLE} WHERE id = %s", v.pk),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("path", PATHS)
def test_no_path_changes_what_is_frozen(version, path):
    before = row(Version, version.pk)
    refused(TABLE, PATHS[path], version)
    assert row(Version, version.pk) == before


@pytest.mark.skipif(connection.vendor != "sqlite", reason="REPLACE is SQLite's")
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("column", ["id", "number"])
def test_replacing_the_row_is_deleting_it(version, column):
    before = row(Version, version.pk)
    columns = {field.column: field.column for field in Version._meta.concrete_fields} | {"terms": "'{}'"}
    if column == "number":  # another row with the same number of the same agreement
        columns["id"] = "id + 1000"
    statement = f"INSERT OR REPLACE INTO {TABLE} ({', '.join(columns)}) SELECT {', '.join(columns.values())}"
    refused(TABLE, raw, f"{statement} FROM {TABLE} WHERE id = %s", version.pk)
    assert row(Version, version.pk) == before


@pytest.mark.postgres
@pytest.mark.parametrize("state", STATES)
def test_the_table_cannot_be_emptied(version):
    raw("SET CONSTRAINTS ALL IMMEDIATE")  # or what waits for the commit refuses first
    before = row(Version, version.pk)
    refused(TABLE, raw, f"TRUNCATE {TABLE} CASCADE")
    assert row(Version, version.pk) == before


THAWED = [("sealing", "signing"), ("sealing", "ready"), ("sealing", "draft"), ("executed", "sealing"),
          ("executed", "ready"), ("executed", "abandoned")]  # fmt: skip


@pytest.mark.parametrize(("state", "other"), THAWED)
def test_what_is_concluded_is_never_thawed(version, other):
    """A failed round may put a version back to be sent again; after the last signature nothing may."""
    refused(TABLE, lambda: Version.objects.filter(pk=version.pk).update(state=other))
    assert row(Version, version.pk)["state"] == version.state


@pytest.mark.parametrize("state", ["executed"])
def test_the_sealed_file_stays_the_one(version):
    refused(TABLE, lambda: Version.objects.filter(pk=version.pk).update(signed=version.prepared))
    assert row(Version, version.pk)["signed_id"] == version.signed_id


GIVEN = {
    "evidence": lambda pk: Slot.objects.filter(pk=pk).update(evidence={}),
    "document": lambda pk: Slot.objects.filter(pk=pk).update(document=None),
    "state": lambda pk: Slot.objects.filter(pk=pk).update(state="declined"),
    "raw": lambda pk: raw("UPDATE agreements_slot SET evidence = '{}' WHERE id = %s", pk),
    "delete": lambda pk: raw("DELETE FROM agreements_slot WHERE id = %s", pk),
}


@pytest.mark.parametrize("path", GIVEN)
def test_a_given_signature_keeps_its_evidence(frozen, path):
    slot = Slot.objects.filter(round__version=frozen["executed"]).first()
    before = row(Slot, slot.pk)
    refused("agreements_slot", GIVEN[path], slot.pk)
    assert row(Slot, slot.pk) == before


TEMPLATES = {
    "save": lambda t: spoilt(t).save(),
    "update": lambda t: Template.objects.filter(pk=t.pk).update(terms={}),
    "rename": lambda t: Template.objects.filter(pk=t.pk).update(name="Another"),
    "unpublish": lambda t: Template.objects.filter(pk=t.pk).update(published_at=None),
    "raw": lambda t: raw("UPDATE agreements_template SET terms = '{}' WHERE id = %s", t.pk),
    "delete": lambda t: raw("DELETE FROM agreements_template WHERE id = %s", t.pk),
}


@pytest.mark.parametrize("path", TEMPLATES)
def test_no_path_changes_a_published_template(path):
    template = make_template()
    before = row(Template, template.pk)
    refused("agreements_template", TEMPLATES[path], template)
    assert row(Template, template.pk) == before


def test_no_admin_is_there_to_edit_anything():
    assert not apps.is_installed("django.contrib.admin")
    assert not any("admin" in name for name in settings.INSTALLED_APPS)
