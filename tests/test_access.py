"""Every URL, every kind of person: see tests/access.py."""

from importlib import import_module
from importlib.util import find_spec

import pytest
from django.db import transaction
from django.test import Client
from django.urls import get_resolver, reverse

from tests.access import PEOPLE
from tests.agreements.access_signing import signing
from tests.world import LAYERS

pytestmark = pytest.mark.slow

APPS = [layer for layer in LAYERS if find_spec(f"tests.{layer}.access")]
ROWS = [row for layer in APPS for row in import_module(f"tests.{layer}.access").ROWS]
# Not ours: allauth's own pages and the static schema are tested by their makers, and by the browser journey.
FOREIGN = ("account_", "mfa_", "account_reauthenticate")


@pytest.fixture(scope="module")
def world_once(world_once):
    """With a round whose document is printed: it takes a second, and every tenth row looks at one."""
    signing(world_once)
    return world_once


def names(resolver=None, prefix=""):
    for pattern in (resolver or get_resolver()).url_patterns:
        if hasattr(pattern, "url_patterns"):
            namespace = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from names(pattern, namespace)
        elif pattern.name:
            yield f"{prefix}{pattern.name}"


def test_every_url_has_a_row():
    listed = {row.name for row in ROWS}
    assert sorted(name for name in set(names()) - listed if not name.startswith(FOREIGN)) == []


def test_no_admin_site_is_mounted():
    assert not any(name.startswith("admin:") for name in names())


@pytest.mark.django_db
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method} {row.name}{row.query}")
def test_access(row, world):
    """What one person did is undone before the next comes, and what a row made before the next row."""
    # Before the loop: some rows make their things when first asked for, and these must outlive one person.
    url = reverse(row.name, args=row.args(world)) + row.query
    row.data(world)
    got = {}
    for person in PEOPLE:
        before = transaction.savepoint()
        got[person] = call(person, row, url, world).status_code
        transaction.savepoint_rollback(before)
    assert got == dict(zip(PEOPLE, row.expect, strict=True))


def call(person, row, url, world):
    client = Client()
    if person != "anonymous":
        client.force_login(getattr(world, person))
    send = getattr(client, row.method.lower())
    return send(url) if row.method == "GET" else send(url, row.data(world))
