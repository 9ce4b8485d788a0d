"""The pages nginx shows by itself, in all three languages, written once at set-up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from jobs.refusals import nobody_answers, too_large

PAGES = {"413": too_large, "503": nobody_answers}
KINDS = {"html": b"text/html", "json": b"application/json"}


class Command(BaseCommand):
    help = "Write what nginx says when a body is too large or nobody answers, below STATIC_ROOT/errors."

    def handle(self, *args: Any, **options: Any) -> None:
        folder = Path(settings.STATIC_ROOT) / "errors"
        folder.mkdir(parents=True, exist_ok=True)
        for name, words in PAGES.items():
            for ending, accept in KINDS.items():
                (folder / f"{name}.{ending}").write_bytes(words(accept)[1])
        self.stdout.write(f"{len(PAGES) * len(KINDS)} pages in {folder}")
