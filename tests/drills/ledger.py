"""What clients were told, line by line on the disk before the client goes on: a tool of the drills, not one itself.

Each line is a JSON object with ``t``, its kind:

``filed``    key, reference, text, files     the client holds a confirmation for this
``before``   count                           cases that were there before the first line
``tried``    key                             a filing was begun under this key, whatever came of it
``began``    reference, move, text           a move was begun, whatever came of it
``moved``    reference, move, seq, text      the client was told that its move was made
``refused``  reference, move, text           the client was told that its move was not made
``seen``     reference, events               [seq, kind] of every event the business was shown, in that order
``listens``                              from here on all mail of the set comes to the drill's own mail server
``mail``     id, to                          the mail server answered 250, or took the text and broke the line

Texts and files are SHA-256 sums; every text of a drill is different, so that a sum names one act.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def sum_of(content: str | bytes) -> str:
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


class Ledger:
    """Written by many threads; what ``note`` returned from survives every crash."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._lock = threading.Lock()
        self.counts: Counter[str] = Counter()

    def note(self, t: str, **facts: Any) -> None:
        line = json.dumps({"t": t, **facts}, ensure_ascii=False) + "\n"
        with self._lock:
            os.write(self._file, line.encode())
            os.fsync(self._file)
            self.counts[t] += 1

    def close(self) -> None:
        os.close(self._file)


def read(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a ledger, in the order they were written."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
