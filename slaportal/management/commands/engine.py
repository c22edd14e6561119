import signal
import threading
import time

from django.core.management.base import BaseCommand, CommandError

from slaportal import engine


class Command(BaseCommand):
    help = "Run the engine: everything that happens by time. In server mode Celery worker and beat do this."

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="run every sweep once and stop")

    def handle(self, *, once, **options):
        if once:
            if failed := engine.run_once():
                raise CommandError(f"{failed} sweeps failed; see the log")
            return
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        self.stdout.write("The engine runs. Stop it with Ctrl-C.")
        engine.run_forever(stop, time.monotonic)
