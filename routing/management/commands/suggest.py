"""``manage.py suggest --jsonl``: one suggestion a line, for acceptance runs and for measuring."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from routing.suggestions import suggest


class Command(BaseCommand):
    help = (
        "Read one JSON object a line (id, text, lang?, division?, category?) and write one suggestion a line."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--jsonl", action="store_true", required=True, help="JSON lines in and out")

    def handle(self, *args: Any, **options: Any) -> None:
        source = getattr(sys.stdin, "buffer", sys.stdin)
        for line in source:
            written = line.decode("utf-8", "replace") if isinstance(line, bytes) else line
            if written.strip():
                self.stdout.write(json.dumps(_answer(written), ensure_ascii=False))


def _answer(line: str) -> dict[str, Any]:
    """A bad line is answered with its error, and the next one is read."""
    asked: Any = None
    try:
        asked = json.loads(line)
        if not isinstance(asked, dict) or not isinstance(asked.get("text"), str):
            raise ValueError("each line must be an object with a text")
        for key in ("lang", "division", "category"):
            if asked.get(key) is not None and not isinstance(asked[key], str):
                raise ValueError(f"{key} must be a string")
        found = suggest(
            asked["text"],
            language=asked.get("lang"),
            division=asked.get("division") or None,
            category=asked.get("category") or None,
        )
    except (ValueError, LookupError, RecursionError) as wrong:
        return {"id": asked.get("id") if isinstance(asked, dict) else None, "error": str(wrong)}
    return {"id": asked.get("id"), **found.as_dict(asked.get("lang"))}
