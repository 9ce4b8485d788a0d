"""``manage.py load_reference``: bring the reference files into the database."""

from typing import Any

from django.core.management.base import BaseCommand

from routing.loading import load


class Command(BaseCommand):
    help = "Load offices, divisions, authorities, categories, calendars and time limits. Safe to run again."

    def handle(self, *args: Any, **options: Any) -> None:
        for tally in load():
            if options["verbosity"] > 0:
                self.stdout.write(str(tally))
