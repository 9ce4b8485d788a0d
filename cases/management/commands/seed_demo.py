"""Fill an empty Causeway with an invented office, for trying it out and for measuring it."""

import os
import secrets
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from cases.demo.accounts import make_accounts
from cases.demo.bulk import make_rows
from cases.demo.walks import make_cases


class Command(BaseCommand):
    help = "Make demo accounts and invented cases. May be run again: what is there is left as it is."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--cases", type=int, default=24, help="How many cases (24).")
        parser.add_argument(
            "--password",
            default=os.environ.get("CAUSEWAY_DEMO_PASSWORD", ""),
            help="Password of new demo accounts; one is made up and printed if none is given.",
        )
        parser.add_argument(
            "--bulk",
            action="store_true",
            help="Write rows straight into the tables: fast, for measuring only.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        password = options["password"] or secrets.token_urlsafe(12)
        accounts = make_accounts(password)
        if accounts and not options["password"]:
            self.stdout.write(f"Password of the new accounts: {password}")
        make = make_rows if options["bulk"] else make_cases
        cases = make(options["cases"], self.stdout.write)
        self.stdout.write(f"Demo: {accounts} accounts and {cases} cases made.")
