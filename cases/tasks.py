"""The heart's background work."""

from __future__ import annotations

from django_tasks import task

from cases.mailing import send_due
from cases.models.calls import forget_old_calls
from cases.scanning import scan_waiting
from jobs.periodic import every


@every(seconds=20)
@task(queue_name="mail")
def send_notices() -> None:
    """Send what is due. Enqueued with each notice that may go at once, and by the clock for all others."""
    send_due()


@every(seconds=20)
@task
def scan_files() -> None:
    """Ask the virus scanner about files that wait. Enqueued with each upload, and by the clock for all others."""
    scan_waiting()


@every(seconds=3600)
@task
def forget_calls() -> None:
    """Keys of programs' calls that are older than anybody repeats them."""
    forget_old_calls()
