"""Runs the tasks that rooms enqueue with ``django_tasks``: in a thread of the server or in own processes.

A task runs at least once: after a failure again with growing pauses, after its worker's death by another one.
After ``MAX_ATTEMPTS`` it is parked as FAILED and the others go on. So every task must bear being run twice.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from datetime import timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, close_old_connections, connection, transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.crypto import get_random_string
from django_tasks.base import TaskContext, TaskResultStatus
from django_tasks.utils import normalize_json
from django_tasks_db.models import DBTaskResult

from jobs import measures
from jobs.faults import class_of, story_of
from jobs.models import WorkerBeat
from jobs.periodic import enqueue_due
from jobs.tracing import traced
from jobs.waking import add_bell, remove_bell

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 5
#: What a lost connection or a locked SQLite file raises; both pass, so the runner waits and goes on.
PASSING_TROUBLE = (OperationalError, InterfaceError)


class WorkerDied(Exception):  # noqa: N818  # never raised: it is recorded
    """Stands in the row of a task whose worker ended while it ran, and did so each time."""


def pause_before(attempt: int) -> timedelta:
    """How long a task rests before this attempt (2 is the first repetition): 2 s, 4 s, 8 s … up to 5 minutes.

    Half to the whole of that, at random, so that tasks which failed together do not come back together.
    """
    return timedelta(seconds=min(300.0, 2.0 ** (attempt - 1)) * random.uniform(0.5, 1.0))  # noqa: S311


class Runner:
    """One worker. ``run`` blocks until ``stop``; ``start`` runs it in a thread. Many may share a database.

    ``idle`` is the pause between two looks when nothing is waiting, ``heartbeat`` the pause between two signs
    of life and ``dead_after`` how long without one a worker counts as dead, all in seconds.
    """

    def __init__(
        self,
        kind: WorkerBeat.Kind = WorkerBeat.Kind.WORKER,
        *,
        queues: tuple[str, ...] = ("default", "mail"),
        idle: float = 0.5,
        heartbeat: float = 3.0,
        dead_after: float = 15.0,
    ) -> None:
        self.kind = kind
        self.queues = queues
        self.idle = idle
        self.heartbeat = heartbeat
        self.dead_after = timedelta(seconds=dead_after)
        self.worker_id = get_random_string(32)
        self._bell = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        #: The row this worker is working on now.
        self._current: Any = None
        #: Of ``time.monotonic``, in seconds.
        self._last_beat = float("-inf")

    # --- life ---------------------------------------------------------------------------

    def start(self) -> None:
        """Run in a thread of this process."""
        self._thread = threading.Thread(target=self.run, name="jobs-runner", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ask to stop after the task in hand; safe in a signal handler. ``join`` waits for it."""
        self._stopping.set()
        self._bell.set()

    def join(self, timeout: float) -> bool:
        """Wait until a started runner has stopped, at most so many seconds; True if it has."""
        if self._thread is not None:
            self._thread.join(timeout)
        return self._thread is None or not self._thread.is_alive()

    def run(self) -> None:
        """Work until ``stop``. Lost connections and a locked database are waited out, never fatal."""
        add_bell(self._bell)
        housekeeping = threading.Thread(target=self._keep_house, name="jobs-housekeeping", daemon=True)
        housekeeping.start()
        try:
            while not self._stopping.is_set():
                self._bell.clear()
                try:
                    if time.monotonic() - self._last_beat > self.dead_after.total_seconds() / 2:
                        self.beat()  # before a claim, or the others would take its holder for dead
                    self.run_due()
                except PASSING_TROUBLE as trouble:
                    log.warning("runner: %s", trouble)
                    connection.close()
                except Exception:  # whatever it is, the next look may go well, and nobody else would look
                    log.exception("runner")
                    connection.close()
                close_old_connections()
                self._bell.wait(self.idle)
        finally:
            self._stopping.set()
            remove_bell(self._bell)
            housekeeping.join()
            self._sign_off()

    def run_due(self) -> int:
        """Run what is due now, one after the other, until nothing is left or ``stop``; how many were run."""
        done = 0
        while not self._stopping.is_set() and (row := self._claim()) is not None:
            self._current = row.pk
            try:
                with traced(
                    task=row.task_path,
                    task_id=str(row.pk),
                    attempt=len(row.worker_ids),
                    request_id=row.args_kwargs.get("request_id", ""),
                ):
                    self._run_one(row)
            finally:
                self._current = None
            done += 1
        return done

    # --- one task -------------------------------------------------------------------------

    def _claim(self) -> Any:
        waiting = DBTaskResult.objects.ready().filter(queue_name__in=self.queues)
        if connection.vendor == "sqlite" and not waiting.exists():
            return None  # on SQLite only reading leaves the writers alone
        with transaction.atomic():
            row = waiting.get_locked()
            if row is not None:
                row.claim(self.worker_id)
        return row

    def _run_one(self, row: Any) -> None:
        began = time.perf_counter()
        outcome = "failed"
        try:
            result = row.task_result
            context = (TaskContext(task_result=result),) if result.task.takes_context else ()
            value = normalize_json(result.task.call(*context, *result.args, **result.kwargs))
            # Within the same net: a database may refuse the value.
            self._record(
                row, status=TaskResultStatus.SUCCESSFUL, finished_at=timezone.now(), return_value=value
            )
            outcome = "done"
        except (Exception, SystemExit) as error:
            self._record_failure(row, error)
        measures.tasks.labels(row.task_path, outcome).inc()
        measures.task_seconds.labels(row.task_path).observe(time.perf_counter() - began)

    def _record_failure(self, row: Any, error: BaseException) -> None:
        attempts = len(row.worker_ids)
        story = {"exception_class_path": class_of(error), "traceback": story_of(error)}
        if attempts < MAX_ATTEMPTS:
            log.warning("%s failed on attempt %d: %s", row.task_path, attempts, error)
            again_at = timezone.now() + pause_before(attempts + 1)
            self._record(row, status=TaskResultStatus.READY, run_after=again_at, **story)
        else:
            log.error("%s is parked after %d attempts", row.task_path, attempts, exc_info=error)
            self._record(row, status=TaskResultStatus.FAILED, finished_at=timezone.now(), **story)

    def _record(self, row: Any, **outcome: Any) -> None:
        """Write the outcome, but only as the holder of this claim: whoever was taken for dead must not write.

        Tried until it succeeds, or the row would stay RUNNING under a worker that is alive.
        """
        while True:
            try:
                held = DBTaskResult.objects.filter(
                    pk=row.pk, status=TaskResultStatus.RUNNING, started_at=row.started_at
                )
                if not held.update(**outcome):
                    log.warning("%s %s was taken over; its outcome here is dropped", row.task_path, row.pk)
                return
            except PASSING_TROUBLE as trouble:
                log.warning("runner: outcome of %s not written yet: %s", row.task_path, trouble)
                connection.close()
                if self._stopping.wait(1):
                    return  # signing off hands the row to the next worker

    # --- housekeeping, in a second thread --------------------------------------------------

    def _keep_house(self) -> None:
        while True:
            try:
                self.beat()
                enqueue_due()
                self.reap()
            except PASSING_TROUBLE as trouble:
                log.warning("housekeeping: %s", trouble)
                connection.close()
            except Exception:  # a worker without signs of life would be taken for dead while it works
                log.exception("housekeeping")
                connection.close()
            close_old_connections()
            if self._stopping.wait(self.heartbeat):
                break
        connection.close()

    def beat(self) -> None:
        """Sign of life, by the database's clock, which all workers share."""
        WorkerBeat.objects.update_or_create(
            worker_id=self.worker_id, defaults={"kind": self.kind, "seen": Now()}
        )
        self._last_beat = time.monotonic()

    def reap(self) -> None:
        """Give back what dead workers held; what has used up its attempts is parked instead."""
        running = list(DBTaskResult.objects.running().only("pk", "worker_ids", "started_at", "task_path"))
        if not running:
            return
        alive = set(
            WorkerBeat.objects.filter(seen__gt=Now() - self.dead_after).values_list("worker_id", flat=True)
        )
        for row in running:
            if self._holds(row) if row.worker_ids[-1] == self.worker_id else row.worker_ids[-1] in alive:
                continue
            parked = len(row.worker_ids) >= MAX_ATTEMPTS
            log.log(
                logging.ERROR if parked else logging.WARNING,
                "%s was left by a dead worker and is %s",
                row.task_path,
                "parked" if parked else "given back",
            )
            outcome: dict[str, Any] = {"status": TaskResultStatus.READY}
            if parked:
                outcome = {
                    "status": TaskResultStatus.FAILED,
                    "finished_at": timezone.now(),
                    "exception_class_path": class_of(WorkerDied()),
                    "traceback": "",
                }
                measures.tasks.labels(row.task_path, "failed").inc()
            DBTaskResult.objects.filter(
                pk=row.pk, status=TaskResultStatus.RUNNING, started_at=row.started_at
            ).update(**outcome)

    def _holds(self, row: Any) -> bool:
        """A row under our own name which we neither work on nor took just now was claimed in a commit whose
        answer got lost: nobody works on it."""
        return row.pk == self._current or row.started_at > timezone.now() - self.dead_after

    def _sign_off(self) -> None:
        try:
            WorkerBeat.objects.filter(worker_id=self.worker_id).delete()
        except PASSING_TROUBLE as trouble:
            log.warning("runner: could not sign off: %s", trouble)
        connection.close()
