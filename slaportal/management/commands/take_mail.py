import sys

from django.core.management.base import BaseCommand, CommandError

from incidents import actions
from incidents.mailbox import Unreadable
from records import clock


class Command(BaseCommand):
    help = "Take one e-mail (RFC 822, on standard input) in as a remark or an incident. Pipe your mail server here."

    def handle(self, **options):
        try:
            made = actions.take_mail(sys.stdin.buffer.read(), at=clock.now())
        except Unreadable as error:
            raise CommandError(f"Left aside: {error}.") from error
        self.stdout.write(f"Taken in: {made._meta.verbose_name} {made.pk}" if made else "Nothing to take in.")
