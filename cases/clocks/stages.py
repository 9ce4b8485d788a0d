"""What starts, stops and pauses each clock of a case: the table of ``moves.md`` section 7."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from cases.clocks.counting import Clock, Urgent, UrgentHours, run
from cases.clocks.days import RESPONSE_STAGE, calendar_code, local_day
from cases.clocks.pauses import Pause
from routing.coverage import office_calendars, office_openings
from routing.rules import clock_rules, rule_for, urgency_tiers

if TYPE_CHECKING:
    from cases.models import Case, Event, Referral

_ENDED = ("closed", "withdrawn")
_AWAITING = "awaiting_submitter"
#: With these the business has said what it thinks of an end.
_HEARD = ("request_reopen", "accept_outcome")
#: Columns whose course over time the clocks need; an event records each change of them.
_FACTS = ("waiting_for", "stage", "referable", "priority")


@dataclass(frozen=True)
class Moment:
    """A case as it stood after one event."""

    event: Event
    day: date
    waiting_for: str
    stage: str
    referable: str
    priority: str

    @property
    def ended(self) -> bool:
        return self.event.state_after in _ENDED


def clocks_of(case: Case, events: Iterable[Event]) -> list[Clock]:
    """All clocks of a case, those that have stopped too, with their working.

    ``events`` is its whole history, in any order; the last one may not be saved yet. Reads the case's referrals
    and answers (once a case object) and nothing else from the database. A stage for which no rule holds on the
    day it starts has no clock. Stages that count consent come with the moves that ask for it.
    """
    course = course_of(case, events)
    if not course:
        return []
    clocks = _Office(case, course).clocks()
    for referral in case.referrals_now:
        clocks += _of_authority(referral, office_calendars()[case.office_id])
    return clocks


def course_of(case: Case, events: Iterable[Event]) -> list[Moment]:
    """How the case stood after each event, in order, whatever the order they come in."""
    events = sorted(events, key=lambda event: event.seq)
    facts: dict[str, Any] = dict.fromkeys(_FACTS, "")
    course = []
    for event in events:
        facts |= {name: event.changes[name][1] for name in _FACTS if name in event.changes}
        if event is events[-1]:  # the gate asks before it has written down what this event changed
            facts = {name: str(getattr(case, name)) for name in _FACTS}
        course.append(Moment(event=event, day=local_day(event.at), **facts))
    return course


def _spans(course: list[Moment], reason: str, holds: Any) -> list[Pause]:
    """The times during which something held, as pauses."""
    spans: list[Pause] = []
    since: date | None = None
    for moment in course:
        if holds(moment) and since is None:
            since = moment.day
        elif not holds(moment) and since is not None:
            spans.append(Pause(reason, since, moment.day))
            since = None
    if since is not None:
        spans.append(Pause(reason, since, None))
    return [s for s in spans if s.until != s.after]


class _Office:
    """The clocks that the office and the business answer for."""

    def __init__(self, case: Case, course: list[Moment]) -> None:
        self.case, self.course = case, course
        self.calendar = office_calendars()[case.office_id]
        self.received = local_day(case.received_at)
        self.ended_on = course[-1].day if not course[-1].ended else self._day_of_end()
        self.is_ended = course[-1].ended
        # An end stops the clocks; reopened, they go on where they were. The last end is no pause but a stop.
        self.ends = [p for p in _spans(course, "ended", lambda m: m.ended) if p.until is not None]
        self.questions = _spans(course, "question", lambda m: m.event.state_after == _AWAITING)
        self.others = _spans(
            course, "others", lambda m: not m.ended and m.waiting_for in ("business", "authority")
        )

    def _day_of_end(self) -> date:
        day = self.course[-1].day
        for moment in reversed(self.course):
            if not moment.ended:
                break
            day = moment.day
        return day

    def clocks(self) -> list[Clock]:
        made = [
            self._acknowledge(),
            self._first_contact(),
            self._request_information(),
            self._triage_decision(),
            *self._supplement(),
            self._referral(),
            self._reply(),
            self._progress_update(),
            *self._feedback(),
            *self._review(),
            *self._transfer(),
            self._stage(
                "overall_office_share", "open_case", self.received, pauses=[*self.ends, *self.others]
            ),
            self._long_open(),
        ]
        return [clock for clock in made if clock is not None]

    # --- one stage each, in the order of the table ------------------------------------------------
    def _acknowledge(self) -> Clock | None:
        """The page that confirms is part of filing, so this clock stops the moment it starts.

        What came by post is acknowledged when an officer records it.
        """
        recorded = "received_on" in self.course[0].event.data
        stopped = self.course[0].day if recorded else self.received
        return self._stage("acknowledge", "open_case", self.received, stopped=stopped)

    def _first_contact(self) -> Clock | None:
        stopped = self._first(lambda m: _tells_business(m.event) and m.event.move != "triage")
        return self._stage("first_contact", "open_case", self.received, stopped=stopped)

    def _request_information(self) -> Clock | None:
        stopped = self._first(lambda m: m.event.move in ("ask", "triage"))
        return self._stage("request_information", "open_case", self.received, stopped=stopped)

    def _triage_decision(self) -> Clock | None:
        stopped = self._first(lambda m: m.event.move == "triage")
        hours = self._tier("triage_working_hours")
        urgent = None
        if hours:
            since = max(self.case.received_at, self._urgent_since())
            urgent = UrgentHours(hours, since, self.calendar, office_openings()[self.case.office_id])
        return self._stage(
            "triage_decision",
            "open_case",
            self.received,
            stopped=stopped,
            pauses=[*self.ends, *self.questions],
            urgent=urgent,
        )

    def _supplement(self) -> list[Clock | None]:
        return [
            self._stage(
                "supplement",
                "ask",
                moment.day,
                stopped=self._first(lambda m: m.event.state_after != _AWAITING, after=moment),
                pauses=[],
                chosen=date.fromisoformat(moment.event.data["answer_by"]),
            )
            for moment in self.course
            if moment.event.move == "ask"
        ]

    def _referral(self) -> Clock | None:
        """From the triage that allows a referral to the first letter; a triage that forbids it voids the clock."""
        started = stopped = None
        for moment in self.course:
            move = moment.event.move
            if move == "send":
                sent = date.fromisoformat(moment.event.data["sent_on"])
                stopped = max(sent, started) if started else None
                break
            if moment.referable not in ("yes", "limited"):
                started = None
            elif move == "triage" and started is None:
                started = moment.day
        if started is None:
            return None
        days = self._tier("referral_working_days")
        return self._stage(
            "referral",
            "triage",
            started,
            stopped=stopped,
            pauses=[*self.ends, *self.questions],
            urgent=Urgent(days, local_day(self._urgent_since())) if days else None,
        )

    def _reply(self) -> Clock | None:
        """The latest one: an accepted answer lies with us and no letter is out any more."""
        started = stopped = None
        to_relay, stage = False, ""
        for moment in self.course:
            to_relay = to_relay or moment.event.move == "record_answer"
            if (
                to_relay
                and moment.stage == "answered"
                and (stage != "answered" or started is None or stopped)
            ):
                started, stopped = moment.day, None
            if moment.event.move == "relay_answer":
                to_relay, stopped = False, moment.day
            elif moment.stage == "referred" and stopped is None:
                started = None  # a letter is out again: the last answer is still to come
            stage = moment.stage
        if started is None:
            return None
        if self.case.is_open and self.case.answers_to_relay() and not self.case.referrals_out():
            stopped = None  # only some of the answers were passed on
        return self._stage(
            "reply", "record_answer", started, stopped=stopped, pauses=[*self.ends, *self.questions]
        )

    def _progress_update(self) -> Clock | None:
        """The latest one: each word of ours to the business starts it anew."""
        told = [m for m in self.course if _tells_business(m.event) and not m.ended]
        return self._stage("progress_update", told[-1].event.move, told[-1].day) if told else None

    def _feedback(self) -> list[Clock | None]:
        """One after each reply passed on, and one after the end, in which the business may ask to reopen."""
        made: list[Clock | None] = []
        was_ended = False
        for moment in self.course:
            if moment.event.move == "relay_answer":
                over = self._first(
                    lambda m: m.ended or m.event.move in ("relay_answer", "contest_outcome"), after=moment
                )
                made.append(
                    self._stage("feedback", "relay_answer", moment.day, stopped=over, pauses=[], ends=False)
                )
            elif moment.ended and not was_ended:
                if moment.event.move == "accept_outcome":
                    over = moment.day
                else:
                    over = self._first(lambda m: not m.ended or m.event.move in _HEARD, after=moment)
                made.append(self._stage("feedback", "end", moment.day, stopped=over, pauses=[], ends=False))
            was_ended = moment.ended
        return made

    def _review(self) -> list[Clock | None]:
        return [
            self._stage(
                "review",
                "request_reopen",
                moment.day,
                stopped=self._first(lambda m: m.event.move in ("reopen", "decline_reopen"), after=moment),
                pauses=[],
                ends=False,
            )
            for moment in self.course
            if moment.event.move == "request_reopen"
        ]

    def _transfer(self) -> list[Clock | None]:
        """The receiving office's time, by its own calendar; the clocks of the case run on meanwhile."""
        ends = ("accept_transfer", "return_transfer")
        return [
            self._stage(
                "transfer",
                "transfer",
                moment.day,
                stopped=self._first(lambda m: m.event.move in ends, after=moment),
                pauses=[],
                calendar=office_calendars()[moment.event.data["office"]],
            )
            for moment in self.course
            if moment.event.move == "transfer" and moment.event.referral_id is None
        ]

    def _long_open(self) -> Clock | None:
        """Never paused: the days between an end and a reopening count too."""
        triaged = self._first(lambda m: m.event.move == "triage")
        return self._stage("long_open", "triage", triaged, pauses=[]) if triaged else None

    # --- what they share ----------------------------------------------------------------------------
    def _stage(
        self,
        stage: str,
        event: str,
        started: date,
        *,
        stopped: date | None = None,
        pauses: list[Pause] | None = None,
        urgent: Urgent | UrgentHours | None = None,
        chosen: date | None = None,
        ends: bool = True,
        calendar: str | None = None,
    ) -> Clock | None:
        rule = clock_rules(started).get(stage)
        if rule is None:
            return None
        if ends and self.is_ended:
            stopped = stopped or self.ended_on
        return run(
            rule,
            event=event,
            started=started,
            stopped=stopped,
            calendar=calendar_code(rule, calendar or self.calendar),
            pauses=self.ends if pauses is None else pauses,
            urgent=urgent,
            chosen=chosen,
            extended=self._extended(stage, started, stopped),
        )

    def _first(self, holds: Any, after: Moment | None = None) -> date | None:
        """The day of the first event, behind ``after``, for which something holds."""
        behind = self.course.index(after) + 1 if after else 0
        return next((m.day for m in self.course[behind:] if holds(m)), None)

    def _tier(self, name: str) -> int | None:
        tier = urgency_tiers().get(self.case.priority)
        days: int | None = getattr(tier, name, None)
        return days

    def _urgent_since(self) -> datetime:
        at = self.course[-1].event.at
        for moment in reversed(self.course):
            if moment.priority != self.case.priority:
                break
            at = moment.event.at
        return at

    def _extended(self, stage: str, started: date, stopped: date | None) -> list[tuple[date, date]]:
        """What was granted for this stage while this clock ran."""
        return [
            (m.day, date.fromisoformat(m.event.data["new_date"]))
            for m in self.course
            if m.event.move == "grant_extension"
            and m.event.data["clock"] == stage
            and started <= m.day
            and (stopped is None or m.day <= stopped)
        ]


def _of_authority(referral: Referral, office_calendar: str) -> list[Clock]:
    """The clocks of one letter. Passed on by the authority, its successor goes on with the first letter's clock.

    An answer that is returned as not genuine or incomplete sets the clock going again, as if it had never come.
    """
    if referral.sent_on is None or referral.clock_from is None:
        return []
    stages = [("authority_acknowledge", referral.sent_on, referral.acknowledged_on or referral.ended_on)]
    if referral.state != "transferred":
        stages.append((RESPONSE_STAGE[referral.kind], referral.clock_from, referral.ended_on))
    return [
        run(
            rule,
            event="send",
            started=started,
            stopped=stopped,
            calendar=calendar_code(rule, office_calendar),
            referral_id=referral.pk,
        )
        for stage, started, stopped in stages
        if (rule := rule_for(stage, started, referral.authority))
    ]


def _tells_business(event: Event) -> bool:
    """A move of a member of staff that the business sees; recording what it told us is not one."""
    return event.by_kind == "staff" and not event.on_behalf and event.is_public and event.move != "open_case"
