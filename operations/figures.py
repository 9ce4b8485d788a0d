"""What waits now and who is at work, read from the database, so that any process can say it for all.

Every question is answered from an index and looks at no more than ``MOST`` rows: it stays cheap beside a million
cases and during the very pile-up it is to show.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, Q
from django.db.models.functions import Now
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from cases.models import Attachment, Case, Notice
from cases.states import OPEN, Scan
from feedback.models import BrowserReport
from jobs.models import PeriodicSlot, WorkerBeat
from jobs.periodic import periods

#: No list is read further than this; a count that reaches it means "at least".
MOST = 5000
#: A worker not heard of for this long counts as missing.
WORKER_SILENCE = timedelta(seconds=60)


@dataclass(frozen=True)
class Pile:
    """What of one kind waits: how many (at most ``MOST`` are counted) and since when the oldest does."""

    kind: str
    count: int
    since: datetime

    @property
    def seconds(self) -> float:
        return max(0.0, (timezone.now() - self.since).total_seconds())


def tasks_ready() -> list[Pile]:
    """Tasks that could run now, by task, the longest waiting first."""
    rows = DBTaskResult.objects.ready().order_by("enqueued_at")
    waiting = rows.values_list("task_path", "run_after", "enqueued_at")[:MOST]
    now = timezone.now()
    # A task that was put off counts from when it was put off to; the others carry the end of time there.
    return _piles(
        (path, max(after, enqueued) if after <= now else enqueued) for path, after, enqueued in waiting
    )


def tasks_running() -> list[Pile]:
    """Tasks a worker has in hand, since it took the first of them."""
    rows = DBTaskResult.objects.running().order_by()
    return _piles(rows.values_list("task_path", "started_at")[:MOST])


def notices_waiting() -> list[Pile]:
    """Mails that could go now, by kind: since they could, or if they were tried in vain since what they tell."""
    now = timezone.now()
    tried = Q(attempts__gt=0)
    due = Notice.objects.filter(Q(not_before__lte=now) | tried, status=Notice.Status.WAITING)
    rows = due.order_by("not_before").values_list("template", "not_before", "attempts", "event__at")[:MOST]
    return _piles((template, at if attempts else first) for template, first, attempts, at in rows)


def files_waiting() -> list[Pile]:
    """Documents the virus scanner has not answered about, where there is a scanner."""
    if not settings.CLAMD_URL:
        return []
    rows = Attachment.objects.filter(scan=Scan.WAITING).order_by("at").values_list("at", flat=True)[:MOST]
    return _piles(("scan", at) for at in rows)


def files_infected() -> int:
    """Documents of the last week in which the virus scanner found something."""
    week = timezone.now() - timedelta(days=7)
    return Attachment.objects.filter(scan=Scan.INFECTED, scanned_at__gte=week).count()


def _piles(rows: Any) -> list[Pile]:
    counts: Counter[str] = Counter()
    since: dict[str, datetime] = {}
    for kind, at in rows:
        counts[kind] += 1
        since[kind] = min(at, since.get(kind, at))
    return sorted((Pile(kind, counts[kind], since[kind]) for kind in counts), key=lambda pile: pile.since)


@dataclass(frozen=True)
class Workers:
    """Workers heard of lately, by kind, and how long ago the last sign of life of any was; None for never."""

    alive: dict[str, int]
    silence: float | None


def workers() -> Workers:
    rows = WorkerBeat.objects.annotate(now=Now()).order_by("-seen").values_list("kind", "seen", "now")[:MOST]
    silences = [(kind, (now - seen).total_seconds()) for kind, seen, now in rows]
    alive = Counter(kind for kind, silence in silences if silence < WORKER_SILENCE.total_seconds())
    return Workers(dict(alive), max(0.0, silences[0][1]) if silences else None)


@dataclass(frozen=True)
class Beat:
    """A periodic task: when its last slot was taken (None for not within two days) and how often it should be."""

    task: str
    last: datetime | None
    every: int

    @property
    def is_late(self) -> bool:
        age = (timezone.now() - self.last).total_seconds() if self.last else float("inf")
        return age > 2 * self.every + WORKER_SILENCE.total_seconds()


def beats() -> list[Beat]:
    """All periodic tasks of this version."""
    last = dict(PeriodicSlot.objects.values_list("name").annotate(Max("slot")))
    return [Beat(name, last.get(name), seconds) for name, seconds in sorted(periods().items())]


def open_cases() -> dict[str, int]:
    """Open cases by state: the index of open cases answers, which ended ones are not in."""
    rows = Case.objects.order_by().filter(state__in=OPEN)
    return dict(rows.values_list("state").annotate(n=Count("*")))


def browser_reports() -> dict[str, int]:
    """What pages were not allowed to do today, by directive."""
    reports = BrowserReport.objects.filter(day=timezone.localdate()).values_list("directive", "count")
    counted: Counter[str] = Counter()
    for directive, count in reports:
        counted[directive] += count
    return dict(counted)
