"""Background worker in a process of its own. Any number may run."""

from __future__ import annotations

import signal
from typing import Any

from django.core.management.base import BaseCommand

from jobs.runner import Runner


class Command(BaseCommand):
    help = "Run background work until SIGTERM or SIGINT; the task in hand is finished first."

    def handle(self, *args: Any, **options: Any) -> None:
        runner = Runner()
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, lambda *_: runner.stop())
        self.stdout.write(f"Worker {runner.worker_id[:8]} is running.")
        runner.run()
        self.stdout.write(f"Worker {runner.worker_id[:8]} has stopped.")
