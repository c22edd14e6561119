"""The test database of a process: a copy of one that is migrated once, because the migrations take ten seconds.

The migrated one is kept from run to run under a name that says what it was made of. A process has a copy of its own,
so two runs in one tree do not disturb each other.
"""

import ast
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings
from django.db import OperationalError

ROOT = Path(settings.BASE_DIR)
APPS = ["records", "accounts", "agreements", "kpis", "incidents", "reviews", "reports", "slaportal"]


def prepare(connection, folder):
    """Let the coming test database of this process be a copy."""
    test = connection.settings_dict["TEST"]
    with _one_at_a_time():
        if connection.vendor == "sqlite":
            # A file: shared-cache memory databases answer "table is locked" to the threads of a live server.
            test["NAME"] = folder / "test.sqlite3"
            shutil.copy(_file(), test["NAME"])
        else:
            # The tree by a digest: PostgreSQL cuts a name at 63 bytes.
            ours = f"test_{connection.settings_dict['NAME'][:24]}_{_digest(str(ROOT).encode())[:8]}"
            test["NAME"] = f"{ours}_{os.getpid()}"
            test["TEMPLATE"] = _template(connection, ours)


def url(connection):
    """The address of the database that a test is connected to, for a process of its own."""
    named = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{named['NAME']}"
    return f"postgres://{named['USER']}:{named['PASSWORD']}@{named['HOST']}:{named['PORT']}/{named['NAME']}"


def _file():
    """The migrated SQLite file."""
    wanted = settings.VAR_DIR / f"test-migrated-{made_of()}.sqlite3"
    if not wanted.exists():
        for old in settings.VAR_DIR.glob("test-migrated-*"):
            old.unlink()
        aside = wanted.with_suffix(".unfinished")
        _migrate(f"sqlite:///{aside}")
        aside.rename(wanted)
    return wanted


def _template(connection, ours):
    """The name of the migrated PostgreSQL database; drops what runs of this tree left behind that were killed."""
    wanted = f"{ours}_migrated_{made_of()[:12]}"
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [f"{ours}_"])
        there = {name for (name,) in cursor.fetchall()}
        for name in there - {wanted}:
            owner = name.removeprefix(f"{ours}_")
            if not (owner.isdigit() and Path(f"/proc/{owner}").exists()):
                _drop(cursor, name)
        if wanted in there:
            return wanted
        aside = f"{ours}_unfinished"
        cursor.execute(f'CREATE DATABASE "{aside}"')
        cursor.execute(f'ALTER DATABASE "{aside}" SET synchronous_commit = off')
        at = connection.settings_dict
        _migrate(f"postgres://{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT']}/{aside}")
        cursor.execute(f'ALTER DATABASE "{aside}" RENAME TO "{wanted}"')
    return wanted


def _drop(cursor, name):
    with suppress(OperationalError):  # somebody is in it
        cursor.execute(f'DROP DATABASE "{name}"')


def _migrate(url):
    command = [sys.executable, ROOT / "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, env=os.environ | {"DATABASE_URL": url}, check=True)


@contextmanager
def _one_at_a_time():
    settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
    with (settings.VAR_DIR / "test-migrated.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def made_of():
    """A digest of all that the migrations make a database from: they themselves, the modules of ours that they
    import, the texts beside these, and the packages."""
    modules, waiting = set(), [file for app in APPS for file in (ROOT / app / "migrations").glob("*.py")]
    while waiting:
        file = waiting.pop()
        if file not in modules:
            modules.add(file)
            waiting += _imported(file)
    texts = [file for app in APPS for file in (ROOT / app).rglob("*") if file.suffix in (".md", ".json")]
    packages = (ROOT / "requirements").glob("*.txt")
    parts = [f"{file.relative_to(ROOT)} {_digest(file.read_bytes())}" for file in {*modules, *texts, *packages}]
    return _digest("\n".join(sorted(parts)).encode())


def _imported(file):
    """The files of ours that a module imports, by any of its names: those of packages and those inside them."""
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        for name in names:
            place = ROOT / name.replace(".", "/")
            yield from (found for found in (place.with_suffix(".py"), place / "__init__.py") if found.is_file())


def _digest(content):
    return hashlib.sha256(content).hexdigest()
