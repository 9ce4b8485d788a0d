"""Alive and ready, for load balancers and people on call. Says what is missing, never why in detail."""

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models.functions import Now
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from jobs.models import WorkerBeat

log = logging.getLogger(__name__)

#: A worker not heard of for this long counts as missing.
WORKER_SILENCE = timedelta(seconds=60)
#: How long the channel layer may take. Seconds.
LAYER_PATIENCE = 2.0

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


def _channel_layer() -> bool:
    async def send() -> None:
        layer = get_channel_layer()
        await asyncio.wait_for(layer.group_send("readiness", {"type": "nobody.listens"}), LAYER_PATIENCE)

    async_to_sync(send)()
    return True


def _worker() -> bool:
    return WorkerBeat.objects.filter(seen__gt=Now() - WORKER_SILENCE).exists()


CHECKS: dict[str, Callable[[], bool]] = {
    "database": _database,
    "migrations": _migrations,
    "channel_layer": _channel_layer,
    "worker": _worker,
}


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
    parts = {name: _holds(name, check) for name, check in CHECKS.items()}
    sound = all(parts.values())
    words = {name: "ok" if holds else "missing" for name, holds in parts.items()}
    return JsonResponse(
        {"status": "ok" if sound else "not ready", "parts": words}, status=200 if sound else 503
    )


def _holds(name: str, check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception as trouble:  # whatever it is, the answer is "not ready"
        log.warning("not ready: %s: %s", name, trouble)
        return False


urlpatterns = [path("healthz", alive, name="healthz"), path("readyz", ready, name="readyz")]
