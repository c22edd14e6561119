from django.core.management.base import BaseCommand, CommandError

from records import clock
from slaportal import proof


class Command(BaseCommand):
    help = "Recompute the chain, every document's hash, every signature and every closed result; name what is wrong."

    def handle(self, **options):
        wrong = []
        for name, check in proof.CHECKS:
            count, problems = check(now=clock.now())
            wrong += problems
            verdict = "all hold" if not problems else f"{len(problems)} wrong"
            self.stdout.write(f"{name:<28}{count:>8}  {verdict}")
        for problem in wrong:
            self.stderr.write(problem)
        if wrong:
            raise CommandError(f"{len(wrong)} things do not hold; the first: {wrong[0]}")
        self.stdout.write("Everything holds.")
