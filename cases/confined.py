"""Has a file read by a process of its own that has little time and memory, no secrets and nothing to write to.

Parsers of files are where a stranger's bytes do their harm. What this process can lose to them is one child.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
from typing import Any

from django.conf import settings

log = logging.getLogger(__name__)

#: Longer than the ten seconds of CPU the child may use, for a machine that is busy.
SECONDS = 30
#: So many children of 512 MB at once for each of our processes; the next upload waits for its turn.
AT_ONCE = threading.BoundedSemaphore(2)


class Broken(Exception):  # noqa: N818  # says something of the file, not of us
    """The child did not live to give an answer: the file was too much for it."""


class Busy(Exception):  # noqa: N818
    """No child could be had in time. Nothing is known of the file."""


def inspect(data: bytes, kind: str) -> dict[str, Any]:
    """{"facts": […]} or {"refused": code} for the bytes of one ``pdf jpg png heic docx xlsx``.

    Raises ``Broken`` or ``Busy``. Takes about a fifth of a second.
    """
    answer: dict[str, Any] = json.loads(_child("inspect", kind, data))
    return answer


def clean(data: bytes, kind: str) -> bytes | None:
    """The same document with nothing but what it shows, or None if that cannot be made of it.

    A HEIC becomes a JPEG. Raises ``Broken`` or ``Busy``.
    """
    return _made("clean", kind, data)


def files_in_pdf(data: bytes) -> bytes | None:
    """A zip of the files inside a PDF, or None if they cannot be unpacked. Raises ``Broken`` or ``Busy``."""
    return _made("unpack", "pdf", data)


def table(data: bytes) -> list[list[Any]] | None:
    """The rows of a workbook's first shown sheet (``inspecting.table``), or None if it cannot be read.

    Raises ``Broken`` or ``Busy``.
    """
    made = _made("table", "xlsx", data)
    return None if made is None else json.loads(made)


def _made(verb: str, kind: str, data: bytes) -> bytes | None:
    head, _line, made = _child(verb, kind, data).partition(b"\n")
    return made if json.loads(head).get("made") else None


def _child(verb: str, kind: str, data: bytes) -> bytes:
    if not AT_ONCE.acquire(timeout=SECONDS):
        raise Busy
    try:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-s", "-B", "-m", "cases.inspecting", verb, kind],
            input=data,
            capture_output=True,
            timeout=SECONDS,
            cwd=settings.BASE_DIR,
            # One arena: each more would claim addresses the child does not have. Nothing of ours is passed on.
            env={"MALLOC_ARENA_MAX": "1", "LANG": "C.UTF-8"},
            check=False,
        )
    except subprocess.TimeoutExpired as slow:
        raise Broken from slow
    except OSError as none_to_be_had:
        raise Busy from none_to_be_had
    finally:
        AT_ONCE.release()
    if done.returncode or not done.stdout:
        log.warning("a %s was too much for its reader (%s): %s", kind, done.returncode, _last(done.stderr))
        raise Broken
    return done.stdout


def _last(words: bytes) -> str:
    """The kind of the error alone: its message may quote the file."""
    line = words.decode(errors="replace").strip().rpartition("\n")[2]
    return line.partition(":")[0][:80]
