"""When things are due, and why: a pure function of a case's history, the rules of the day and the calendars.

The table is ``moves.md`` section 7; every number is a row of ``routing.ClockRule``. Days are Hong Kong dates, the
same as in Beijing. The day of an event is day 0; a limit of n working days ends with the nth working day after.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from cases.spans import History, Span, day_of
from cases.states import ENDED, OUT, Referable, ReferralKind, State, Waiting
from routing.calendars import WorkCalendar, load_calendar
from routing.rules import Rule, clock_rules, urgency_tiers

#: Clocks of the office itself, in the order in which the earliest is shown.
OFFICE = [
    "request_information",
    "triage_decision",
    "referral",
    "reply",
    "review",
    "first_contact",
    "progress_update",
]
#: A chain of pauses longer than this would be an error in the data, not a case.
_FAR = timedelta(days=3660)

local_day = day_of


def today() -> date:
    return day_of(timezone.now())


@dataclass(frozen=True)
class Step:
    """One line of "why this date": a code and what it says it with."""

    code: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Clock:
    """One stage. ``target`` and ``limit`` move while it is paused; ``stopped`` is the day it was met or ended."""

    stage: str
    rule: Rule
    started: date
    target: date
    limit: date
    stopped: date | None
    is_paused: bool
    paused_days: int
    provisional: bool
    working: tuple[Step, ...]

    @property
    def runs(self) -> bool:
        return self.stopped is None


@dataclass(frozen=True)
class Due:
    """The next date of a case for a queue; ``paused`` if it waits for somebody outside the office."""

    on: date | None
    clock: str
    paused: bool


# --- single questions -----------------------------------------------------------------------------
def default_answer_by(at: datetime) -> date:
    """The day by which a question asked now should be answered."""
    return _limit("supplement", day_of(at))


def feedback_until(at: datetime) -> date:
    """The last day on which a business can object to a reply, or ask for an ended case to be reopened."""
    return _limit("feedback", day_of(at))


def feedback_open(ended_at: datetime | None) -> bool:
    return ended_at is not None and today() <= feedback_until(ended_at)


def office_works_on(calendar: str, day: date) -> bool:
    return load_calendar(calendar).is_working(day)


def next_chase(referral: Any) -> date | None:
    """The day on which reminding the authority falls due; None if it was reminded as often as the rule says."""
    if referral.clock_from is None:
        return None
    rule = clock_rules(referral.clock_from)[response_stage(referral)]
    days = list(rule.chase_at)
    tier = urgency_tiers().get(referral.case.priority)
    if tier and tier.authority_chase_working_days:
        days.insert(0, tier.authority_chase_working_days)
    if referral.reminders >= len(days):
        return None
    return load_calendar("CN").add_working_days(referral.clock_from, days[referral.reminders])


def may_give_up(referral: Any) -> bool:
    """Its limit has passed and the reminders of the rule were sent."""
    if referral.clock_from is None:
        return False
    rule = clock_rules(referral.clock_from)[response_stage(referral)]
    limit = load_calendar("CN").add_working_days(referral.clock_from, rule.limit)
    return today() > limit and referral.reminders >= len(rule.chase_at)


def response_stage(referral: Any) -> str:
    if referral.kind == ReferralKind.ENQUIRY:
        return "authority_response_simple"
    return "authority_response_standard"


def promises(received_at: datetime, calendar: str) -> list[tuple[str, date]]:
    """What a business is told after sending: an officer reads it, and it hears from a person, by these days."""
    day = day_of(received_at)
    rules = clock_rules(day)
    reads = _measure(rules["request_information"], day, None, [], calendar)
    hears = _measure(rules["first_contact"], day, None, [], calendar)
    return [("office_reads_by", reads.target), ("office_contacts_by", hears.limit)]


def _limit(stage: str, day: date) -> date:
    return _measure(clock_rules(day)[stage], day, None, [], "CN").limit


# --- all clocks of a case ---------------------------------------------------------------------------
def clocks_of(case: Any, events: Iterable[Any]) -> list[Clock]:
    """Every clock that has started, as it stands today. ``events`` are all of the case's, oldest first."""
    return _Clocks(case, History(events)).all()


