"""Two engines at once, each a process of its own, on the database that the run uses."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from accounts.models import Message, Notice
from incidents import escalation
from incidents.models import Step
from incidents.subjects import Subject
from records.models import AuditEntry
from tests import database
from tests.incidents.rows import CLOSED, make_ladder

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
RUNS = 40


def start_engine(folder):
    env = os.environ | {"DATABASE_URL": database.url(connection), "REDIS_URL": "", "VAR_DIR": str(folder)}
    command = [sys.executable, "manage.py", "engine", "--once"]
    return subprocess.Popen(command, cwd=Path(__file__).parents[2], env=env, stderr=subprocess.PIPE, text=True)


def test_two_engines_fire_each_step_and_send_each_mail_once(tmp_path):
    version, _people = make_ladder()
    runs = [
        escalation.start(Subject(f"agreements.agreement:{version.agreement.pk}:{n}", "Late", "/x/"), version, at=CLOSED)
        for n in range(RUNS)
    ]
    connection.close()  # so that no lock of ours is in their way

    engines = [start_engine(tmp_path) for _ in range(2)]
    said = [engine.communicate(timeout=300)[1] for engine in engines]

    # SQLite may let one of them wait too long for the other; its next turn would do what is left.
    assert min(engine.returncode for engine in engines) == 0, said
    ours = Step.objects.filter(run__in=runs)
    assert not ours.filter(state="pending").exists()
    # Long ago: the levels between are coalesced, the last is told.
    assert sorted(ours.filter(state="fired").values_list("run", "level")) == sorted((run.pk, 2) for run in runs)
    assert AuditEntry.objects.filter(verb="escalation.told", data__level=2).count() == RUNS
    keys = [key for run in runs for key in (f"run:{run.pk}:2:1", f"run:{run.pk}:2:1:passed")]
    told = list(Notice.objects.filter(key__in=keys).values_list("recipient", "key"))
    assert len(told) == len(set(told)) == RUNS * 4
    mails = "".join(file.read_text() for file in (tmp_path / "mail").iterdir())
    sent = Message.objects.filter(state="sent", group__in=[f"run:{run.pk}" for run in runs])
    assert sent.count() == RUNS * 4
    assert {mails.count(f"<{mail.key.replace(':', '.')}@") for mail in sent} == {1}
