"""The rules of retention as ``retention.yaml`` has them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).resolve().parent / "reference" / "retention.yaml"


def rows() -> Iterator[dict[str, Any]]:
    """Rows of ``RetentionRule``."""
    for item in yaml.safe_load(FILE.read_text(encoding="utf-8"))["rules"]:
        yield {key: item[key] for key in ("code", "of", "months", "confirmed", "source")}
