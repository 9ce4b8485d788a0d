"""``/metrics`` for Prometheus: what processes counted (``jobs/measures.py``) and what the database knows now.

Whoever has the token may read it (``Authorization: Bearer …``), and the addresses of ``METRICS_FROM``; for everybody
else there is no such page.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, InterfaceError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from jobs.addresses import is_trusted
from jobs.measures import gathered
from operations import failures, figures

#: What the database said is repeated for so long, however often it is asked for. Seconds.
KEPT = 5.0


def may_read(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "")
    if settings.METRICS_TOKEN and constant_time_compare(given, f"Bearer {settings.METRICS_TOKEN}"):
        return True
    return is_trusted(request.META.get("REMOTE_ADDR"), settings.METRICS_FROM)


@login_not_required
@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """In Prometheus' text format. Without the database the counts of the processes still come."""
    if not may_read(request):
        raise Http404
    registry = CollectorRegistry()
    registry.register(_known)
    body = generate_latest(gathered()) + generate_latest(registry)
    return HttpResponse(body, content_type=CONTENT_TYPE_LATEST)


class Known(Collector):
    """The gauges read from the database: at most ten queries, and none for ``KEPT`` seconds after them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until = 0.0
        self._kept: list[Metric] = []

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        with self._lock:
            if time.monotonic() >= self._until:
                self._kept = _asked()
                self._until = time.monotonic() + KEPT
            kept = list(self._kept)
        yield from kept

    def forget(self) -> None:
        """The next reader asks the database again."""
        self._until = 0.0


def _asked() -> list[Metric]:
    up = GaugeMetricFamily("causeway_database_up", "Whether the database answered.", value=1)
    try:
        return [up, *_gauges()]
    except (DatabaseError, InterfaceError):
        return [GaugeMetricFamily("causeway_database_up", "Whether the database answered.", value=0)]


def _gauges() -> Iterator[Metric]:
    yield from _piles("tasks_ready", "task", "Tasks that could run now", figures.tasks_ready())
    yield from _piles("tasks_running", "task", "Tasks in hand", figures.tasks_running())
    yield from _piles("notices_waiting", "template", "Mails that could go now", figures.notices_waiting())
    yield from _piles(
        "files_waiting", "what", "Documents the virus scanner has not answered about", figures.files_waiting()
    )
    failed = failures.groups()
    yield _gauge(
        "tasks_failed",
        "Tasks parked after their last attempt and not given up.",
        {"task": lambda group: group.what, "error": lambda group: group.why},
        [(group, group.count) for group in failed if group.kind == failures.Kind.TASK],
    )
    yield _gauge(
        "notices_failed",
        "Mails refused for good or parked, not given up.",
        {"template": lambda group: group.what, "error": lambda group: group.why},
        [(group, group.count) for group in failed if group.kind == failures.Kind.NOTICE],
    )
    at_work = figures.workers()
    yield _gauge("workers", "Workers heard of lately.", {"kind": str}, at_work.alive.items())
    if at_work.silence is not None:
        yield _gauge("worker_silence_seconds", "Since any worker was heard of.", {}, [("", at_work.silence)])
    beats = [(beat.task, beat.last.timestamp()) for beat in figures.beats() if beat.last]
    yield _gauge("periodic_timestamp_seconds", "Last slot taken, seconds since 1970.", {"task": str}, beats)
    yield _gauge("open_cases", "Open cases by state.", {"state": str}, figures.open_cases().items())
    reports = figures.browser_reports().items()
    yield _gauge(
        "browser_reports_today", "Violations of the browser policy today.", {"directive": str}, reports
    )


def _piles(name: str, label: str, words: str, piles: list[figures.Pile]) -> Iterator[Metric]:
    yield _gauge(name, f"{words}.", {label: lambda pile: pile.kind}, [(pile, pile.count) for pile in piles])
    ages = [("", max((pile.seconds for pile in piles), default=0.0))]
    yield _gauge(f"{name}_oldest_seconds", f"{words}: how long the oldest has waited.", {}, ages)


def _gauge(name: str, words: str, labels: dict[str, Callable[[Any], str]], rows: Any) -> Metric:
    gauge = GaugeMetricFamily(f"causeway_{name}", words, labels=list(labels))
    for row, value in rows:
        gauge.add_metric([read(row) for read in labels.values()], value)
    return gauge


_known = Known()
