"""Which request, or which task it left behind, the present work belongs to: stands on each log line.

The request's id travels with the tasks it enqueued (``jobs/backend.py``), so that what a person met can be followed
to its end.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_WELL_FORMED = re.compile(r"[A-Za-z0-9-]{16,64}")
_now: ContextVar[dict[str, Any] | None] = ContextVar("causeway_trace", default=None)


def trace() -> dict[str, Any]:
    """``request_id`` and, in a task, ``task`` and ``task_id``; empty outside of both."""
    return _now.get() or {}


def request_id_from(given: str | None) -> str:
    """The id a proxy gave if it has the form of one, otherwise a new one."""
    return given if given and _WELL_FORMED.fullmatch(given) else uuid.uuid4().hex


@contextmanager
def traced(**facts: Any) -> Iterator[None]:
    """Until the end of the block every line of this thread or coroutine says so."""
    token = _now.set(facts)
    try:
        yield
    finally:
        _now.reset(token)
