"""Reference data kept in the process: read once, then no query, until somebody changes it.

``changed()`` after every change counts up one row. Each process looks at that row at most every
``RECHECK_SECONDS``, so an administrator's change is seen at once where it was made and elsewhere within
that time.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from threading import RLock
from typing import Any, ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F

from routing.models import ReferenceStamp

RECHECK_SECONDS = 30.0

P = ParamSpec("P")
T = TypeVar("T")
_values: dict[tuple[Any, ...], Any] = {}
_stamp: int | None = None
_looked_at = float("-inf")
_lock = RLock()


def kept(read: Callable[P, T]) -> Callable[P, T]:
    """Keep what ``read`` gives for its (hashable, positional) arguments until the reference data changes."""

    @wraps(read)
    def reading(*args: P.args, **kwargs: P.kwargs) -> T:
        _recheck()
        key = (read, *args)
        with _lock:
            if key not in _values:
                _values[key] = read(*args, **kwargs)
            value: T = _values[key]
            return value

    return reading


def forget() -> None:
    """Read everything anew at the next use in this process."""
    global _looked_at
    with _lock:
        _values.clear()
        _looked_at = float("-inf")


def changed() -> None:
    """Tell this and every other process that reference data has changed; call it inside the change."""
    ReferenceStamp.objects.get_or_create(pk=1)
    ReferenceStamp.objects.filter(pk=1).update(number=F("number") + 1)
    forget()
    # Somebody may have read the old rows between this line and the commit.
    transaction.on_commit(forget, robust=True)


def _recheck() -> None:
    global _stamp, _looked_at
    if time.monotonic() - _looked_at < RECHECK_SECONDS:
        return
    with _lock:
        now = time.monotonic()
        if now - _looked_at < RECHECK_SECONDS:
            return
        try:
            number = ReferenceStamp.objects.filter(pk=1).values_list("number", flat=True).first()
        except (OperationalError, InterfaceError):
            # What is kept serves on while the database is away, so that pages without a case can be read.
            _looked_at = now
            if not _values:
                raise
            return
        if number != _stamp:
            _values.clear()
        _stamp, _looked_at = number, now
