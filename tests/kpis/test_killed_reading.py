"""Workers killed with `kill -9` over a long file: another begins it again, and nothing is there twice or by halves.

What is there is asked in plain SQL: what the code says of itself proves nothing here.
"""

import json
import os
import random
import subprocess
import sys
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.db import connection

from kpis import actions
from kpis.intake import keeping
from kpis.models import HeldFile
from records import clock
from records.models import Document
from tests import database
from tests.kpis.delivered import left_behind, lines

ROWS = 42_000
DAYS = ROWS // 1440 + 1


@pytest.fixture
def long_file():
    content = ("at,value\n" + "\n".join(lines(ROWS, "2024-01-01T00:00"))).encode()
    assert len(content) > actions.holding.SMALL
    return content


def lives(settings, *statements):
    """Let workers of a process of their own live so long; whether each was killed."""
    env = os.environ | {"DATABASE_URL": database.url(connection), "REDIS_URL": "", "VAR_DIR": str(settings.VAR_DIR)}
    command = [sys.executable, "-m", "tests.kpis.mortal", *map(str, statements)]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], env=env, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout.splitlines()[-1])


def one(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()


def what_is_there():
    """Rows, how many differ, deliveries with what they say, dirty days, entries of the audit trail."""
    rows = one("SELECT count(*), count(DISTINCT at) FROM kpis_sample")
    told = one("SELECT count(*), coalesce(sum(added), 0) FROM kpis_delivery")
    return *rows, *told, one("SELECT count(DISTINCT day) FROM kpis_dirtyday")[0], entries("data.taken_in")


def entries(verb):
    return one(f"SELECT count(*) FROM records_auditentry WHERE verb = '{verb}'")[0]


NOTHING, ALL = (0, 0, 0, 0, 0, 0), (ROWS, ROWS, 1, ROWS, DAYS, 1)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(2))
def test_nothing_is_lost_nothing_comes_twice_and_nothing_by_halves(probe, settings, long_file, seed):
    numbers = random.Random(seed)
    actions.hold_file(
        probe.stream, file=BytesIO(long_file), filename="long.csv", actor=probe.person, at=clock.now(),
        timezone="UTC",
    )  # fmt: skip
    folder = keeping.folder(HeldFile.objects.get().folder)

    # Two of its three attempts end early: over the file, over its rows, before or after the last word.
    assert lives(settings, numbers.choice([3, 5, -6]), numbers.choice([8, -9, 10]), 0) == [True, True, False]
    assert what_is_there() == NOTHING
    held = HeldFile.objects.get()
    assert (held.state, held.report["added"]) == ("checked", ROWS)
    assert held.attempts in (2, 3)  # a claim that was not committed is none

    actions.decide_held(held, actor=probe.person, at=clock.now())
    for number in numbers.sample([5, -6, 12, -13, 15, -16, 17], 2):
        assert lives(settings, number) == [True]
        assert what_is_there() == NOTHING
        HeldFile.objects.update(lease_until=clock.now())  # its two minutes are over
    assert lives(settings, 0) == [False]

    assert what_is_there() == ALL
    assert (HeldFile.objects.count(), folder.exists()) == (0, False)
    assert Document.objects.filter(kind="data").count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_a_killed_process_left_is_removed_a_day_later(probe):
    old, young = left_behind("old", stream=probe.stream), left_behind("young", stream=probe.stream, days=0)
    actions.hold_file(
        probe.stream, file=BytesIO(b"at,value\n"), filename="x.csv", actor=probe.person, at=clock.now()
    )
    kept = left_behind("held", stream=probe.stream)
    other = keeping.folder("lost+found")  # what the portal did not make it leaves alone
    other.mkdir()
    os.utime(other, (0, 0))
    HeldFile.objects.update(folder=kept.name)

    assert actions.clear_intake(now=clock.now()) == 1
    assert (old.exists(), young.exists(), kept.exists(), other.exists()) == (False, True, True, True)
    assert entries("data.cleared") == 1
    assert actions.clear_intake(now=clock.now()) == 0
    assert entries("data.cleared") == 1


@pytest.mark.django_db
def test_a_folder_that_was_read_lately_is_no_orphan(probe):
    folder = left_behind(stream=probe.stream)
    (folder / "rows").write_text("")

    assert actions.clear_intake(now=clock.now() + timedelta(days=365)) == 0


@pytest.mark.django_db
def test_where_nothing_was_ever_held_there_is_nothing_to_remove(probe):
    assert actions.clear_intake(now=clock.now()) == 0
