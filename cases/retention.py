"""Retention runs: what is due is listed every night, and nothing happens before an administrator has approved it.

Which cases, after how many months and from what source are rows of ``RetentionRule``. A case with a legal hold is
in no list, and is passed over if the hold came later.
"""

from __future__ import annotations

import calendar
import logging
from datetime import date, datetime, time

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django_tasks import task

from accounts.models import User
from cases.actions import perform
from cases.models import Case, CaseQuerySet, RetentionItem, RetentionRun
from cases.permissions import Actor
from cases.refusals import Refusal
from cases.states import ENDED, Erasure, State
from jobs.clock import this_day, this_moment
from jobs.failpoints import failpoint
from jobs.periodic import every
from routing.models import RetentionRule
from text.dates import HONG_KONG

log = logging.getLogger(__name__)

#: The hour of the night, in the time zone of the site, at which runs are prepared.
HOUR = 3
#: A run lists at most so many cases, the oldest first; the next run has the rest.
MOST = 5000
#: So many cases are handled in one go; the next go continues.
AT_ONCE = 200


@every(seconds=3600)
@task
def prepare_nightly() -> None:
    """Enqueued every hour, since slots know no time zone; it prepares in one hour of the night only."""
    if timezone.localtime(this_moment()).hour == HOUR:
        prepare_runs()


@every(seconds=60)
@task
def carry_out_approved() -> None:
    """Go on with every run that was approved."""
    for run in RetentionRun.objects.filter(done_at=None).exclude(approved_at=None).order_by("pk"):
        carry_out(run)


def prepare_runs() -> list[RetentionRun]:
    """A list for each confirmed rule that holds today, has no unfinished run and has something due."""
    day = this_day()
    waiting = RetentionRun.objects.filter(done_at=None).values("rule")
    rules = RetentionRule.objects.filter(confirmed=True).exclude(pk__in=waiting).order_by("pk")
    return [run for rule in rules if rule.holds_on(day) and (run := _prepare(rule, day)) is not None]


def _prepare(rule: RetentionRule, day: date) -> RetentionRun | None:
    before = months_before(day, rule.months)
    with transaction.atomic():
        found = list(due(rule, before).order_by("ended_at", "pk").values_list("pk", flat=True)[:MOST])
        if not found:
            return None
        run = RetentionRun.objects.create(
            rule=rule, months=rule.months, ended_before=before, prepared_at=this_moment()
        )
        RetentionItem.objects.bulk_create(RetentionItem(run=run, case_id=pk) for pk in found)
    log.info("retention: run %s of rule %s lists %s cases", run.pk, rule.pk, len(found))
    return run


def due(rule: RetentionRule, before: date) -> CaseQuerySet:
    """Cases of the rule that ended before that Hong Kong date and whose persons are still there.

    Of a case that was erased and got words again, the time counts from its last event.
    """
    moment = datetime.combine(before, time(), HONG_KONG)
    rows: CaseQuerySet = Case.objects.filter(state__in=ENDED, ended_at__lt=moment, on_hold=False).exclude(
        erasure__in=[Erasure.GRANTED, Erasure.DONE]
    )
    rows = rows.filter(Q(erased_at=None) | Q(updated_at__lt=moment))
    if rule.of == RetentionRule.Of.UNASSESSED:
        return rows.filter(state=State.WITHDRAWN, triaged_at=None)
    return rows.exclude(state=State.WITHDRAWN, triaged_at=None)


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or the last day of that month if it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def approve(run_id: int, by: User) -> bool:
    """Let the run be carried out; False if somebody has already approved it."""
    waiting = RetentionRun.objects.filter(pk=run_id, approved_at=None)
    return bool(waiting.update(approved_by=by, approved_at=this_moment()))


def carry_out(run: RetentionRun) -> None:
    """Say of each case that its time has passed; ``erasing`` then does it. Broken off, the next go continues.

    Each case is looked at again: one that was held, or opened and ended again since the list was made, is passed over.
    """
    for item in run.items.filter(how="").order_by("pk")[:AT_ONCE]:
        try:
            _settle(run, item)
        except Exception:
            # One case keeps no other waiting; the list of the next run has it again.
            log.exception("retention: case %s could not be handled", item.case_id)
            _say(item, RetentionItem.How.PASSED_OVER)
    if not run.items.filter(how="").exists():
        RetentionRun.objects.filter(pk=run.pk, done_at=None).update(done_at=this_moment())


def _settle(run: RetentionRun, item: RetentionItem) -> None:
    with transaction.atomic():
        # Two workers may go on with the same run: what one has settled the other leaves alone.
        mine = RetentionItem.objects.select_for_update(of=("self",)).filter(pk=item.pk, how="")
        held = mine.select_related("case").first()
        if held is None:
            return
        erased = _end(run, held.case)
        _say(held, RetentionItem.How.ERASED if erased else RetentionItem.How.PASSED_OVER)
        failpoint("retention_item")


def _say(item: RetentionItem, how: str) -> None:
    RetentionItem.objects.filter(pk=item.pk, how="").update(how=how, at=this_moment())


def _end(run: RetentionRun, case: Case) -> bool:
    """Whether the case was still due, and the move was made."""
    if not due(run.rule, run.ended_before).filter(pk=case.pk).exists():
        return False
    try:
        perform(case, "end_retention", by=Actor.system())
    except Refusal as refused:  # held or opened in this very moment
        log.info("retention: case %s is passed over: %s", case.reference, refused.code)
        return False
    return True
