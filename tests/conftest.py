from datetime import timedelta
from importlib import import_module

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connection

from tests import tsa
from tests.flush import allow_flush


def pytest_collection_modifyitems(items):
    if connection.vendor != "postgresql":
        skip = pytest.mark.skip(reason="needs PostgreSQL")
        for item in items:
            if "postgres" in item.keywords:
                item.add_marker(skip)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup):
    # By name: models can't be imported before Django is set up.
    allow_flush(connection, import_module("tests.agreements.drafts").make_template)


@pytest.fixture(scope="session")
def pki(tmp_path_factory):
    """One certificate authority for the whole run: making keys is slow, and none is worth keeping."""
    return tmp_path_factory.mktemp("pki")


@pytest.fixture
def time_authority(tmp_path):
    """A time stamp authority whose clock says two hours after the tests' noon."""
    # By name: models can't be imported before Django is set up.
    noon = import_module("tests.factories").NOON
    with tsa.serve(tmp_path / "tsa", at=noon + timedelta(hours=2)) as server:
        yield server


@pytest.fixture(autouse=True)
def _own_places(settings, tmp_path, pki):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.VAULT_DIR = tmp_path / "vault"
    settings.PKI_DIR = pki
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    settings.ACCOUNT_RATE_LIMITS = False
    # In server mode the files are named by a manifest that only collectstatic writes.
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    cache.clear()


def pytest_configure():
    django_settings.VAR_DIR.mkdir(exist_ok=True)
    # WhiteNoise warns of a missing folder, and warnings are errors here.
    django_settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
