"""Server mode for real: a Celery worker and beat in their own processes, on PostgreSQL and Redis."""

import os
import signal
import subprocess
import sys
import time

import pytest
import redis
from celery import current_app
from django.conf import settings as django_settings
from django.db import connection, transaction

from accounts import nudge
from accounts.models import Message
from accounts.notifications import notify
from incidents import escalation
from incidents.models import Step
from incidents.subjects import Subject
from records import audit, clock
from records.models import AuditEntry, ChainLink, Sweep
from slaportal.timetable import TIMETABLE
from tests.factories import make_user
from tests.incidents.rows import make_ladder

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
needs_redis = pytest.mark.skipif(django_settings.EMBEDDED, reason="needs REDIS_URL")
PATIENCE = 60


@pytest.fixture
def server(tmp_path):
    """Start parts of the server on this test's database; ends them, however the test ends."""
    if django_settings.EMBEDDED:
        pytest.skip("needs REDIS_URL")
    broker = redis.Redis.from_url(django_settings.REDIS_URL)
    broker.flushdb()
    database = connection.settings_dict
    url = f"postgres://{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    environment = os.environ | {"DATABASE_URL": url, "VAR_DIR": str(tmp_path)}
    parts = []

    def start(*command):
        celery = [sys.executable, "-m", "celery", "-A", "slaportal", *command]
        parts.append(subprocess.Popen(celery, env=environment, start_new_session=True))
        return parts[-1]

    yield start
    for part in parts:
        if part.poll() is None:
            os.killpg(part.pid, signal.SIGKILL)
        part.wait()
    broker.flushdb()


def worker(start):
    return start("worker", "--loglevel", "error", "--concurrency", "1", "--queues", "critical,default,bulk")


def eventually(holds):
    """Look until it holds; the parts are other processes, so there is nothing else to wait for."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.2)


def tell(key="k"):
    with transaction.atomic():
        notify([make_user()], key=key, title="Hello", text="Hello", url="/", at=clock.now())
        nudge.engine("accounts.deliver")


def test_an_act_wakes_the_worker(server, tmp_path):
    worker(server)
    tell()
    eventually(lambda: Message.objects.get().state == "sent")
    assert len(list((tmp_path / "mail").iterdir())) == 1


def test_beat_runs_the_timetable(server, tmp_path):
    worker(server)
    server("beat", "--loglevel", "error", "--schedule", str(tmp_path / "schedule"))
    user = make_user()
    audit.record("user.seen", user, actor=user, at=clock.now())
    # Nothing nudged it: beat alone brings the sweep.
    eventually(lambda: ChainLink.objects.count() == AuditEntry.objects.count() == 1)
    eventually(lambda: Sweep.objects.filter(name="accounts.deliver", finished_at__isnull=False).exists())


def test_two_beats_and_two_workers_tell_each_level_once(server, tmp_path):
    """Each beat sends every sweep: whichever worker takes it, each step fires once and each mail goes once."""
    version, _people = make_ladder()
    key = f"agreements.agreement:{version.agreement.pk}"
    runs = [escalation.start(Subject(f"{key}:{n}", "Late", "/x/"), version, at=clock.now()) for n in range(30)]
    for number in range(2):
        worker(server)
        server("beat", "--loglevel", "error", "--schedule", str(tmp_path / f"schedule-{number}"))
    groups = [f"run:{run.pk}" for run in runs]
    mails = Message.objects.filter(group__in=groups)
    eventually(lambda: mails.filter(state="sent").count() == len(runs))
    assert sorted(mails.values_list("group", flat=True)) == sorted(groups)
    fired = Step.objects.filter(run__in=runs, state="fired").values_list("run", "level")
    assert sorted(fired) == sorted((run.pk, 0) for run in runs)
    assert AuditEntry.objects.filter(verb="escalation.told").count() == len(runs)
    written = "".join(file.read_text() for file in (tmp_path / "mail").iterdir())
    assert {written.count(f"<{mail.key.replace(':', '.')}@") for mail in mails} == {1}


def test_a_killed_worker_loses_nothing(server):
    first = worker(server)
    tell("before")
    eventually(lambda: Message.objects.filter(state="sent").count() == 1)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    tell("after")
    worker(server)
    eventually(lambda: Message.objects.filter(state="sent").count() == 2)


def test_an_act_succeeds_while_the_broker_is_away(settings):
    """The nudge is swallowed; the sweep is the truth."""
    settings.EMBEDDED = False
    broker, current_app.conf.broker_url = current_app.conf.broker_url, "redis://127.0.0.1:1/0"
    current_app.pool.force_close_all()
    try:
        tell()
    finally:
        current_app.conf.broker_url = broker
        current_app.pool.force_close_all()
    assert Message.objects.get().state == "pending"


@needs_redis
def test_every_sweep_has_a_queue_that_the_worker_serves():
    served = {"critical", "default", "bulk"}
    for name in TIMETABLE:
        assert current_app.amqp.router.route({}, name)["queue"].name in served
