from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts import actions
from accounts.models import Role, User
from records import clock


class Command(BaseCommand):
    help = "Make the first organisation and invite its administrator; prints the link. For an empty portal."

    def add_arguments(self, parser):
        parser.add_argument("email")
        parser.add_argument("name")
        parser.add_argument("organisation")
        parser.add_argument("--timezone", default="UTC")

    def handle(self, *, email, name, organisation, timezone, **options):
        if User.objects.exists():
            raise CommandError("The portal has people already; an administrator invites the others.")
        at = clock.now()
        try:
            home = actions.create_organisation(
                name=organisation, internal=True, timezone=timezone, actor=None, at=at
            )
        except actions.Refused as error:
            raise CommandError(str(error)) from error
        _invitation, path = actions.invite(
            email=email, name=name, organisation=home, role=Role.ADMIN, actor=None, at=at
        )
        self.stdout.write(f"{settings.SITE_URL}{path}")
