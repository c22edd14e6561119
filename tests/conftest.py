import shutil
from copy import deepcopy
from datetime import timedelta
from importlib import import_module

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connection, transaction
from django.test import override_settings

from records import pdf
from tests import database, press, tsa
from tests.flush import allow_flush


def pytest_addoption(parser):
    parser.addoption(
        "--leave-out-pure", action="store_true", help="leave out what touches no database: the other leg ran it"
    )


def pytest_collection_modifyitems(config, items):
    _all_or_none(items)
    if config.getoption("leave_out_pure"):
        pure = [item for item in items if _is_pure(item)]
        items[:] = [item for item in items if not _is_pure(item)]
        config.hook.pytest_deselected(items=pure)
    if connection.vendor != "postgresql":
        skip = pytest.mark.skip(reason="needs PostgreSQL")
        for item in items:
            if "postgres" in item.keywords:
                item.add_marker(skip)


def _is_pure(item):
    """A calculation: no database, and not one of those that look at the whole project or its servers."""
    uses = {"db", "transactional_db", "module_db", "live_server"} & set(item.fixturenames)
    whole = item.path.parent.name in ("tests", "slaportal", "browser")
    return not (item.get_closest_marker("django_db") or uses or whole)


def _all_or_none(items):
    """A test that sees the rows of `module_db` only when another ran before it would depend on the order."""
    shared = {item.module for item in items if "module_db" in item.fixturenames}
    for item in items:
        mark = item.get_closest_marker("django_db")
        if item.module in shared and mark and (mark.kwargs or "module_db" not in item.fixturenames):
            raise pytest.UsageError(f"{item.nodeid}: its module shares rows (module_db), so it must use them too")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_blocker, tmp_path_factory):
    with django_db_blocker.unblock():
        database.prepare(connection, tmp_path_factory.mktemp("database"))


@pytest.fixture(scope="session")
def django_db_keepdb():
    """Take the copied file as it is; PostgreSQL makes its copy itself."""
    return connection.vendor == "sqlite"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup):
    # By name: models can't be imported before Django is set up.
    templates = import_module("tests.agreements.drafts").make_templates
    definitions = import_module("tests.kpis.definitions").make_definitions
    allow_flush(connection, lambda: (templates(), definitions()))


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


@pytest.fixture(scope="module")
def module_vault(tmp_path_factory):
    return tmp_path_factory.mktemp("module") / "vault"


@pytest.fixture(scope="module")
def module_db(django_db_setup, django_db_blocker, pki, module_vault):
    """A transaction as long as a module: what module fixtures make in it, every test of the module begins with.

    Each test still has its own savepoint and its own copy of the vault's files. Rows in memory are not undone:
    hand a test `deepcopy` of what was made. Not for modules with `transaction=True` tests.
    """
    with (
        django_db_blocker.unblock(),
        override_settings(PKI_DIR=pki, VAULT_DIR=module_vault),
        transaction.atomic(),
    ):
        import_module("tests.factories").number_from(1)
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def world_once(module_db):
    return import_module("tests.world").make_world()


@pytest.fixture
def world(world_once, db):
    """The world of tests/world.py, made once for the module; what a test does to it is undone."""
    return deepcopy(world_once)


@pytest.fixture(autouse=True)
def _own_press(request, monkeypatch):
    if request.node.get_closest_marker("typesets"):
        monkeypatch.setattr(pdf, "typeset", press.really)


@pytest.fixture(autouse=True)
def _own_numbers(request):
    """Each test numbers its rows from the same number on, alone or after others: what it prints is the same, too."""
    if "module_db" not in request.fixturenames:
        import_module("tests.factories").number_from(1)


@pytest.fixture(autouse=True)
def _own_places(request, settings, tmp_path, pki):
    settings.VAULT_DIR = tmp_path / "vault"
    if "module_db" in request.fixturenames and (made := request.getfixturevalue("module_vault")).exists():
        shutil.copytree(made, settings.VAULT_DIR)
    settings.PKI_DIR = pki
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    settings.HEADS_DIR = tmp_path / "heads"
    import_module("records.heads").alarm.cache_clear()
    cache.clear()


def pytest_configure():
    django_settings.VAR_DIR.mkdir(exist_ok=True)
    # WhiteNoise warns of a missing folder, and warnings are errors here.
    django_settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    config = django_settings.DATABASES["default"]
    if "postgresql" in config["ENGINE"]:
        # What a test writes need not outlive a power cut, so no commit waits for the disk.
        config["OPTIONS"]["options"] += " -c synchronous_commit=off"
    # It would read the whole of static/ for every test client.
    django_settings.WHITENOISE_AUTOREFRESH = True
    # In server mode the files are named by a manifest that only collectstatic writes.
    django_settings.STORAGES = django_settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    django_settings.ACCOUNT_RATE_LIMITS = False
    # `cache.clear()` empties a whole Redis database: the other worker's counters and the broker's queue with it.
    django_settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
