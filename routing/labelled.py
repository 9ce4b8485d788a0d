"""Files of labelled texts: CSV with the columns ``text`` and ``label``."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

#: One field may hold so many characters.
LONGEST = 10_000_000


class BadFile(ValueError):
    """The file cannot be read as labelled texts; says why."""


def read_labelled(path: str) -> list[tuple[str, str]]:
    """Texts and labels in the order of the file, UTF-8 with or without a byte order mark. Raises ``BadFile``."""
    csv.field_size_limit(LONGEST)
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = {"text", "label"} - set(reader.fieldnames or [])
            if missing:
                raise BadFile(f"{path} has no column {' and no column '.join(sorted(missing))}")
            return [(row["text"] or "", (row["label"] or "").strip()) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as wrong:
        raise BadFile(f"{path} cannot be read: {wrong}") from wrong


#: With what a cell begins that Excel, LibreOffice or WPS reads as a formula; full-width as an East Asian one does.
_BEGIN_A_FORMULA = "=+-@\t\r\n\0＝＋－＠"


def write_judged(path: str, rows: Iterable[tuple[str, str, str, float]]) -> None:
    """Text, label, the label it was judged to have and the score of that, in the order given. Raises ``BadFile``."""
    try:
        with Path(path).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["text", "label", "predicted", "score"])
            writer.writerows(
                (_as_words(text), _as_words(label), judged, f"{score:.4f}")
                for text, label, judged, score in rows
            )
    except OSError as wrong:
        raise BadFile(f"{path} cannot be written: {wrong}") from wrong


def _as_words(cell: str) -> str:
    """Strangers wrote it: a program for sheets must not take it for a formula, also behind a space (trust.md T18)."""
    begins = cell.lstrip(" ")[:1]
    return f"'{cell}" if begins and begins in _BEGIN_A_FORMULA else cell
