"""Named points at which a drill makes the process die, fail or wait; nothing at all in production.

``FAIL_AT=name:nth:exit|raise|sleep`` acts on the nth passing of the point (from 1) in this process.
"""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterator

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

ACTIONS = ("exit", "raise", "sleep")


class Failed(RuntimeError):
    """Raised at a failpoint set to ``raise``."""


def _read(setting: str) -> tuple[str, int, str] | None:
    if not setting:
        return None
    try:
        name, nth, action = setting.split(":")
        armed = name, int(nth), action
    except ValueError:
        armed = "", 0, ""
    if armed[1] < 1 or armed[2] not in ACTIONS:
        raise ImproperlyConfigured(f"FAIL_AT={setting} is not name:nth:{'|'.join(ACTIONS)}.")
    return armed


_armed = _read(os.environ.get("FAIL_AT", ""))
_passings: Iterator[int] = itertools.count(1)


def refuse_in_production() -> None:
    """Called at start: a drill's setting that strayed into production stops the process before it serves."""
    if _armed is not None and not (settings.DEBUG or settings.EMBEDDED or settings.TESTING):
        raise ImproperlyConfigured("FAIL_AT is for drills only; unset it.")


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
