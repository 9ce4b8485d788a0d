"""``script/bench [NAME…] [--list]``"""

import importlib
import os
import pkgutil
import sys
from collections.abc import Callable

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.conf import settings
from django.core.management import call_command
from django.db import connection

import tests.bench
from tests.bench.measuring import CASES, PASSES, make_bench_table

#: Files that others import and that have nothing to run.
NOT_SUBJECTS = {"__main__", "measuring", "bare", "served_settings", "served_site", "bare_sockets"}


def subjects() -> tuple[dict[str, Callable[[], None]], set[str]]:
    """All benches by name, in the order of their files, and which of them need large tables."""
    benches: dict[str, Callable[[], None]] = {}
    large: set[str] = set()
    for module in pkgutil.iter_modules(tests.bench.__path__):
        if module.name not in NOT_SUBJECTS:
            subject = importlib.import_module(f"tests.bench.{module.name}")
            benches |= subject.BENCHES
            large |= getattr(subject, "LARGE", set())
    return benches, large


def main(asked: list[str]) -> None:
    benches, large = subjects()
    if "--list" in asked:
        print("\n".join(f"{name}{'  (large)' if name in large else ''}" for name in benches))
        return
    unknown = set(asked) - set(benches)
    if unknown:
        raise SystemExit(f"bench: {', '.join(sorted(unknown))} is not one of {', '.join(benches)}")
    if connection.vendor != "postgresql":
        raise SystemExit("bench: only PostgreSQL is measured; start it with script/bench")
    call_command("migrate", verbosity=0)
    call_command("load_reference", verbosity=0)
    call_command("seed_demo", cases=0, verbosity=0)
    make_bench_table()
    print(f"{PASSES} interleaved passes, medians; debug {settings.DEBUG}")
    for name in asked or [name for name in benches if name not in large or CASES >= 1_000_000]:
        benches[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
