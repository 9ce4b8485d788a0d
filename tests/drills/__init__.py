"""The long campaigns: kills, faults, races and load, each against processes of its own. Run by ``script/drill``.

A drill is a module of this folder with a one-line docstring (shown by ``script/drill --list``) and a function
``run(report: Report) -> None``. It starts what it needs (``stack`` starts the whole production set on loopback),
ends only what it started, bounds every wait, and says to ``report`` what it did and what it found. It runs in a
process of its own, so it may set the environment and call ``django.setup()``. Modules without ``run`` are tools.

``DRILL_SIZE=small`` asks for a pass of a few minutes at most; otherwise the full campaign is meant.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

#: A quick pass instead of the full campaign.
SMALL = os.environ.get("DRILL_SIZE") == "small"


def sized(full: int, small: int) -> int:
    """How often something is done: ``full`` in a campaign, ``small`` in a quick pass."""
    return small if SMALL else full


@dataclass
class Report:
    """What one drill did and found, printed as it comes in. May be used from several threads."""

    name: str
    violations: list[str] = field(default_factory=list)
    begun: float = field(default_factory=time.monotonic)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def did(self, what: str, count: int) -> None:
        """Something the drill did, with how often: a drill that did nothing proves nothing."""
        self._say(f"did       {count:>8,}  {what}")

    def measured(self, name: str, value: float, unit: str) -> None:
        """A figure that was found, in its unit."""
        self._say(f"measured  {value:>8,.2f}  {unit}  {name}")

    def violation(self, text: str) -> None:
        """A promise that did not hold. One is enough to fail the drill; it goes on all the same."""
        with self._lock:
            self.violations.append(text)
        self._say(f"VIOLATION {text}")

    def expect(self, holds: bool, text: str) -> bool:
        """A violation with this text unless it holds; says whether it does."""
        if not holds:
            self.violation(text)
        return holds

    @contextmanager
    def place(self) -> Iterator[Path]:
        """A folder of the drill's own, which PostgreSQL's user can pass through; kept if anything was violated."""
        place = Path(tempfile.mkdtemp(prefix=f"causeway-{self.name}-"))
        place.chmod(0o711)
        try:
            yield place
        except BaseException:
            self._say(f"kept      {place}")
            raise
        if self.violations:
            self._say(f"kept      {place}")
        else:
            shutil.rmtree(place, ignore_errors=True)

    def _say(self, line: str) -> None:
        with self._lock:
            print(f"{self.name:<10} {time.monotonic() - self.begun:7.1f} s  {line}", flush=True)
