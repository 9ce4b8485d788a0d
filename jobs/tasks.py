"""The background work's own periodic task: tables that grow by themselves are kept short."""

from __future__ import annotations

from datetime import timedelta

from django.db.models.functions import Now
from django_tasks import task
from django_tasks_db.models import DBTaskResult

from jobs.models import MailboxMessage, PeriodicSlot, WorkerBeat
from jobs.periodic import every


@every(seconds=3600)
@task
def sweep() -> None:
    """Forget what is long done. Failed tasks stay longer, since somebody may still want to know why."""
    PeriodicSlot.objects.filter(slot__lt=Now() - timedelta(days=2)).delete()
    WorkerBeat.objects.filter(seen__lt=Now() - timedelta(days=1)).delete()
    DBTaskResult.objects.successful().filter(finished_at__lt=Now() - timedelta(days=7)).delete()
    DBTaskResult.objects.failed().filter(finished_at__lt=Now() - timedelta(days=90)).delete()
    MailboxMessage.objects.filter(sent_at__lt=Now() - timedelta(days=30)).delete()
