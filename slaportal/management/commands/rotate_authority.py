from datetime import date

from django.core.management.base import BaseCommand

from records import actions, clock
from slaportal import verifying


class Command(BaseCommand):
    help = (
        "Begin a new certificate authority, after a suspicion or by plan. The old root stays for validation, its key "
        "is destroyed. Stop web and engine first; publish the new fingerprint afterwards."
    )

    def add_arguments(self, parser):
        parser.add_argument("reason")
        parser.add_argument(
            "--compromised-on", type=date.fromisoformat, help="day from which the old key may have been in other hands"
        )

    def handle(self, *, reason, compromised_on, **options):
        actions.rotate_authority(reason=reason, compromised_on=compromised_on, actor=None, at=clock.now())
        for name, fingerprint in zip(["new root", *["old root"] * 99], verifying.fingerprints(), strict=False):
            self.stdout.write(f"{name}  {fingerprint}")
