import json
import os
import secrets
import shutil
import sys
import time
from datetime import timedelta

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from accounts.models import Membership, User
from records import clock
from slaportal.demo import summary
from slaportal.demo.story import Story, tell


class Command(BaseCommand):
    help = "Run the main job on real input, from two organisations to an amendment, then serve the portal."

    def add_arguments(self, parser):
        parser.add_argument("--no-serve", action="store_true", help="stop after the job")
        parser.add_argument("--bind", default="127.0.0.1:8000")

    def handle(self, *, no_serve, bind, **options):
        if not settings.EMBEDDED or connection.vendor != "sqlite":
            raise CommandError("The demo is for the embedded portal: unset DATABASE_URL and REDIS_URL.")
        note = _read_note()
        if not note or not note["finished"]:
            note = self._tell(unfinished=bool(note))
        else:
            self.stdout.write("The main job ran before; its data is in var/.")
        clock.shift(timedelta(seconds=note["clock_offset"]))
        self._print(note)
        if not no_serve:
            self._serve(note, bind)

    def _tell(self, *, unfinished):
        if unfinished:
            self.stdout.write("An earlier run did not finish; it begins again.")
            _forget()
        call_command("migrate", verbosity=0)
        if User.objects.exists():
            raise CommandError(
                f"{connection.settings_dict['NAME']} has people already. The demo wants an empty database: "
                "name another folder with VAR_DIR, or move this one away."
            )
        note = {"finished": False, "password": secrets.token_urlsafe(9), "secret_key": secrets.token_urlsafe(48)}
        _write_note(note)
        begun = time.monotonic()
        for number, of, title in tell(Story(password=note["password"])):
            self.stdout.write(f"[{number:>2}/{of}] {title}")
            self.stdout.flush()
        note |= {
            "finished": True,
            "seconds": round(time.monotonic() - begun, 1),
            "clock_offset": round(clock.offset().total_seconds()),
        }
        _write_note(note)
        return note

    def _print(self, note):
        self.stdout.write(f"\nThe main job took {note['seconds']} s (goal: 60 s on two cores).\n")
        for line in summary.lines():
            self.stdout.write(line)
        folder = summary.export(settings.VAR_DIR / "demo")
        self.stdout.write(f"\nPDFs: {folder}\nE-mails: {settings.EMAIL_FILE_PATH}\n\nSign in with one of these:")
        for role in Membership.objects.filter(until=None).select_related("user", "organisation").order_by("pk"):
            who = f"{role.user.email:<28}{role.user.name:<18}{role.get_role_display()}, {role.organisation}"
            self.stdout.write(f"  {who}")
        self.stdout.write(f"  password of all: {note['password']}\n")

    def _serve(self, note, bind):
        self.stdout.write(f"\nServing http://{bind} (Ctrl-C stops)\n")
        self.stdout.flush()
        environment = os.environ | {
            "DEBUG": "False",
            "SECRET_KEY": note["secret_key"],
            "CLOCK_OFFSET": str(note["clock_offset"]),
        }
        os.execve(sys.executable, [sys.executable, "manage.py", "serve", "--bind", bind], environment)


def _note():
    return settings.VAR_DIR / "demo.json"


def _read_note():
    return json.loads(_note().read_text()) if _note().exists() else None


def _write_note(note):
    settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
    _note().write_text(json.dumps(note, indent=1))
    _note().chmod(0o600)


def _forget():
    """Drop what an unfinished demo made; its note says that the folder was empty before it."""
    connection.close()
    name = str(connection.settings_dict["NAME"])
    for file in (name, f"{name}-wal", f"{name}-shm"):
        settings.BASE_DIR.joinpath(file).unlink(missing_ok=True)
    for folder in (settings.VAULT_DIR, settings.EMAIL_FILE_PATH, settings.HEADS_DIR):
        shutil.rmtree(folder, ignore_errors=True)
