from django.core.management.base import BaseCommand, CommandError

from records import actions, clock, heads


class Command(BaseCommand):
    help = (
        "Go on with a database that was restored from an older backup, after looking for a newer one. The heads that "
        "are lost are written into the chain. Restart web and engine afterwards."
    )

    def add_arguments(self, parser):
        parser.add_argument("reason")

    def handle(self, *, reason, **options):
        if heads.missing() is None:
            raise CommandError("This database holds the last head that was told to the parties; nothing to accept.")
        for words in actions.accept_restore(reason=reason, actor=None, at=clock.now()):
            self.stdout.write(f"lost  {words}")
