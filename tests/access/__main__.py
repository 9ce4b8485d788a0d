"""Draws ``docs/access.md`` anew: ``python -m tests.access``."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("CAUSEWAY_EMBEDDED", "1")

import django

django.setup()

from tests.access.table import DOCUMENT, document  # noqa: E402

DOCUMENT.write_text(document(), encoding="utf-8")
print(f"{DOCUMENT.name} is drawn")
