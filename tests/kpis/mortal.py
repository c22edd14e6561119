"""Workers that die over a long file: forks that run the real sweep and kill themselves with SIGKILL at a statement.

Run as a program by test_killed_reading.py, so that nothing of the test's own process is forked. It prints what became
of each life: killed or not.
"""

import json
import os
import signal
import sys
from datetime import timedelta

LATER = timedelta(minutes=5)  # than the lease of the life before


def main(*statements):
    """A life for each number: it ends before that statement, or after it when the number is below zero; 0 lives on."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "slaportal.settings"
    import django

    django.setup()
    import kpis.actions

    killed = []
    for place, number in enumerate(statements):
        pid = os.fork()
        if not pid:
            _live(number, place * LATER)
        killed.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL)
    print(json.dumps(killed))


def _live(number, later):
    from django.db import connection

    from kpis import actions
    from records import clock

    left = [abs(number)]

    def count(execute, sql, params, many, context):
        left[0] -= 1
        if left[0] == 0 and number > 0:
            os.kill(os.getpid(), signal.SIGKILL)
        found = execute(sql, params, many, context)
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return found

    clock.shift(later)
    with connection.execute_wrapper(count):
        actions.read_files(now=clock.now())
    os._exit(0)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
