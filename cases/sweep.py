"""The sweep: what clocks ask for is done once each, by moves of the system, however often and by however many it runs.

A case is looked at when its ``alarm_on`` has come, under its lock and in one transaction: the steps due are taken
(a row each, so that none is taken twice), the moves made, those who must hear of it written down, and the next day
set. Whoever dies in the middle leaves the case as it was. Mail is gathered only when no case is due any more.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import date, timedelta

from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext
from django_tasks import task

from cases import clocks, digest, notices
from cases.actions import perform
from cases.clocks import Alarm
from cases.models import Case, TakenStep, Telling
from cases.models.event import past_of
from cases.permissions import Actor
from cases.refusals import Refusal
from cases.states import Outcome, State, Why
from cases.told import HOME, people
from jobs.clock import this_moment
from jobs.failpoints import failpoint
from jobs.periodic import every
from routing.calendars import load_calendar
from routing.ladder import steps_for, told_at_level
from routing.models import Told

log = logging.getLogger(__name__)

BATCH = 200
_ONE_DAY = timedelta(days=1)


@every(seconds=300)
@task
def sweep_clocks() -> None:
    """Remind, raise and close what is due."""
    sweep()


def sweep() -> int:
    """Look at every case whose day has come; returns at how many. One that fails does not hold up the others."""
    day, seen, behind = clocks.today(), 0, (date.min, 0)
    failed = False
    while batch := _due(day, behind):
        for alarm_on, pk in batch:
            behind = (alarm_on, pk)
            try:
                seen += _look_at(pk, day)
            except Exception:
                failed = True
                log.exception("sweep: case %s", pk)
            failpoint("between_cases")
    digest.gather()
    if failed:
        raise RuntimeError("A case could not be looked at; see the log.")
    return seen


def _due(day: date, behind: tuple[date, int]) -> list[tuple[date, int]]:
    """The next cases in the order of the index, behind the one looked at last."""
    rows = Case.objects.filter(alarm_on__lte=day).order_by("alarm_on", "pk")
    on, pk = behind
    later = rows.filter(alarm_on__gte=on).exclude(alarm_on=on, pk__lte=pk)
    return [(on, pk) for on, pk in later.values_list("alarm_on", "pk")[:BATCH] if on is not None]


def _look_at(pk: int, day: date) -> bool:
    """Take the steps of one case that are due, unless another worker has it or had it."""
    skip = connection.features.has_select_for_update_skip_locked
    with transaction.atomic():
        rows = Case.objects.select_for_update(skip_locked=skip).defer("suggestion")
        case = rows.filter(pk=pk, alarm_on__lte=day).first()
        if case is None:
            return False
        alarms = _alarms(case)
        taken = _Taken(case)
        now = this_moment()
        due = [alarm for alarm in alarms if alarm.at <= now and alarm.key not in taken.keys]
        postponed = _take(case, due, taken, day)
        if any(alarm.step.action != "remind" for alarm in due):
            alarms = _alarms(Case.objects.defer("suggestion").get(pk=pk))  # a move may have stopped clocks
        days = [alarm.day for alarm in alarms if alarm.at > now]  # today's too, if it is due at a later hour
        days += [postponed] if postponed is not None else []
        # No move and no event: the day on which to look again is not told to anybody.
        Case.objects.filter(pk=pk).update(alarm_on=min(days, default=None))
        failpoint("before_commit")
    failpoint("after_commit")
    return True


def _alarms(case: Case) -> list[Alarm]:
    return clocks.alarms_of(case, clocks.clocks_of(case, past_of(case.pk)))


class _Taken:
    """What was taken of a case in this round."""

    def __init__(self, case: Case) -> None:
        self.rows = list(TakenStep.objects.filter(case=case, round=case.round))
        self.keys = {row.key for row in self.rows}

    def reminded_on(self, alarm: Alarm) -> date | None:
        """When the clock's owner was first reminded."""
        mine = alarm.key.rpartition(" ")[0]
        days = [
            clocks.local_day(row.at)
            for row in self.rows
            if row.action == "remind" and row.key.startswith(f"{mine} ")
        ]
        return min(days, default=None)


def _take(case: Case, due: list[Alarm], taken: _Taken, day: date) -> date | None:
    """Take the steps; returns the day to which an end was put off, if one was."""
    closing = [alarm for alarm in due if alarm.step.action == "close"]
    put_off = max((_not_before(alarm, taken, day) for alarm in closing), default=day)
    if put_off > day:
        due = [alarm for alarm in due if alarm.step.action != "close"]
    rows = {alarm.key: _row(case, alarm) for alarm in due}
    TakenStep.objects.bulk_create(rows.values())
    if closing and put_off <= day and _close(case, closing[0], rows):
        return None  # nothing else matters any more
    _remind(case, due, rows)
    _escalate(case, [alarm for alarm in due if alarm.step.action == "escalate"], rows)
    return put_off if put_off > day else None


