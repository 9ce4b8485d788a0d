"""Named points at which a drill makes the process die, fail or wait; nothing at all in production.

``FAIL_AT=name:nth:exit|raise|sleep`` acts on the nth passing of the point (from 1) in this process.
"""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterator


class Failed(RuntimeError):
    """Raised at a failpoint set to ``raise``."""


def _read(setting: str) -> tuple[str, int, str] | None:
    if not setting:
        return None
    name, nth, action = setting.split(":")
    return name, int(nth), action


_armed = _read(os.environ.get("FAIL_AT", ""))
_passings: Iterator[int] = itertools.count(1)


def failpoint(name: str) -> None:
    """Die, raise or sleep here if a drill asked for it; otherwise one comparison."""
    if _armed is None or _armed[0] != name or next(_passings) != _armed[1]:
        return
    match _armed[2]:
        case "exit":
            os._exit(137)
        case "raise":
            raise Failed(name)
        case "sleep":
            time.sleep(5)
