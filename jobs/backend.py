"""Tasks are kept in the database, each with the id of the request that enqueued it."""

from __future__ import annotations

from typing import Any

from django_tasks.utils import normalize_json
from django_tasks_db import DatabaseBackend

from jobs.tracing import trace


class TracingBackend(DatabaseBackend):
    """``django_tasks_db``'s, with ``request_id`` beside the arguments."""

    def _task_to_db_task(self, task: Any, args: Any, kwargs: Any) -> Any:
        # Settings make the backend before the models are there.
        from django_tasks_db.models import DBTaskResult

        given = {"args": args, "kwargs": kwargs, "request_id": trace().get("request_id", "")}
        return DBTaskResult.objects.create(
            id=self._get_id(),
            args_kwargs=normalize_json(given),
            priority=task.priority,
            task_path=task.module_path,
            queue_name=task.queue_name,
            run_after=task.run_after,
            backend_name=self.alias,
        )
