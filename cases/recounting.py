"""When a calendar or a rule has changed, the dates of open cases are counted again.

A year that was provisional is published, an administrator corrects a day, a time limit gets a new row: what pages
count as they are shown follows at once, and what is stored (the date in the queue, the day of the next alarm) by the
task here. It goes on where a dead worker left it, and a second change begins it anew. A step of a clock that holds
from today on is a change too.
"""

from __future__ import annotations

import logging
from hashlib import sha256

from django.db.models import Q
from django_tasks import task

from cases import clocks
from cases.actions import recount
from cases.models import Case, Recount
from cases.states import OPEN
from jobs.failpoints import failpoint
from jobs.periodic import every
from routing.ladder import codes_on
from routing.rules import digest_of_time

log = logging.getLogger(__name__)

BATCH = 200


@every(seconds=300)
@task
def recount_cases() -> None:
    """Count open cases again if anything that makes dates has changed since the last time."""
    count_again()


def count_again() -> int:
    """How many cases got another date. Nothing is read of any case unless something has changed.

    A case that cannot be counted does not hold up those behind it: its next move counts it again.
    """
    now, moved, failed = _digest(), 0, False
    progress, _made = Recount.objects.get_or_create(pk=1, defaults={"counting_with": now})
    if progress.counting_with != now:
        progress.counting_with, progress.behind, progress.done = now, 0, False
    while not progress.done:
        batch = _after(progress.behind)
        for case in batch:
            try:
                moved += recount(case)
            except Exception:
                failed = True
                log.exception("recount: case %s", case.pk)
        progress.done = not batch
        progress.behind = batch[-1].pk if batch else progress.behind
        progress.save()
        failpoint("between_batches")
    if failed:
        raise RuntimeError("A case could not be counted again; see the log.")
    return moved


def _digest() -> str:
    """Changes with what dates depend on, and on the day on which a step of a clock begins to hold or holds no more."""
    return sha256(" ".join([digest_of_time(), *codes_on(clocks.today())]).encode()).hexdigest()


def _after(pk: int) -> list[Case]:
    """The next cases whose dates still matter: open ones, and ended ones that wait for a day to come."""
    rows = Case.objects.filter(Q(state__in=OPEN) | Q(due_on__gte=clocks.today()), pk__gt=pk)
    return list(rows.only("pk").order_by("pk")[:BATCH])
