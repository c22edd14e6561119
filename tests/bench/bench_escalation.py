"""The engine over 100,000 open runs, the outbox with one claimer and with two, an acknowledgement among as many."""

from datetime import timedelta
from multiprocessing import get_context
from time import perf_counter

import pytest
from django.db import connection, transaction

from accounts import outbox
from accounts.models import Message, Notice
from incidents import actions, escalation
from incidents.models import Breach, Run, Step
from incidents.subjects import Subject
from tests.factories import MAY, make_user
from tests.incidents.rows import CLOSED, DAY, JUNE, make_breach, make_ladder

RUNS, DUE, MESSAGES = 100_000, 1000, 4000
LONG_AGO = CLOSED - 30 * DAY


def make_open(count):
    """Open runs that wait for a level far away, of fifty agreements; returns their ids."""
    ladders = [make_ladder() for _ in range(50)]
    heads = [
        escalation.start(Subject(f"agreements.agreement:{version.agreement.pk}:0", "Late", "/x/"), version, at=CLOSED)
        for version, _people in ladders
    ]
    escalation.tick(now=CLOSED)
    names = ("agreement", "title", "url", "terms_sha256", "matrix", "top", "started_at", "awake_from")
    runs = [
        Run(subject=f"agreements.agreement:{head.agreement_id}:{n}", level=0,
            **{name: getattr(head, name) for name in names})
        for n in range(1, 1 + count // 50) for head in heads
    ]
    Run.objects.bulk_create(runs, batch_size=2000)
    Step.objects.bulk_create([Step(run=run, level=1, due_at=CLOSED + 100 * DAY) for run in runs], batch_size=5000)
    analyse()
    return [run.pk for run in runs]


def analyse():
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


@pytest.mark.django_db
def test_tick(bench):
    ids = make_open(RUNS)
    turns = iter(range(0, RUNS, DUE))

    def some_due():
        turn = next(turns)
        at = CLOSED + timedelta(minutes=turn // DUE)
        Step.objects.filter(run__in=ids[turn : turn + DUE]).update(due_at=at)
        return at

    def tick(at):
        assert escalation.tick(now=at) == DUE

    bench("A tick over 100,000 open runs, 1,000 due", tick, goal=1, runs=3, setup=some_due)
    assert Notice.objects.filter(key__contains=":1:1").count() >= 3 * DUE * 2


@pytest.mark.django_db
def test_acknowledge(bench):
    version, people = make_ladder()
    real = [make_breach(version, lo=MAY.replace(year), hi=JUNE.replace(year)) for year in range(2010, 2016)]
    first = Run.objects.get(breach=real[0])
    names = ("agreement", "title", "figures", "opened_at")
    breaches = Breach.objects.bulk_create(
        [Breach(number=f"BR-9{n:06}", cause=f"bench:{n}", **{name: getattr(real[0], name) for name in names})
         for n in range(RUNS)], batch_size=2000,
    )
    names = ("agreement", "title", "url", "terms_sha256", "matrix", "top", "started_at", "awake_from")
    runs = Run.objects.bulk_create(
        [Run(subject=f"incidents.breach:{each.pk}", breach=each, **{name: getattr(first, name) for name in names})
         for each in breaches], batch_size=2000,
    )
    Step.objects.bulk_create([Step(run=run, level=1, due_at=CLOSED + 100 * DAY) for run in runs], batch_size=5000)
    analyse()
    escalation.tick(now=CLOSED)
    left = iter(real)
    bench("Acknowledge one of 100,000 open breaches",
          lambda: actions.acknowledge(next(left), actor=people["p-desk"], at=CLOSED), goal=0.15)
    assert Breach.objects.filter(state="acknowledged").count() == 5


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_claim(bench):
    """Two workers against one: how much faster they empty the same outbox, and that none takes another's."""
    person = make_user()
    taken = {}

    def fill(workers):
        with transaction.atomic():
            Message.objects.all().delete()
            Message.objects.bulk_create(
                [Message(key=f"{workers}:{n}", recipient=person, address="a@example.org", subject="s", body="b",
                         next_try_at=LONG_AGO, created_at=LONG_AGO) for n in range(MESSAGES)], batch_size=1000,
            )
        analyse()

    for workers in (1, 2):
        fill(workers)
        connection.close()  # a fork must not share it
        begun = perf_counter()
        with get_context("fork").Pool(workers) as pool:
            found = [pk for part in pool.map(work, range(workers)) for pk in part]
        taken[workers] = perf_counter() - begun
        assert len(found) == len(set(found)) == MESSAGES
    ratio = taken[1] / taken[2]
    bench.note(f"Claim, start and settle {MESSAGES} messages: two processes against one", f"{ratio:.2f} x  goal 1.60 x")


def work(_):
    """Empty the outbox as a worker does, but for the sending; returns what was taken."""
    found = []
    try:
        while ids := outbox.claim(now=CLOSED, batch=20):
            found += [pk for pk, _token in ids]
            for pk, token in ids:
                outbox._start(pk, token, CLOSED)
                outbox._settle(pk, token, None, CLOSED)
    finally:
        connection.close()
    return found
