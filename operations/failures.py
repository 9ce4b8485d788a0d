"""What failed for good, and what administrators do about it: try again, or give up with a reason.

A task is parked after its last attempt; a mail is refused for good, or parked because nobody saw how two tries of
handing it over ended. Nothing here tells to whom a mail goes or what it is about: administrators see no case.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import DateTimeField, Exists, OuterRef, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from accounts.models import User
from cases.mailing import try_again
from cases.models import Notice
from operations.figures import MOST
from operations.models import Intervention, Kind

Act = Intervention.Act
#: Failures older than this are history. The runner forgets failed tasks then too.
LOOKED_BACK = timedelta(days=90)
#: One act takes no more than this at once.
AT_ONCE = 1000


@dataclass(frozen=True)
class Group:
    """Failures of one kind for one reason. ``what`` is a task's path or a mail's template, ``why`` the class of the
    error or the mail server's code."""

    kind: Kind
    what: str
    why: str
    count: int
    first: datetime
    last: datetime


@dataclass(frozen=True)
class Failure:
    """One of a group."""

    id: UUID
    at: datetime
    attempts: int


def failed_tasks() -> QuerySet[Any]:
    """Parked tasks that nobody gave up since."""
    given_up = Intervention.objects.filter(
        subject=OuterRef("pk"), act=Act.GIVE_UP, at__gte=OuterRef("finished_at")
    )
    parked = DBTaskResult.objects.failed().filter(finished_at__gte=timezone.now() - LOOKED_BACK)
    return parked.order_by("-finished_at").exclude(Exists(given_up))


def failed_notices() -> QuerySet[Any]:
    """Mails refused for good or parked that nobody gave up since; ``at`` is when they were last tried."""
    ended = Coalesce("sending_at", "not_before", output_field=DateTimeField())
    given_up = Intervention.objects.filter(subject=OuterRef("uuid"), act=Act.GIVE_UP, at__gte=OuterRef("at"))
    failed: QuerySet[Any] = Notice.objects.filter(
        status__in=[Notice.Status.FAILED, Notice.Status.PARKED],
        not_before__gte=timezone.now() - LOOKED_BACK,
    )
    dated: Any = failed.annotate(at=ended)
    return dated.exclude(Exists(given_up)).order_by("-not_before")


def groups() -> list[Group]:
    """All failures, those that failed last first. Two queries, and at most ``MOST`` rows of each kind are read."""
    found: dict[tuple[Kind, str, str], list[datetime]] = {}
    tasks = failed_tasks().values_list("task_path", "exception_class_path", "finished_at")[:MOST]
    for what, why, at in tasks:
        found.setdefault((Kind.TASK, what, why), []).append(at)
    for what, why, at in failed_notices().values_list("template", "error", "at")[:MOST]:
        found.setdefault((Kind.NOTICE, what, why), []).append(at)
    rows = [Group(*key, len(times), min(times), max(times)) for key, times in found.items()]
    return sorted(rows, key=lambda group: group.last, reverse=True)


def members(kind: Kind, what: str, why: str) -> list[Failure]:
    """The failures of one group, the latest first, at most ``AT_ONCE``."""
    if kind == Kind.TASK:
        tasks = failed_tasks().filter(task_path=what, exception_class_path=why)
        rows = tasks.values_list("pk", "finished_at", "worker_ids")[:AT_ONCE]
        return [Failure(pk, at, len(worker_ids)) for pk, at, worker_ids in rows]
    notices = failed_notices().filter(template=what, error=why)
    return [Failure(*row) for row in notices.values_list("uuid", "at", "attempts")[:AT_ONCE]]


@transaction.atomic
def retry(kind: Kind, ids: Iterable[UUID], *, by: User) -> int:
    """Have these tried once more, as often as anything new; returns how many were still failed.

    A mail goes out under the Message-ID it had, so that a reader who got it already is not shown it twice.
    """
    chosen = _locked(kind, ids)
    _record(Act.RETRY, kind, chosen, by)
    if kind == Kind.TASK:
        DBTaskResult.objects.filter(pk__in=[row.pk for row in chosen]).update(
            status=TaskResultStatus.READY, run_after=timezone.now(), worker_ids=[], finished_at=None
        )
    else:
        try_again(chosen)
    return len(chosen)


@transaction.atomic
def give_up(kind: Kind, ids: Iterable[UUID], *, by: User, reason: str) -> int:
    """Take these off the list; they stay as they are, and the reason is kept. Returns how many."""
    chosen = _locked(kind, ids)
    _record(Act.GIVE_UP, kind, chosen, by, reason)
    return len(chosen)


def _locked(kind: Kind, ids: Iterable[UUID]) -> list[Any]:
    """Those that are failed at this moment: two people who try the same again do it once."""
    wanted = list(ids)[:AT_ONCE]
    if kind == Kind.TASK:
        return list(failed_tasks().filter(pk__in=wanted).select_for_update())
    return list(failed_notices().filter(uuid__in=wanted).select_for_update(of=("self",)))


def _record(act: str, kind: Kind, rows: list[Any], by: User, reason: str = "") -> None:
    Intervention.objects.bulk_create(
        Intervention(
            by=by,
            act=act,
            kind=kind,
            subject=row.pk if kind == Kind.TASK else row.uuid,
            what=(row.task_path if kind == Kind.TASK else row.template)[:200],
            why=(row.exception_class_path if kind == Kind.TASK else row.error)[:200],
            reason=reason,
        )
        for row in rows
    )
