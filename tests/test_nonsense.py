"""Nonsense into every form: an error beside the field, nothing written, never a 500."""

import pytest
from django.apps import apps
from django.core.exceptions import NON_FIELD_ERRORS
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.forms import BaseForm, BaseFormSet
from django.urls import reverse

from tests.access import Row
from tests.test_access import ROWS, world_once  # noqa: F401 (a fixture)

pytestmark = pytest.mark.slow

FORMS = [row for row in ROWS if row.method == "POST" and row.data is not Row.data]
NONSENSE = [
    "",
    "\x00",
    "'; DROP TABLE accounts_user; --",
    "<script>alert(1)</script>",
    "=1+1",
    "NaN",
    "-1",
    "99999999999999999999999999",
    "31/02/2026",
    "ﷺ" * 5000,
]
# Rows that a refused request may write all the same: the session of whoever asks.
OURS = {"records", "accounts", "agreements", "kpis", "incidents", "reviews", "reports"}


def counts():
    """How many rows each table has, in one statement: it is asked after every post."""
    models = [model._meta for model in apps.get_models() if model._meta.app_label in OURS]
    tables = ", ".join(f"(SELECT count(*) FROM {model.db_table})" for model in models)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {tables}")
        return dict(zip((model.label for model in models), cursor.fetchone(), strict=True))


@pytest.mark.django_db
@pytest.mark.parametrize("row", FORMS, ids=lambda row: row.name)
def test_nonsense_is_refused_beside_its_field(client, row, world):
    if row.actor != "anonymous":
        client.force_login(getattr(world, row.actor))
    url = reverse(row.name, args=row.args(world)) + row.query
    fields = row.data(world)  # first: it may make what it names
    before = counts()
    complaints = []
    for name, good in fields.items():
        for bad in NONSENSE:
            start = transaction.savepoint()
            response = client.post(url, row.data(world) | {name: _spoil(good, bad)})
            if complaint := judged(response, row, name, bad, written=counts() != before):
                complaints.append(f"{name}={bad[:20]!r}: {complaint}")
            transaction.savepoint_rollback(start)
    assert complaints == []


def judged(response, row, name, bad, *, written):
    """What is wrong with the answer; None: it is as it must be."""
    if response.status_code >= 500:
        return "a server error"
    if response.status_code < 400:
        # A free text takes nonsense as text, and many fields may be left empty.
        return None if name in row.free or not bad.strip("\x00 ") else "taken"
    if written:
        return "refused, but something was written"
    if response.status_code == 422 and not stands_beside(response, name):
        return "refused, but not beside its field"
    return None


def stands_beside(response, name):
    """Whether a form of the page has its error at this field; a page without forms must name the field."""
    shown = [value for context in response.context or [] for value in context.flatten().values()]
    wrong = [form for form in shown if isinstance(form, BaseForm | BaseFormSet) and form.is_bound and form.errors]
    if not wrong:
        return name in response.content.decode()
    return any(
        field == name or name.endswith(f"-{field}") or field == NON_FIELD_ERRORS and is_hidden(form, name)
        for form in wrong
        for field in fields_of(form)
    )


def is_hidden(form, name):
    """What nobody sees has no beside: its error stands above the form."""
    return name in getattr(form, "fields", ()) and form.fields[name].widget.is_hidden


def fields_of(form):
    errors = form.errors if isinstance(form.errors, list) else [form.errors]
    return [field for each in errors for field in each]


def _spoil(good, bad):
    if hasattr(good, "read"):
        return SimpleUploadedFile("nonsense.csv", bad.encode("utf-8", "replace"))
    return [bad] if isinstance(good, list) else bad
