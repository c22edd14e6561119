import signal
import subprocess
import sys
import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Serve the portal embedded: the web server and the engine, until Ctrl-C. Server mode has its own processes."

    def add_arguments(self, parser):
        parser.add_argument("--bind", default="127.0.0.1:8000")

    def handle(self, *, bind, **options):
        if not settings.EMBEDDED:
            raise CommandError("With REDIS_URL the parts run on their own: gunicorn, celery worker, celery beat.")
        web = [sys.executable, "-m", "gunicorn", "slaportal.wsgi", "--bind", bind, "--worker-class", "gthread",
               "--workers", "2", "--threads", "4", "--log-level", "warning"]  # fmt: skip
        parts = [subprocess.Popen(web), subprocess.Popen([sys.executable, "manage.py", "engine"])]
        signal.signal(signal.SIGTERM, _stop)
        try:
            while all(part.poll() is None for part in parts):
                time.sleep(0.5)
            raise CommandError("The web server or the engine has stopped; see above.")
        except KeyboardInterrupt:
            self.stdout.write("Stopped.")
        finally:
            for part in parts:
                part.terminate()
            for part in parts:
                part.wait()


def _stop(*_):
    raise KeyboardInterrupt
