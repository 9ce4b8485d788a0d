"""Telling the runner in this process that there is work, so that it need not wait for its next look."""

from __future__ import annotations

import threading
from typing import Any

from django.db import transaction
from django_tasks.signals import task_enqueued

_bells: set[threading.Event] = set()


def add_bell(bell: threading.Event) -> None:
    """A runner that starts in this process hangs up its bell."""
    _bells.add(bell)


def remove_bell(bell: threading.Event) -> None:
    _bells.discard(bell)


def wake() -> None:
    """Ring every runner of this process; in a process without one nothing happens."""
    for bell in tuple(_bells):
        bell.set()


def wake_on_enqueue() -> None:
    """From now on, ring after the commit of every transaction that enqueued a task."""
    task_enqueued.connect(_ring_after_commit, dispatch_uid="jobs.waking")


def _ring_after_commit(**_: Any) -> None:
    transaction.on_commit(wake, robust=True)
