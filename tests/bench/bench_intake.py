"""What it costs to take samples in: a file and the API by their real paths, beside what the database can do at best.

Beside `COPY` into a table with the same key on PostgreSQL, `executemany` of ready tuples on SQLite, and beside
`bulk_create`. `INTAKE_ROWS=50000 make bench` makes it smaller.
"""

import io
import json
import os
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from statistics import median
from time import perf_counter

import pytest
from django.db import connection, transaction
from django.urls import reverse

from accounts import actions as people
from kpis import actions
from kpis.models import DirtyDay, HeldFile, Indicator, Sample
from tests.bench.conftest import RATIOS
from tests.kpis.build import JULY, make_bound

pytestmark = pytest.mark.django_db
ROWS = int(os.environ.get("INTAKE_ROWS", 1_000_000))
RUNS = 3 if ROWS >= 500_000 else 5
FIRST = datetime(2024, 1, 1, tzinfo=UTC)
POSTGRES = connection.vendor == "postgresql"
# SQLite has no COPY; its own best is a statement with ready values.
FILE_GOAL, API_GOAL = (0.35, 0.2) if POSTGRES else (0.25, 0.1)
KEY = ["indicator_id", "at", "source", "external_id", "revision"]


def moments(count):
    return [f"{FIRST + timedelta(seconds=30 * n):%Y-%m-%d %H:%M:%S}" for n in range(count)]


@pytest.fixture(scope="module")
def file():
    lines = [f"{at[:10]}T{at[11:]}Z,{n % 900}.{n % 100:02}" for n, at in enumerate(moments(ROWS))]
    return ("at,value\n" + "\n".join(lines) + "\n").encode()


@pytest.fixture
def who():
    agreement, person = make_bound()
    return person, Indicator.objects.create(organisation=agreement.provider, key="p", name="P", kind="values")


def best(run):
    """The median rate of some runs, each undone: rows a second."""
    seconds = []
    for _ in range(RUNS):
        with transaction.atomic():
            begun = perf_counter()
            count = run()
            seconds.append(perf_counter() - begun)
            transaction.set_rollback(True)
    return count / median(seconds)


def bare():
    """Ready values into a table with the key of kpis_sample, as fast as the database takes them."""
    at = moments(ROWS)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_bare")
        like = "(LIKE kpis_sample INCLUDING ALL)" if POSTGRES else None
        sql = f"CREATE TABLE bench_bare {like}" if like else _schema()
        cursor.execute(sql)
    if POSTGRES:
        text = "".join(f"1\t{each}\tp\t\t0\tf\t1\t{n % 900}.{n % 100:02}\t\n" for n, each in enumerate(at))
        columns = f"{', '.join(KEY)}, voided, delivery_id, value, evidence"

        def run():
            with connection.cursor() as cursor:
                cursor.copy_expert(f"COPY bench_bare ({columns}) FROM STDIN", io.StringIO(text))
            return ROWS
    else:
        rows = [(1, each, "p", "", 0, 0, 1, f"{n % 900}.{n % 100:02}", "") for n, each in enumerate(at)]
        columns = f"{', '.join(KEY)}, voided, delivery_id, value, evidence"
        insert = f"INSERT INTO bench_bare ({columns}) VALUES ({', '.join(['%s'] * 9)})"

        def run():
            with connection.cursor() as cursor:
                cursor.executemany(insert, rows)
            return ROWS
    return best(run)


def _schema():
    with connection.cursor() as cursor:
        cursor.execute("SELECT sql FROM sqlite_master WHERE name = 'kpis_sample'")
        return cursor.fetchone()[0].replace('"kpis_sample"', '"bench_bare"')


def bulk_create():
    count = min(ROWS, 50_000)

    def run():
        Sample.objects.bulk_create(
            [
                Sample(
                    indicator_id=1, at=FIRST + timedelta(seconds=30 * n), source="p", delivery_id=1,
                    value=Decimal(n % 900),
                )
                for n in range(count)
            ],
            batch_size=2000,
        )
        return count

    return best(run)


@pytest.fixture(scope="module")
def limits(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        yield bare(), bulk_create()
        transaction.set_rollback(True)


def test_a_file(limits, who, file):
    person, stream = who

    def run():
        held = actions.hold_file(stream, file=io.BytesIO(file), filename="p.csv", actor=person, at=JULY)
        actions.read_files(now=JULY)
        held.refresh_from_db()
        assert held.report["added"] == ROWS
        if actions.decide_held(held, actor=person, at=JULY) is None:
            actions.read_files(now=JULY)
        assert Sample.objects.filter(indicator_id=stream.pk).count() == ROWS
        assert DirtyDay.objects.filter(indicator_id=stream.pk).count() == -(-ROWS // 2880)
        assert not HeldFile.objects.exists()
        return ROWS

    note("CSV file, read, checked and taken in", best(run), limits, FILE_GOAL)


def test_the_api(limits, who, client):
    person, stream = who
    _token, secret = people.create_token(
        user=person, name="bench", scopes=["samples"], expires_at=None, actor=person, at=JULY
    )
    at, size = moments(min(ROWS, 200_000)), 10_000
    bodies = [
        json.dumps({"rows": [
            {"at": f"{each[:10]}T{each[11:]}Z", "value": f"{n % 900}.5"}
            for n, each in enumerate(at[start : start + size])
        ]})
        for start in range(0, len(at), size)
    ]

    def run():
        for body in bodies:
            answer = client.post(
                reverse("api:rows", args=[stream.key]), body, content_type="application/json",
                headers={"authorization": f"Bearer {secret}"},
            )
            assert answer.status_code == 200, answer.content
        return len(at)

    note("JSON through the API, 10,000 a request", best(run), limits, API_GOAL)


def note(name, rate, limits, goal):
    copy, create = limits
    RATIOS.append((name, rate, rate / copy, goal, rate / create))
