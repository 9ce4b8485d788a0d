"""Alive and ready, for load balancers and people on call. Says what is missing, never why in detail."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models.functions import Now
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from jobs.models import WorkerBeat
from operations.figures import WORKER_SILENCE

log = logging.getLogger(__name__)

#: How long a part may take to say that it is there. Seconds.
PATIENCE = 2.0
#: A check still without an answer after so long is given up for lost, and another may be begun. Seconds.
LOST = 30.0

_migrated = False


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone())


def _migrations() -> bool:
    """Asked until the answer is yes: this process's migrations do not grow after that."""
    global _migrated
    if not _migrated:
        executor = MigrationExecutor(connection)
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _migrated


def _worker() -> bool:
    return WorkerBeat.objects.filter(seen__gt=Now() - WORKER_SILENCE).exists()


def _channel_layer() -> bool:
    async def send() -> None:
        layer = get_channel_layer()
        await asyncio.wait_for(layer.group_send("readiness", {"type": "nobody.listens"}), PATIENCE)

    async_to_sync(send)()
    return True


class _Asking:
    """One thread that asks the parts in turn, so that whoever wants to know need not wait for one that hangs.

    A database that takes connections and never answers holds the thread, not the request; until it answers or is
    given up for lost nobody else is sent after it.
    """

    def __init__(self, checks: dict[str, Callable[[], bool]]) -> None:
        self.checks = checks
        self.answers: dict[str, bool] = {}
        self.began = time.monotonic()
        self.done = threading.Event()
        threading.Thread(target=self._ask, name="readiness", daemon=True).start()

    def _ask(self) -> None:
        try:
            for name, check in self.checks.items():
                self.answers[name] = _holds(name, check)
        finally:
            connection.close()
            self.done.set()

    def wait(self) -> dict[str, bool]:
        self.done.wait(max(0.0, self.began + PATIENCE - time.monotonic()))
        return {name: self.answers.get(name, False) for name in self.checks}


#: What of the service is asked together, because it hangs together.
CHECKS: tuple[dict[str, Callable[[], bool]], ...] = (
    {"database": _database, "migrations": _migrations, "worker": _worker},
    {"channel_layer": _channel_layer},
)
_asking: dict[int, _Asking] = {}
_lock = threading.Lock()


def parts() -> dict[str, bool]:
    """Which parts are there. Takes at most ``PATIENCE`` seconds, whatever hangs; what did not answer is not there."""
    with _lock:
        for number, checks in enumerate(CHECKS):
            asking = _asking.get(number)
            if asking is None or asking.done.is_set() or time.monotonic() > asking.began + LOST:
                _asking[number] = _Asking(checks)
        begun = list(_asking.values())
    return {name: holds for asking in begun for name, holds in asking.wait().items()}


def _holds(name: str, check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception as trouble:  # whatever it is, the answer is "not ready"
        log.warning("not ready: %s: %s", name, trouble)
        return False


@login_not_required
@require_safe
@never_cache
def alive(request: HttpRequest) -> JsonResponse:
    """The process answers. Asks nothing of anything else, so that an outage elsewhere restarts nobody."""
    return JsonResponse({"status": "ok"})


@login_not_required
@require_safe
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """200 if everything needed for work is there, otherwise 503; either way each part's state."""
    found = parts()
    sound = all(found.values())
    words = {name: "ok" if holds else "missing" for name, holds in found.items()}
    return JsonResponse(
        {"status": "ok" if sound else "not ready", "parts": words}, status=200 if sound else 503
    )
