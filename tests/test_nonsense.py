"""Nonsense into every form: an error beside the field, nothing written, never a 500."""

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.access import Row
from tests.test_access import ROWS
from tests.world import make_world

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
    return {
        model._meta.label: model.objects.count()
        for model in apps.get_models()
        if model._meta.app_label in OURS
    }


@pytest.mark.django_db
@pytest.mark.parametrize("row", FORMS, ids=lambda row: row.name)
def test_nonsense_is_refused_beside_its_field(client, row):
    world = make_world()
    if row.actor != "anonymous":
        client.force_login(getattr(world, row.actor))
    url = reverse(row.name, args=row.args(world)) + row.query
    before = counts()
    complaints = []
    for name, good in row.data(world).items():
        for bad in NONSENSE:
            spoiled = row.data(world) | {name: _spoil(good, bad)}
            response = client.post(url, spoiled)
            if response.status_code == 500:
                complaints.append(f"{name}={bad[:20]!r}: 500")
            elif name in row.free and response.status_code < 400:
                pass  # a free text took the nonsense as text, which is right
            elif response.status_code < 400 and bad.strip("\x00 ") and counts() != before:
                complaints.append(f"{name}={bad[:20]!r}: taken")
            elif response.status_code == 422 and counts() != before:
                complaints.append(f"{name}={bad[:20]!r}: refused, but something was written")
            before = counts()
    assert complaints == []


def _spoil(good, bad):
    if hasattr(good, "read"):
        return SimpleUploadedFile("nonsense.csv", bad.encode("utf-8", "replace"))
    return [bad] if isinstance(good, list) else bad
