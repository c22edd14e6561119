from django.core.management.base import BaseCommand

from agreements import search


class Command(BaseCommand):
    help = "Forget what the search knows of agreements and read every version again."

    def handle(self, **options):
        self.stdout.write(f"{search.rebuild()} versions taken in.")
