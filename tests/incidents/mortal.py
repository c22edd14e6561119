"""Engines that die: forks that run the real sweeps and kill themselves with SIGKILL at a random statement.

Run as a program by test_killed.py, so that nothing of the test's own process is forked: it prints one line of JSON.
"""

import json
import os
import random
import signal
import sys
from contextlib import suppress
from datetime import datetime, timedelta

STATEMENTS = 120  # a life ends after at most so many
TOGETHER = 2  # engines at a time
STEP = timedelta(seconds=30)  # of the clock, between two generations


def main(seed, generations, began):
    os.environ["DJANGO_SETTINGS_MODULE"] = "slaportal.settings"
    import django

    django.setup()
    _prepare()
    now, killed, numbers = datetime.fromisoformat(began), 0, random.Random(seed)
    for _generation in range(generations):
        children = [_fork(numbers.random(), now) for _ in range(TOGETHER)]
        killed += sum(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL for pid in children)
        now += STEP
    print(json.dumps({"killed": killed, "now": now.isoformat()}))


def _prepare():
    """Load before the fork what each life would load anew: modules, addresses, the name of this machine for SMTP."""
    from django.core.mail.utils import DNS_NAME
    from django.urls import reverse

    import incidents.actions

    DNS_NAME.get_fqdn()
    reverse("home")


def _fork(seed, now):
    pid = os.fork()
    if pid:
        return pid
    try:
        _live(random.Random(seed), now)
        os._exit(0)
    except BaseException as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        os._exit(1)


def _live(numbers, now):
    from django.db import connection

    from accounts import outbox
    from incidents import escalation

    left, after = [numbers.randint(1, STATEMENTS)], numbers.random() < 0.5

    def count(execute, sql, params, many, context):
        left[0] -= 1
        if left[0] == 0 and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        found = execute(sql, params, many, context)
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return found

    escalation.BATCH = numbers.choice([1, 3, 20])
    with connection.execute_wrapper(count):
        acts = [
            lambda: escalation.tick(now=now),
            lambda: outbox.deliver(now=now, batch=numbers.choice([1, 5, 20])),
            lambda: _acknowledge(numbers, now),
        ]
        for act in numbers.choices(acts, k=6):
            act()


def _acknowledge(numbers, now):
    from django_fsm import TransitionNotAllowed

    from accounts.models import User
    from incidents import actions
    from incidents.models import Run

    active = list(Run.objects.filter(state=Run.State.ACTIVE, level__gte=0).order_by("pk")[:40])
    for run in numbers.sample(active, min(3, len(active))):
        with suppress(TransitionNotAllowed):
            actions.acknowledge_run(run, actor=User.objects.get(name="Service desk lead"), at=now)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
