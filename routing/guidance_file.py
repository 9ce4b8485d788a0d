"""The texts before filing as ``guidance.yaml`` has them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import yaml

from routing.models.named import SUFFIX

FILE = Path(__file__).resolve().parent / "reference" / "guidance.yaml"


def rows() -> Iterator[dict[str, Any]]:
    """Rows of ``Guidance`` in the order of the file.

    ``settled`` of an entry holds by language the day on which that text was changed, where that was after ``as_of``.
    """
    file = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    for position, item in enumerate(file["guidance"], 1):
        source = file["sources"][item["source"]]
        settled = dict.fromkeys(SUFFIX.values(), item["as_of"]) | item.get("settled", {})
        yield {
            "code": item["code"],
            "category_id": item.get("category"),
            "kind": item["kind"],
            "position": position,
            **{f"text_{key}": item[key] for key in SUFFIX.values()},
            **{f"settled_{key}": datetime.combine(settled[key], time(), UTC) for key in SUFFIX.values()},
            **{f"cited_{key}": source[key] for key in SUFFIX.values()},
            "as_of": item["as_of"],
            "confirmed": item["confirmed"],
            "source": source["found"],
        }
