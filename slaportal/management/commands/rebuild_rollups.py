from django.core.management.base import BaseCommand

from kpis import actions
from kpis.models import DayRollup
from records import clock


class Command(BaseCommand):
    help = "Drop the days that figures are kept by, and make them anew from the facts. No figure changes."

    def handle(self, **options):
        now = clock.now()
        DayRollup.objects.all().delete()
        actions.mark_all(now=now)
        self.stdout.write(f"{actions.roll_up(now=now)} days made anew.")
