"""The periodic look at what went wrong."""

from __future__ import annotations

from django_tasks import task

from jobs.periodic import every
from operations.alarm import sound


@every(seconds=300)
@task(queue_name="mail")
def sound_alarm() -> None:
    """Tell the administrators of what is wrong, once when it begins and again only when it grows."""
    sound()
