"""A real clamd with a database of one test signature, on a socket of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: The harmless file every scanner must know (eicar.org), in two halves so that this file is not one.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-" + b"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def program() -> str:
    """Where clamd is; nothing is left out where it is missing."""
    found = shutil.which("clamd", path=f"{os.environ['PATH']}:/usr/sbin")
    assert found, "clamd is not installed; script/setup --dev installs it"
    return found


@contextmanager
def running(place: Path) -> Iterator[str]:
    """The address of a clamd that lives as long as the block."""
    base = place / "signatures"
    base.mkdir(exist_ok=True)
    (base / "local.ndb").write_text(f"Eicar-Test:0:*:{EICAR[28:].hex()}\n")
    door = place / "clamd.sock"
    settings = place / "clamd.conf"
    settings.write_text(
        f"LocalSocket {door}\nDatabaseDirectory {base}\nForeground yes\nStreamMaxLength 1M\nMaxThreads 2\n"
    )
    scanner = subprocess.Popen(
        [program(), "-c", str(settings)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + 20
        while not door.exists() and scanner.poll() is None and time.monotonic() < until:
            time.sleep(0.02)
        assert door.exists(), "clamd did not start"
        yield f"unix://{door}"
    finally:
        scanner.terminate()
        scanner.wait(20)