class _Clocks:
    def __init__(self, case: Any, history: History) -> None:
        self.case, self.history = case, history
        self.calendar = case.office.calendar
        self.received = day_of(case.received_at)
        self.rules = clock_rules(self.received)
        self.question = history.spans("state", [State.AWAITING], "question")
        self.ended = history.spans("state", ENDED, "ended")
        waits = [Waiting.BUSINESS, Waiting.AUTHORITY]
        self.others = history.spans("waiting_for", waits, "others")
        self.found: list[Clock] = []

    def all(self) -> list[Clock]:
        self._of_the_beginning()
        self._of_the_referral()
        self._of_the_authorities()
        self._of_the_reply()
        self._of_the_whole()
        return self.found

    def _add(
        self,
        stage: str,
        start: Any,
        stop: Any,
        pauses: Iterable[Span] = (),
        *,
        days: int | None = None,
        calendar: str = "",
    ) -> None:
        if start is None:
            return
        since = start if isinstance(start, date) and not isinstance(start, datetime) else day_of(start.at)
        until = stop if stop is None or isinstance(stop, date) else day_of(stop.at)
        # Each clock follows the rule that held on the day it started.
        rule = clock_rules(since).get(stage) or self.rules[stage]
        granted = self.history.last_where(
            lambda e: e.move == "grant_extension" and e.data.get("clock") == stage and e.seq > _seq(start)
        )
        later = date.fromisoformat(granted.data["new_date"]) if granted else None
        self.found.append(
            _measure(rule, since, until, list(pauses), calendar or self.calendar, days=days, later=later)
        )

    def _of_the_beginning(self) -> None:
        history, opened = self.history, self.received
        end = history.first("close", "withdraw", "merge")
        contact = history.first_where(
            lambda e: e.public_seq and e.by_kind == "staff" and not e.on_behalf and e.move != "triage"
        )
        self._add("first_contact", opened, contact or end, self.ended)
        triage = history.first("triage")
        self._add("request_information", opened, history.first("ask", "triage") or end, self.ended)
        tier = urgency_tiers().get(self.case.priority)
        hours = tier.triage_working_hours if tier else None
        # Eight working hours are one working day: the calendars know days, not hours.
        days = -(-hours // 8) if hours else None
        self._add("triage_decision", opened, triage or end, [*self.question, *self.ended], days=days)
        asked = history.last("ask")
        if asked:
            stop = history.first("reply", "drop_question", "close", "withdraw", after=asked.seq)
            self._add("supplement", asked, stop)

    def _of_the_referral(self) -> None:
        triage = self.history.first_where(
            lambda e: e.changes.get("referable", [None, None])[1] in (Referable.YES, Referable.LIMITED)
        )
        if triage is None or self.case.referable == Referable.NO:
            return
        sent = self.history.first("send") or self.history.first("close", "withdraw", "merge")
        tier = urgency_tiers().get(self.case.priority)
        days = tier.referral_working_days if tier else None
        self._add("referral", triage, sent, [*self.question, *self.ended], days=days)

    def _of_the_authorities(self) -> None:
        for referral in self.case.referrals_now:
            if referral.sent_on is None or referral.state == "transferred":
                continue  # the successor carries the clock of a letter that was passed on
            over = None if referral.state in OUT else referral.ended_on
            acknowledged = referral.acknowledged_on or over
            self._add("authority_acknowledge", referral.sent_on, acknowledged, calendar="CN")
            self._add(response_stage(referral), referral.clock_from, over, calendar="CN")

    def _of_the_reply(self) -> None:
        history = self.history
        answer = history.last_where(lambda e: e.move == "record_answer" and e.state_after not in ENDED)
        if answer and not any(r.state in OUT for r in self.case.referrals_now):
            stop = history.first("relay_answer", "close", "withdraw", after=answer.seq)
            self._add("reply", answer, stop, [*self.question, *self.ended])
        relayed = history.last_where(lambda e: e.move in ("relay_answer", "close", "withdraw", "merge"))
        if relayed:
            over = history.first("close", "withdraw", "request_reopen", "reopen", after=relayed.seq)
            self._add("feedback", relayed, over)
        asked = history.last("request_reopen")
        if asked:
            self._add("review", asked, history.first("reopen", "decline_reopen", after=asked.seq))

    def _of_the_whole(self) -> None:
        ended = self.case.ended_at and day_of(self.case.ended_at)
        told = self.history.last_where(lambda e: e.public_seq and e.by_kind == "staff" and not e.on_behalf)
        self._add("progress_update", told, ended)
        self._add("overall_office_share", self.received, ended, [*self.others, *self.ended])
        self._add("long_open", self.history.first("triage"), ended)


def _seq(start: Any) -> int:
    return int(getattr(start, "seq", 0))


# --- measuring ------------------------------------------------------------------------------------------
def _measure(
    rule: Rule,
    since: date,
    until: date | None,
    pauses: list[Span],
    office_calendar: str,
    *,
    days: int | None = None,
    later: date | None = None,
) -> Clock:
    """Lay a rule on the calendar. ``days`` replaces its target and limit (urgent tier), ``later`` its limit."""
    code = office_calendar if rule.calendar in ("office", "none") else rule.calendar
    calendar = load_calendar(code)
    now = until or today()
    target = _reach(rule, since, days or rule.target, calendar, pauses, now)
    limit = later or _reach(rule, since, days or rule.limit, calendar, pauses, now)
    held = [p for p in pauses if p.until is None or p.until > since]
    paused = until is None and any(p.until is None for p in held)
    provisional = rule.unit == "working_day" and calendar.provisional(limit)
    working = [
        Step("started", {"day": since}),
        Step(
            "rule",
            {
                "target": days or rule.target,
                "limit": days or rule.limit,
                "unit": rule.unit,
                "calendar": code if rule.unit == "working_day" else "none",
                "source": rule.source,
                "basis": ", ".join(rule.basis),
            },
        ),
        *(Step(f"paused_{p.why}", {"since": p.since, "until": p.until}) for p in held),
    ]
    if later:
        working.append(Step("extended", {"day": later}))
    if provisional:
        working.append(Step("provisional", {"year": limit.year}))
    return Clock(
        stage=rule.stage,
        rule=rule,
        started=since,
        target=target,
        limit=limit,
        stopped=until,
        is_paused=paused,
        paused_days=sum((min(p.until or now, now) - max(p.since, since)).days for p in held),
        provisional=provisional,
        working=tuple(working),
    )


def _reach(
    rule: Rule, since: date, count: int, calendar: WorkCalendar, pauses: list[Span], now: date
) -> date:
    """The day on which ``count`` days of the rule's unit have gone by, paused days not counted."""
    if rule.unit == "minutes":
        return since
    # A pause that still lasts holds the date up until today; from tomorrow on it is counted as if it ended.
    known = [Span(p.since, p.until if p.until is not None else now, p.why) for p in pauses]
    day, left = since, count
    while left > 0 and day - since < _FAR:
        day += timedelta(days=1)
        if any(p.covers(day) for p in known):
            continue
        if rule.unit == "calendar_day" or calendar.is_working(day):
            left -= 1
    # A limit in calendar days that ends on a day off moves to the next working day of its owner.
    return calendar.next_working(day) if rule.unit == "calendar_day" else day


# --- what comes next --------------------------------------------------------------------------------------
def due(case: Any, clocks: list[Clock]) -> Due:
    """The date a queue sorts by: the earliest limit that still runs, or whom the case waits for."""
    running = {c.stage: c for c in clocks if c.runs}
    if case.state in ENDED:
        review = running.get("review")
        return Due(review.limit, "review", False) if review else Due(None, "", False)
    if case.waiting_for == Waiting.AUTHORITY:
        return _authority_due(case, clocks)
    if case.waiting_for == Waiting.BUSINESS:
        question = case.open_question
        if question is not None:
            return Due(question.answer_by, "supplement", True)
        feedback = running.get("feedback")
        return Due(feedback.limit if feedback else None, "feedback", True)
    mine = [running[stage] for stage in OFFICE if stage in running and not running[stage].is_paused]
    if not mine:
        return Due(None, "", False)
    first = min(mine, key=lambda c: c.limit)
    return Due(first.limit, first.stage, False)


def _authority_due(case: Any, clocks: list[Clock]) -> Due:
    out = [r for r in case.referrals_now if r.state in OUT]
    chases = [(day, response_stage(r)) for r in out if (day := next_chase(r)) is not None]
    if chases:
        return Due(*min(chases), paused=True)
    limits = [(c.limit, c.stage) for c in clocks if c.runs and c.stage.startswith("authority_response")]
    return Due(*min(limits), paused=True) if limits else Due(None, "", True)


def next_step(case: Any, clocks: list[Clock]) -> dict[str, Any]:
    """What a business may be told comes next: a code of ``public.STEPS`` and an honest date, never a past one."""
    running = {c.stage: c for c in clocks if c.runs}
    if case.state in ENDED:
        if "review" in running:
            return _by("review_by", running["review"].limit)
        if not case.reopen_asked and feedback_open(case.ended_at):
            return {"code": "reopen_until", "date": feedback_until(case.ended_at)}
        return {"code": "nothing"}
    if case.waiting_for == Waiting.BUSINESS:
        if case.open_question is not None:
            return {"code": "answer_by", "date": case.open_question.answer_by}
        if "feedback" in running:
            return {"code": "tell_us_by", "date": running["feedback"].limit}
    if case.waiting_for == Waiting.AUTHORITY:
        chase = _authority_due(case, clocks).on
        if chase is not None and chase > today():
            return {"code": "authority", "date": chase}
        return {"code": "authority_no_date"}
    if case.state == State.RECEIVED and "request_information" in running:
        reads = running["request_information"]
        return _by("office_reads_by", reads.target if reads.target >= today() else reads.limit)
    if "reply" in running:
        return _by("reply_by", running["reply"].limit)
    on = due(case, clocks).on
    return _by("office_acts_by", on) if on else {"code": "office_acts"}


def _by(code: str, day: date) -> dict[str, Any]:
    return {"code": code, "date": day} if day >= today() else {"code": "late", "date": day}
