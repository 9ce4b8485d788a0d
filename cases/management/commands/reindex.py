"""``manage.py reindex``: what search reads, made anew from the cases. Safe while people work."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from cases.indexing import rebuild_after

CHUNK = 200


class Command(BaseCommand):
    help = "Make the search index anew. It may be stopped at any time and goes on with --after."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--after", type=int, default=0, help="begin after the case with this internal id")

    def handle(self, *args: Any, **options: Any) -> None:
        last, done = options["after"], 0
        while ids := rebuild_after(last, CHUNK):
            last, done = ids[-1], done + len(ids)
            if options["verbosity"] > 0:
                self.stdout.write(f"{done} cases, up to id {last}")
        if options["verbosity"] > 0:
            self.stdout.write("The search index is whole.")
