"""Failures for the tests of the operator's pages."""

import uuid
from datetime import timedelta

from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from cases.models import Event, Notice

TASK = "cases.tasks.send_notices"


def parked_task(why="builtins.ValueError", path=TASK, ago=timedelta(minutes=1), **columns):
    now = timezone.now()
    row = DBTaskResult.objects.create(
        **{
            "id": uuid.uuid4(),
            "status": "FAILED",
            "task_path": path,
            "args_kwargs": {"args": [], "kwargs": {}},
            "backend_name": "default",
            "queue_name": "default",
            "run_after": now - ago,
            "finished_at": now - ago,
            "worker_ids": ["w"] * 5,
            "exception_class_path": why,
            "traceback": "",
        }
        | columns
    )
    DBTaskResult.objects.filter(pk=row.pk).update(enqueued_at=now - ago)
    return row


def refused_notice(case, error="550 5.1.1", status=Notice.Status.FAILED, ago=timedelta(minutes=1), **columns):
    at = timezone.now() - ago
    event = Event.objects.filter(case=case).first()
    return Notice.objects.create(
        **{
            "case": case,
            "event": event,
            "template": "update",
            "language": "en",
            "status": status,
            "not_before": at,
            "sending_at": at,
            "attempts": 1,
            "error": error,
        }
        | columns
    )
