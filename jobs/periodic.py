"""Tasks that run by the clock. A room registers its own in ``<room>/tasks.py``, imported when it is ready::

@every(seconds=60)
@task
def send_waiting_notices() -> None: ...
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django_tasks.base import Task
from django_tasks_db.models import DBTaskResult

from jobs.models import PeriodicSlot


@dataclass
class _Beat:
    task: Task[Any, Any]
    seconds: int
    #: The last slot this process has looked at, so that between two slots no query is made.
    settled: datetime | None = field(default=None)


_register: dict[str, _Beat] = {}


def every(*, seconds: int) -> Callable[[Task[[], None]], Task[[], None]]:
    """Run the task once in every slot of so many seconds (counted from 1970), however many workers there are.

    A slot nobody was alive for is not made up for; a slot is passed over while the earlier run still waits.
    The task takes no arguments and must bear being run twice, as every task must.
    """

    def register(task: Task[[], None]) -> Task[[], None]:
        _register[task.module_path] = _Beat(task, seconds)
        return task

    return register


def periods() -> dict[str, int]:
    """Every registered task by its path, with the seconds between two runs."""
    return {name: beat.seconds for name, beat in _register.items()}


def enqueue_due() -> None:
    """Enqueue every periodic task whose slot nobody has taken. Workers call this every few seconds."""
    for name, beat in _register.items():
        slot = datetime.fromtimestamp(time.time() // beat.seconds * beat.seconds, UTC)
        if slot == beat.settled:
            continue
        if not PeriodicSlot.objects.filter(name=name, slot=slot).exists():
            _take(name, slot, beat.task)
        beat.settled = slot


def _take(name: str, slot: datetime, task: Task[[], None]) -> None:
    try:
        with transaction.atomic():
            # In one transaction with the enqueue: either both are there or neither.
            PeriodicSlot.objects.create(name=name, slot=slot)
            if not DBTaskResult.objects.ready().filter(task_path=name).exists():
                task.enqueue()
    except IntegrityError:
        return  # another worker took the slot between the question and the insert
