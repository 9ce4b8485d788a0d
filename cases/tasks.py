"""The heart's background work."""

from __future__ import annotations

from django_tasks import task

from cases.mailing import send_due
from jobs.periodic import every


@every(seconds=20)
@task(queue_name="mail")
def send_notices() -> int:
    """Send what is due; the number of mails sent. Enqueued with each notice, and by the clock for the rest."""
    return send_due()