def _row(case: Case, alarm: Alarm) -> TakenStep:
    assert alarm.clock.limit is not None
    return TakenStep(
        case=case,
        round=case.round,
        key=alarm.key,
        step=alarm.step.code,
        stage=alarm.clock.stage,
        action=alarm.step.action,
        level=alarm.step.level if (alarm.step.level or 0) > case.escalation_level else None,
        day=alarm.day,
        limit=alarm.clock.limit,
        at=this_moment(),
    )


# --- reminders ------------------------------------------------------------------------------------
def _remind(case: Case, due: list[Alarm], rows: dict[str, TakenStep]) -> None:
    """Of each clock the latest step alone is told: after days without a sweep nobody wants the earlier ones."""
    latest = {
        (alarm.clock.stage, alarm.clock.started, alarm.clock.referral_id, alarm.step.told): alarm
        for alarm in due
        if alarm.step.action == "remind"
    }
    if any(alarm.step.told == Told.BUSINESS for alarm in latest.values()):
        notices.remind_business(case, HOME)
    for alarm in latest.values():
        _tell(case, [rows[alarm.key]], alarm.step.told)


def _tell(case: Case, steps: Iterable[TakenStep], told: str) -> None:
    Telling.objects.bulk_create(
        Telling(step=step, user=user) for step in steps for user in people(case, told, step.stage)
    )


# --- the ladder -----------------------------------------------------------------------------------
def _escalate(case: Case, due: list[Alarm], rows: dict[str, TakenStep]) -> None:
    """Up to the level that is due now, one event a level; only those of the level reached hear of it."""
    if not due:
        return
    highest = max(due, key=lambda alarm: alarm.step.level or 0)
    level = highest.step.level or 0
    for step in range(case.escalation_level + 1, level + 1):
        why = min((a for a in due if (a.step.level or 0) >= step), key=lambda a: a.step.level or 0)
        rule = {
            "step": why.step.code,
            "owner": why.step.owner,
            "stage": why.clock.stage,
            "days": why.step.amount,
            "unit": why.step.unit,
        }
        perform(case, "escalate", by=Actor.system(), level=step, rule=rule)
    _tell(case, [rows[highest.key]], told_at_level().get(level, Told.NOBODY))


# --- ends -----------------------------------------------------------------------------------------
def _not_before(alarm: Alarm, taken: _Taken, day: date) -> date:
    """The first day on which the clock may end a case: the business was reminded, and had the time of the last
    reminder to answer."""
    steps = steps_for("business", alarm.clock.stage, day)
    if not any(step.action == "remind" for step in steps):
        return day
    reminded = taken.reminded_on(alarm) or day
    notice = max((step.amount for step in steps if step.measure == "before_limit"), default=1)
    return load_calendar(alarm.clock.calendar).add_working_days(reminded, notice) + _ONE_DAY


def _close(case: Case, alarm: Alarm, rows: dict[str, TakenStep]) -> bool:
    """End what the business left unanswered (moves.md section 6), and say whether the case has ended.

    While a letter is out only the question ends; what the rules do not let end goes to a person.
    """
    try:
        # Apart, so that a refusal leaves the rest of the transaction whole.
        with transaction.atomic():
            if case.state == State.AWAITING and case.referrals_out():
                perform(case, "drop_question", by=Actor.system())
                return False
            if case.state == State.AWAITING:
                _close_unanswered(case)
            else:
                _close_as_proposed(case)
    except Refusal as refusal:
        log.warning("sweep: %s is not closed: %s", case.reference, refusal.code)
        _tell(case, [rows[alarm.key]], Told.HOLDER)
        return False
    return True


def _close_unanswered(case: Case) -> None:
    with translation.override(case.language):
        text = gettext(
            "We asked you a question and reminded you, and have had no answer, so we have closed the case. "
            "If you still want us to take it up, ask us to look at it again on the page of your concern."
        )
    perform(case, "close", by=Actor.system(), outcome=Outcome.NOT_RESOLVED, why=Why.NO_REPLY, text=text)


def _close_as_proposed(case: Case) -> None:
    with translation.override(case.language):
        text = gettext(
            "You have not told us that our reply leaves anything open, so we have closed the case. "
            "If it is not settled, ask us to look at it again on the page of your concern."
        )
    perform(
        case, "close", by=Actor.system(), outcome=case.proposed_outcome, why=case.proposed_why(), text=text
    )
