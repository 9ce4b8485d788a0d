"""What processes count while they work, for Prometheus; ``/metrics`` shows it beside what the database knows.

Several processes on one machine write below ``PROMETHEUS_MULTIPROC_DIR``, so that any of them can answer for all;
without it each process counts for itself. Each takes a numbered place there and keeps it by a lock: whoever comes
after a dead process goes on with its counters, and the directory does not grow with restarts.

Labels are names of ours only (views, moves, codes): never a reference, a person or an address.
"""

from __future__ import annotations

import fcntl
import os
from glob import glob
from pathlib import Path
from typing import IO

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, values
from prometheus_client.multiprocess import MultiProcessCollector

_SHARED = os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")


class _Place:
    """The number under which this process writes; a child takes its own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.owner, self.number = 0, 0
        self.lock: IO[str] | None = None

    def __call__(self) -> int:
        if self.owner != os.getpid():
            self._take()
        return self.number

    def _take(self) -> None:
        number = 1
        while (lock := _lock(self.directory, number)) is None:
            number += 1
        _forget_life(self.directory, number)
        # The parent's lock, if any, stays open here unused: closing it does not release the parent's.
        self.owner, self.number, self.lock = os.getpid(), number, lock


def _lock(directory: Path, number: int) -> IO[str] | None:
    """The lock of a place, or None if a living process holds it."""
    file = (directory / f"{number}.lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


def _forget_life(directory: Path, number: int) -> None:
    """Delete what only a living process may claim, such as open sockets."""
    for stale in directory.glob(f"gauge_live*_{number}.db"):
        stale.unlink(missing_ok=True)


if _SHARED:
    Path(_SHARED).mkdir(mode=0o750, parents=True, exist_ok=True)
    values.ValueClass = values.MultiProcessValue(process_identifier=_Place(Path(_SHARED)))


def gathered() -> CollectorRegistry:
    """The counts of all processes of this machine that share a directory, or of this one alone."""
    if not _SHARED:
        return REGISTRY
    for path in glob(f"{_SHARED}/gauge_live*_*.db"):
        number = int(path.rsplit("_", 1)[1].removesuffix(".db"))
        if (lock := _lock(Path(_SHARED), number)) is not None:
            _forget_life(Path(_SHARED), number)
            lock.close()
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=_SHARED)  # type: ignore[no-untyped-call]
    return registry


_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

requests = Counter("causeway_requests", "Requests answered.", ["view", "method", "status"])
request_seconds = Histogram(
    "causeway_request_seconds", "Seconds until the answer began.", ["view"], buckets=_SECONDS
)
moves = Counter("causeway_moves", "Moves committed.", ["move", "by"])
refusals = Counter("causeway_refusals", "Moves and filings refused, by code.", ["code"])
sign_in_failures = Counter("causeway_sign_in_failures", "Wrong passwords, codes and unknown accounts.")
layer_failures = Counter("causeway_layer_failures", "Pokes the channel layer did not take.")
mails = Counter("causeway_mails", "Ends of tries to send a notice.", ["outcome"])
mail_codes = Counter(
    "causeway_mail_codes", "Codes sent by e-mail, by what became of them.", ["purpose", "outcome"]
)
scans = Counter("causeway_scans", "Files the virus scanner was asked about, by what it said.", ["outcome"])
tasks = Counter("causeway_tasks", "Ends of tries to run a task.", ["task", "outcome"])
task_seconds = Histogram("causeway_task_seconds", "Seconds a task took.", ["task"], buckets=(*_SECONDS, 60.0))
sockets = Gauge("causeway_sockets", "Sockets open now.", ["socket"], multiprocess_mode="livesum")
socket_closes = Counter("causeway_socket_closes", "Sockets closed, by close code.", ["socket", "code"])
