"""What the clocks mean for the queue, for the business, and on the day it files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from cases.clocks.counting import Clock, nth_day
from cases.clocks.days import (
    RESPONSE_STAGE,
    calendar_code,
    local_day,
    next_chase,
    response_limit,
    rule_of,
    today,
)
from routing.calendars import load_calendar

if TYPE_CHECKING:
    from cases.models import Case

#: Whose clocks the office itself must keep.
_OFFICE = ("caseworker", "supervisor", "office")


@dataclass(frozen=True)
class Due:
    """The next date of a case in the queue. ``paused``: it is somebody else's turn until then.

    ``at`` is the hour of that day at which a limit in working hours ends; None is the end of the day.
    """

    on: date | None
    clock: str
    paused: bool
    at: time | None = None


def due(case: Case, clocks: list[Clock]) -> Due:
    """The date by which the office has to look at the case next, and the stage it comes from."""
    running = {c.stage: c for c in clocks if c.is_running and c.limit is not None}
    if case.is_ended:
        review = running.get("review")
        return Due(review.limit, "review", False) if review else Due(None, "", False)
    if case.waiting_for == "business":
        asked = running.get("supplement" if case.state == "awaiting_submitter" else "feedback")
        return Due(asked.limit, asked.stage, True) if asked else Due(None, "", True)
    if case.waiting_for == "authority":
        return _due_of_authority(case)
    own = [(c.limit, c.limit_at, c.stage) for c in running.values() if c.owner in _OFFICE and c.limit]
    if not own:
        return Due(None, "", False)
    day, at, stage = min(own)
    return Due(day, stage, False, at if running[stage].urgent_hours else None)


def _due_of_authority(case: Case) -> Due:
    """The next reminder; when all were sent, the day on which the authority's time is over."""
    letters = case.referrals_out()
    chases = [(day, RESPONSE_STAGE[r.kind]) for r in letters if (day := next_chase(r))]
    limits = [(day, RESPONSE_STAGE[r.kind]) for r in letters if (day := response_limit(r))]
    return Due(*min(chases or limits), True)


def next_step(case: Case, clocks: list[Clock]) -> dict[str, Any]:
    """What the business reads about what comes next: a code, its date, and ``provisional`` if that may move;
    ``clock`` is what the date is counted by.

    The office's own dates are never past ones: an overdue step says that it is late (``office_late``) instead.
    """
    running = {c.stage: c for c in clocks if c.is_running}
    if case.is_ended:
        if "review" in running:
            return _step("review_by", running["review"], coming=True)
        return _step("reopen_until", running.get("feedback"), otherwise="nothing", coming=True)
    if case.waiting_for == "business":
        if case.state == "awaiting_submitter":
            return _step("answer_by", running.get("supplement"))
        return _step("tell_us_by", running.get("feedback"))
    if case.waiting_for == "authority":
        return _step_of_authority(case, clocks)
    if case.state == "received" and (triage := running.get("triage_decision")):
        return _step("office_reads_by", triage, coming=True, day=None if triage.extension else triage.target)
    if "reply" in running:
        return _step("reply_by", running["reply"], coming=True)
    own = [
        (c.limit, i, c)
        for i, c in enumerate(clocks)
        if c.is_running and c.owner == "caseworker" and c.limit and c.limit >= today()
    ]
    return _step("office_acts_by", min(own)[2] if own else None)


def _step(
    code: str,
    clock: Clock | None,
    *,
    otherwise: str = "office_late",
    coming: bool = False,
    day: date | None = None,
) -> dict[str, Any]:
    """The sentence with the clock's date; without a date, or past it when it must be ``coming``, the other one."""
    candidates = [d for d in (day, clock.limit if clock else None) if d and not (coming and d < today())]
    if not candidates or clock is None:
        return {"code": otherwise}
    return _dated(code, candidates[0], clock)


def _step_of_authority(case: Case, running: list[Clock]) -> dict[str, Any]:
    chases = [(day, r.pk) for r in case.referrals_out() if (day := next_chase(r))]
    if not chases or min(chases)[0] < today():
        return {"code": "authority_no_date"}
    day, letter = min(chases)
    clock = next(c for c in running if c.referral_id == letter and c.stage in RESPONSE_STAGE.values())
    return _dated("authority", day, clock)


def _dated(code: str, day: date, clock: Clock) -> dict[str, Any]:
    step: dict[str, Any] = {"code": code, "date": day, "clock": clock}
    if load_calendar(clock.calendar).provisional(day):
        step["provisional"] = True
    return step


def promises(received_at: datetime, office_calendar: str) -> list[tuple[str, date]]:
    """The dates a business is told when it has filed: ``office_reads_by`` and ``first_contact_by``.

    The first is when the office wants to have read it, the second the day by which a person must have written.
    """
    day = local_day(received_at)
    reading, contact = rule_of("triage_decision", day), rule_of("first_contact", day)
    read_by = nth_day(day, reading.target, calendar_code(reading, office_calendar), [])
    counted = nth_day(day, contact.limit, None, [])
    assert read_by is not None  # nothing pauses before it has begun
    assert counted is not None
    calendar = load_calendar(calendar_code(contact, office_calendar))
    return [("office_reads_by", read_by), ("first_contact_by", calendar.next_working(counted))]
